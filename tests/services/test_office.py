"""Both services as their users start them: what is accepted in the one is a figure of the other a moment later."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.services.process import START, started

RATE = "newborn_screening_rate"


@dataclass(frozen=True)
class Office:
    """A registry and the figures of its facts, asked with the administrator's key."""

    registry: httpx.Client
    figures: httpx.Client
    second: httpx.Client
    """The registry, asked by somebody else: nobody accepts what they have submitted."""


def client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def other_key(registry: httpx.Client) -> str:
    """The key of a second administrator."""
    asked = {"label": "second", "scopes": ["*"], "divisions": ["*"]}
    token: str = registry.post("/v1/keys", json=asked).json()["token"]
    return token


def key_told(told: str) -> str:
    found = re.search(r"ms_\w+", told)
    assert found is not None, told
    return found[0]


@contextlib.contextmanager
def one_process(folder: Path) -> Iterator[Office]:
    """``minsheng serve``."""
    with started("", {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/minsheng.db"}) as (url, told):
        key = key_told(told)
        with client(url, key) as asked, client(url, other_key(asked)) as second:
            yield Office(asked, asked, second)


@contextlib.contextmanager
def two_processes(folder: Path) -> Iterator[Office]:
    """``minsheng serve registry`` and ``minsheng serve indicators --registry URL --token-file FILE``."""
    database = {"MINSHENG_DATABASE_URL": f"sqlite:///{folder}/minsheng.db"}
    with started("registry", database) as (url, told), client(url, key_told(told)) as registry:
        asked = {"label": "copy", "scopes": ["facts:read", "changes:read"], "divisions": ["*"]}
        token = folder / "token"
        token.write_text(registry.post("/v1/keys", json=asked).json()["token"] + "\n", "utf-8")
        words = ["--registry", url, "--token-file", str(token)]
        copies = {"MINSHENG_INDICATORS_COPY_FOLDER": str(folder / "copy")}
        with (
            started("indicators", copies, words) as (beside, _),
            client(beside, key_told(told)) as figures,
            client(url, other_key(registry)) as second,
        ):
            yield Office(registry, figures, second)


@pytest.fixture(scope="module", params=[one_process, two_processes], ids=["one process", "two processes"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with request.param(tmp_path_factory.mktemp("office")) as office:
        until = time.monotonic() + 60
        while office.figures.get("/health/ready").status_code != 200:
            assert time.monotonic() < until, "the figures are not ready"
            time.sleep(0.05)
        yield office


def sent(office: Office, screened: int, division: str = "340102", period: str = "2017") -> tuple[str, str]:
    """Send facts and submit them: the submission's address, and its version."""
    row = {"division": division, "period": period}
    facts = [
        {**row, "measure": "newborns_screened", "value": str(screened)},
        {**row, "measure": "live_births", "value": "10642"},
    ]
    made = office.registry.post("/v1/submissions", params=row, json={**row, "facts": facts})
    assert made.status_code == 201, made.text
    place = f"/v1/submissions/{made.json()['id']}"
    return place, done(office, place, "submit", made.headers["ETag"]).headers["ETag"]


def done(office: Office, place: str, act: str, version: str, **more: Any) -> httpx.Response:
    asked = office.registry if act == "submit" else office.second
    answer = asked.post(f"{place}/{act}", headers={"If-Match": version}, json=more or {})
    assert answer.status_code == 200, answer.text
    return answer


def last(office: Office) -> int:
    number: int = office.registry.get("/v1/changes", params={"limit": 1_000}).json()["last"]
    return number


def ask(office: Office, **query: Any) -> httpx.Response:
    return office.figures.get(
        "/v1/figures", params={"indicator": RATE, "division": "340102", "period": "year", **query}
    )


def test_what_is_accepted_is_a_figure_within_a_second(office: Office) -> None:
    project = {
        "code": "340102-01",
        "name": "新生儿疾病筛查",
        "domain": "health",
        "tier": "county",
        "divisions": ["340102"],
        "first_year": 2017,
    }
    made = office.registry.post("/v1/projects", json=project)
    assert made.status_code in (201, 422), made.text
    place, version = sent(office, 10601)
    before = last(office)
    assert ask(office, min_revision=before).status_code == 200
    began = time.monotonic()
    accepted = done(office, place, "accept", version)
    answer = ask(office, min_revision=before + 1)
    assert time.monotonic() - began < 1
    assert answer.status_code == 200, answer.text
    assert [one["value"] for one in answer.json()["figures"]] == ["99.61"]
    again = last(office)
    place, version = sent(office, 10000)
    done(office, place, "accept", version)
    corrected = ask(office, min_revision=again + 1)
    assert [one["value"] for one in corrected.json()["figures"]] == ["93.97"]
    assert ask(office, as_of=again).json()["figures"] == answer.json()["figures"]
    assert accepted.status_code == 200


def test_what_is_published_is_seen_without_a_token(office: Office) -> None:
    place, version = sent(office, 10641, period="2016")
    version = done(office, place, "accept", version).headers["ETag"]
    with httpx.Client(base_url=office.figures.base_url) as anybody:
        query = {"indicator": RATE, "division": "340102", "period": "year", "from": "2016", "to": "2016"}

        def told() -> list[Any]:
            answer = anybody.get("/v1/figures", params={**query, "min_revision": last(office)})
            assert answer.status_code == 200, answer.text
            return [one["value"] for one in answer.json()["figures"]]

        assert told() in ([None], [])
        version = done(office, place, "publish", version).headers["ETag"]
        assert told() == ["99.99"]
        done(office, place, "unpublish", version, reason="试")
        assert told() in ([None], [])


def test_a_key_of_some_divisions_sees_these_until_it_is_revoked(office: Office) -> None:
    asked = {"label": "yaohai", "scopes": ["figures:read"], "divisions": ["340102"]}
    made = office.registry.post("/v1/keys", json=asked).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    inside = {"indicator": RATE, "division": "340102"}
    assert office.figures.get("/v1/figures", params=inside, headers=headers).status_code == 200
    outside = office.figures.get("/v1/figures", params={"indicator": RATE, "division": "340103"}, headers=headers)
    assert outside.status_code == 404
    assert office.registry.post(f"/v1/keys/{made['key']['id']}/revoke").status_code == 200
    began = time.monotonic()
    while office.figures.get("/v1/figures", params=inside, headers=headers).status_code != 401:
        assert time.monotonic() - began < 5.5
        time.sleep(0.1)


def test_both_say_how_they_are(office: Office) -> None:
    ready = office.figures.get("/health/ready").json()
    assert ready["status"] == "ready"
    assert any(name.endswith("copy") for name in ready["checks"])


def test_a_key_is_needed_for_calculations(office: Office) -> None:
    with httpx.Client(base_url=office.figures.base_url) as anybody:
        assert anybody.post("/v1/calculations", json={"facts": []}).status_code == 401


def test_a_registry_without_a_token_for_it_is_refused(tmp_path: Path) -> None:
    for words, said in (
        (["--registry", "http://127.0.0.1:9"], "there is no token for the registry"),
        (["--registry", "127.0.0.1:9"], "MINSHENG_INDICATORS_REGISTRY"),
        (["--registry", "http://127.0.0.1:9", "--token-file", str(tmp_path / "none")], "cannot be read"),
    ):
        command = [sys.executable, "-c", START, "serve", "indicators", "--port", "0", "--lang", "en", *words]
        over = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert over.returncode == 2, over
        assert said in over.stderr
        assert len(over.stderr.splitlines()) == 1


def test_a_process_that_ends_does_not_wait_for_those_who_wait(tmp_path: Path) -> None:
    with one_process(tmp_path) as office:
        assert ask(office, min_revision=0).status_code == 200
        time.sleep(0.5)  # until the copy waits for a change again, which it does for ten seconds
        began = time.monotonic()
    assert time.monotonic() - began < 6
