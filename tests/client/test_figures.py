"""Figures of a registry's facts: as they were, as the token sees them, by the definitions that the service has."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

import libminsheng as ms
from tests.client.sameness import same
from tests.client.wires import passed_on, talking
from tests.services.indicators.copied import EVERY, LUYANG, NO_FIGURES, YAOHAI, fact, feed_of, serving
from tests.services.indicators.registry import beside

RATE = "newborn_screening_rate"
BORN = [fact("340102", "2023", "live_births", "10"), fact("340103", "2023", "live_births", "30")]
SCREENED = [
    fact("340102", "2023", "newborns_screened", "7", sex="f"),
    fact("340102", "2023", "newborns_screened", "2", sex="m"),
    fact("340103", "2023", "newborns_screened", "21", sex="f"),
]


@pytest.fixture(scope="module")
def service() -> Iterator[TestClient[Litestar]]:
    """Births are public at revision 1, screenings accepted at 2, a year later something else at 3."""
    with serving(feed_of(SCREENED, [fact("340104", "2024", "live_births", "5")], public=BORN)) as (client, _):
        yield client


def values(figures: ms.Figures) -> list[str]:
    return [str(figure.value) for figure in figures]


def test_whoever_asks_gets_what_they_see(service: Any) -> None:
    asked: Any = {"indicators": RATE, "start": "2023", "end": "2023", "level": "county"}
    for token, expected in ((EVERY, ["90.00", "70.00", "None"]), (YAOHAI, ["90.00"]), (LUYANG, ["70.00"])):
        with talking(service, token) as (client, _):
            assert values(client.evaluate(**asked)) == expected
    with talking(service) as (nobody, _):
        found = nobody.evaluate(**asked)
        assert [(one.status, one.missing) for one in found] == [("no_data", ("newborns_screened",))] * 2
    with talking(service, YAOHAI) as (client, _), pytest.raises(ms.ServiceError) as outside:
        client.evaluate(**{**asked, "divisions": "庐阳区"})
    assert outside.value.status == 404
    with talking(service, NO_FIGURES) as (client, _), pytest.raises(ms.ServiceError, match="figures:read") as forbidden:
        client.evaluate(**asked)
    assert forbidden.value.status == 403


def test_figures_are_those_of_then_and_explain_themselves_by_then(service: Any) -> None:
    asked: Any = {"indicators": [RATE], "divisions": ["340102"], "start": "2023", "end": "2023", "by": ["sex"]}
    with talking(service, EVERY) as (client, requests):
        now = client.evaluate(**asked)
        assert (now.revision, values(now)) == (3, ["90.00", "None", "None"])
        assert now.age is not None
        told = now.explain(RATE, "340102", "2023")
        assert requests[-1].url.params["as_of"] == "3"
        assert str(told.figure.value) == "90.00"
        assert now.find(RATE, "340102", "2023", {"sex": "f"}).missing == ("live_births",)
        assert now.explain(RATE, "340102", "2023", {"sex": "f"}).figure.by == {"sex": "f"}
        then = client.evaluate(**{**asked, "by": ()}, as_of=1)
        assert (then.revision, values(then)) == (1, ["None"])
        assert then.explain(RATE, "340102", "2023").figure.status == "no_data"
        moment = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
        same(client.evaluate(**asked, as_of=moment), now)
        same(client.evaluate(**asked, as_of=moment.isoformat()), now)


def test_a_change_of_ones_own_is_waited_for(service: Any) -> None:
    with talking(service, EVERY) as (client, requests):
        assert client.evaluate(indicators=RATE, min_revision=3, wait=1).revision == 3
        with pytest.raises(ms.ServiceError) as refusal:
            client.evaluate(indicators=RATE, min_revision=99, wait=0.1)
        assert (refusal.value.status, refusal.value.retry, refusal.value.retry_after) == (503, True, 1.0)
        assert requests[-1].url.params["wait"] == "0.1"


def test_what_is_wrong_with_a_question_is_told_whole(service: Any) -> None:
    with talking(service, EVERY) as (client, _), pytest.raises(ms.EvaluationError) as refusal:
        client.evaluate(indicators=["newborn_screening_rat", RATE], level="town", start="2023-13", by=["colour"])
    told = refusal.value.text("zh")
    assert len(refusal.value.faults) == 4
    assert all(word in told for word in ("newborn_screening_rate", "township", "2023-13", "colour"))


def test_definitions_are_fetched_again_when_the_service_has_others(service: Any, tmp_path: Path) -> None:
    pack = tmp_path / "mine.toml"
    pack.write_text(
        '[pack]\nid = "mine"\ntitle = { zh = "自己的" }\nrequires = ["childhood"]\n'
        '[[indicator]]\ncode = "my_births"\nname = { zh = "自测活产数" }\nformula = "live_births"\nunit = "人"\n'
        'decimals = 0\ndomain = "幼有所育"\nsource = { document = "本库自定", clause = "活产数", verified = true }\n',
        "utf-8",
    )
    asked: list[str] = []
    with beside(feed_of(public=BORN)) as first, beside(feed_of(public=BORN), catalogue=ms.catalogue([pack])) as second:
        behind = [first]

        def answer(request: httpx.Request) -> httpx.Response:
            return passed_on(behind[-1], lambda one: asked.append(one.url.path))(request)

        with ms.connect("http://a.example", token="", transport=httpx.MockTransport(answer)) as client:
            for _ in range(2):
                client.evaluate(indicators=RATE)
            assert asked.count("/v1/packs") == 1
            behind.append(second)
            found = client.evaluate(indicators="自测活产数", divisions=["340102"], start="2023", end="2023")
            assert values(found) == ["10"]
            assert asked[-2:] == ["/v1/packs", "/v1/packs/mine"]
            client.evaluate(indicators="my_births")
            assert asked[-1] == "/v1/figures"
            assert client.catalogue().indicator("my_births").pack == "mine"
