"""What a service refuses is raised as the library raises it, in both languages and with its place; tokens show nowhere."""

from __future__ import annotations

import io
import logging
from typing import Any

import httpx
import pyarrow as pa
import pytest

import libminsheng as ms
from libminsheng.client.connection import needed
from tests.client.wires import TOKEN, URL, problem, scripted


def fault(code: str, **where: Any) -> dict[str, Any]:
    return {
        "code": code,
        "where": where,
        "message": {"zh": "不对", "en": "wrong"},
        "hint": {"zh": "改", "en": None},
    }


@pytest.mark.parametrize(
    ("status", "faults", "kind"),
    [
        (422, [fault("facts.value", file="facts.csv", row=3, column="value")], ms.FactsError),
        (422, [fault("engine.unknown_measure", row=3)], ms.FactsError),
        (422, [fault("engine.unknown_column")], ms.EvaluationError),
        (422, [fault("definitions.unknown_indicator")], ms.EvaluationError),
        (422, [fault("definitions.key", file="mine.toml", line=2)], ms.DefinitionError),
        (422, [fault("engine.unknown_column"), fault("facts.value", row=1)], ms.MinshengError),
        (422, [fault("service.parameter")], ms.ServiceError),
        (404, [fault("service.outside")], ms.ServiceError),
        (403, [fault("http.no_scope")], ms.ServiceError),
        (401, [fault("http.no_token")], ms.ServiceError),
        (500, [], ms.ServiceError),
    ],
)
def test_a_refusal_is_the_librarys_error(status: int, faults: list[Any], kind: type[ms.MinshengError]) -> None:
    client, _, _ = scripted(problem(status, *faults))
    with pytest.raises(ms.MinshengError) as refusal:
        client.catalogue()
    assert type(refusal.value) is kind
    if faults:
        assert [one.code for one in refusal.value.faults] == [one["code"] for one in faults]
        assert [one.place.as_dict() for one in refusal.value.faults] == [one["where"] for one in faults]
        assert [one.as_dict() for one in refusal.value.faults] == faults
        assert "不对（改）" in refusal.value.text("zh")
    if isinstance(refusal.value, ms.ServiceError):
        assert refusal.value.status == status


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b"<html>"),
        (200, {}, {"items": 3}),
        (200, {}, {"items": [{"code": "funds"}]}),
        (302, {"Location": "http://elsewhere.example"}, b""),
        (418, {}, b"teapot"),
        (404, {"Content-Type": "application/problem+json"}, b"no json"),
        (422, {"Content-Type": "application/problem+json"}, {"faults": "none"}),
        (422, {"Content-Type": "application/problem+json"}, {"faults": [{"where": 3}]}),
    ],
)
def test_an_answer_of_something_else_is_a_service_error(answer: Any) -> None:
    client, script, _ = scripted(answer)
    with pytest.raises(ms.ServiceError, match="/v1/packs"):
        client.catalogue()
    assert len(script.asked) == 1


def torn() -> bytes:
    """A table of which a byte was lost on the way, so that only one of its readers sees it."""
    held = io.BytesIO()
    table = pa.table({"flags": pa.array([["a"]])}, metadata={"minsheng": "{}"})
    with pa.ipc.new_stream(held, table.schema) as stream:
        stream.write_table(table)
    return held.getvalue()[:-40]


@pytest.mark.parametrize("told", [b"", b"ARROW1", b"\xff\xff\xff\xff\x10\x00\x00\x00", b"{}", torn()])
def test_figures_that_cannot_be_read_are_a_service_error(told: bytes) -> None:
    client, _, _ = scripted((200, {}, {"items": [], "total": 0, "next": None}), (200, {}, told))
    client.catalogue()
    with pytest.raises(ms.ServiceError, match="/v1/figures"):
        client.evaluate()


def test_the_token_goes_to_the_service_and_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, script, _ = scripted(
        problem(401, fault("http.unknown_token")), httpx.ConnectError("no"), *[problem(503)] * 3
    )
    shown = [repr(client), str(vars(client)), repr(client._connection)]
    for _ in range(2):
        with pytest.raises(ms.ServiceError) as refusal:
            client.catalogue()
        shown += [str(refusal.value), repr(refusal.value), str(refusal.value.__cause__)]
    assert {request.headers["Authorization"] for request in script.asked} == {f"Bearer {TOKEN}"}
    assert all("s" * 43 not in text for text in [*shown, caplog.text])


def test_the_token_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_TOKEN", TOKEN + "\n")
    told = problem(401, fault("http.no_token"))
    for given, sent in ((None, f"Bearer {TOKEN}"), ("ms_a_b", "Bearer ms_a_b"), ("", None)):
        client, script, _ = scripted(told, token=given)
        with pytest.raises(ms.ServiceError):
            client.catalogue()
        assert script.asked[0].headers.get("Authorization") == sent


def test_a_token_does_not_follow_to_another_address() -> None:
    client, script, _ = scripted((307, {"Location": "http://elsewhere.example/v1/packs"}, b""))
    with pytest.raises(ms.ServiceError, match="elsewhere"):
        client.catalogue()
    assert [request.url.host for request in script.asked] == ["service.example"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8765",
        "ftp://a.example",
        "http://",
        "http://me:secret@a.example",
        "http://a?b",
        "http://a:99999",
        "http://:80",
        "http://a..b",
        "http://a:-1",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ms.EvaluationError) as refusal:
        ms.connect(url)
    assert refusal.value.faults[0].code == "client.address"
    assert "secret" not in refusal.value.text("en")


@pytest.mark.parametrize("token", ["秘密秘密", "a b", "a\nb"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ms.EvaluationError) as refusal:
        ms.connect(URL, token=token)
    assert token not in refusal.value.text("zh")


def test_what_is_missing_is_named_with_its_extra() -> None:
    needed("client", "httpx", "pyarrow")
    with pytest.raises(ms.EvaluationError, match=r"libminsheng\[client\].*no_such_module"):
        needed("client", "httpx", "no_such_module")


def test_options_that_say_nothing_are_refused(facts: ms.Facts) -> None:
    client, script, _ = scripted()
    with pytest.raises(ms.EvaluationError, match=r"as_of.*\n.*min_revision"):
        client.evaluate(facts, as_of=3, min_revision=4)
    with pytest.raises(ms.EvaluationError, match="catalogue"):
        client.evaluate(catalogue=ms.catalogue())
    assert script.asked == []
