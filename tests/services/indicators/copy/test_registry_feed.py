"""The registry over HTTP: what it says is read, and what it does not say is told as such."""

from __future__ import annotations

import io
from collections.abc import Callable

import httpx
import polars as pl
import pytest

from minsheng_indicators.copy.feed import AwayError
from minsheng_indicators.copy.registry_feed import RegistryFeed

FRAME = pl.DataFrame(
    {
        "division": ["340102", "340103"],
        "period": ["2017", "2017"],
        "measure": ["live_births", "live_births"],
        "scenario": ["actual", "actual"],
        "basis": ["period", "period"],
        "project": ["", ""],
        "issuer": ["", ""],
        "sex": ["f", ""],
        "value": pl.Series(["5", "7"], dtype=pl.String).cast(pl.Decimal(38, 0)),
        "unit": ["人", "人"],
        "approximate": [False, True],
        "source": ["", ""],
        "note": ["", ""],
        "reported": ["", ""],
        "submission": ["s1", "s1"],
        "revision_from": [3, 3],
        "revision_to": [None, 5],
        "public_from": [4, None],
        "public_to": pl.Series([None, None], dtype=pl.Int64),
    }
)


def arrow() -> bytes:
    held = io.BytesIO()
    FRAME.write_ipc_stream(held, compat_level=pl.CompatLevel.oldest())
    return held.getvalue()


def feed_of(answer: Callable[[httpx.Request], httpx.Response]) -> RegistryFeed:
    return RegistryFeed("http://registry/", "ms_1_secret", transport=httpx.MockTransport(answer))


def test_facts_are_read_with_the_revision_that_they_stand_for():
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=arrow(), headers={"Minsheng-Revision": "7"})

    delta = feed_of(answer).facts_changed(2)
    frames = list(delta.frames)
    assert delta.revision == 7
    assert pl.concat(frames).equals(FRAME)
    assert asked[0].url.params["changed_after"] == "2"
    assert asked[0].headers["Authorization"] == "Bearer ms_1_secret"


def test_changes_are_waited_for():
    def answer(request: httpx.Request) -> httpx.Response:
        assert dict(request.url.params) == {"after": "5", "limit": "1000", "wait": "2.5"}
        change = {"number": 6, "at": "2018-01-15T08:00:00+00:00", "kind": "submission", "subject": "s1"}
        return httpx.Response(200, json={"changes": [change], "last": 8})

    heard = feed_of(answer).changes(5, 2.5)
    assert heard.last == 8
    assert [(number, at.isoformat()) for number, at in heard.moments] == [(6, "2018-01-15T08:00:00+00:00")]


@pytest.mark.parametrize(
    ("status", "final", "after"), [(503, False, 4.0), (429, False, 4.0), (401, True, None), (500, False, None)]
)
def test_a_refusal_says_whether_and_when_to_ask_again(status: int, final: bool, after: float | None):
    headers = {} if after is None else {"Retry-After": "4"}
    feed = feed_of(lambda _: httpx.Response(status, headers=headers))
    for ask in (lambda: feed.facts_changed(0), lambda: feed.changes(0, 0)):
        with pytest.raises(AwayError) as told:
            ask()
        assert (told.value.final, told.value.retry_after) == (final, after)


def test_an_answer_that_breaks_off_is_no_answer():
    def parts():
        yield arrow()[:700]
        raise httpx.ReadError("cut")

    feed = feed_of(lambda _: httpx.Response(200, content=parts(), headers={"Minsheng-Revision": "7"}))
    with pytest.raises(AwayError):
        list(feed.facts_changed(0).frames)


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"last": "x"}', b'{"changes": [{}], "last": 1}'])
def test_what_is_no_answer_is_told_as_such(content: bytes):
    feed = feed_of(lambda _: httpx.Response(200, content=content, headers={"Minsheng-Revision": "7"}))
    with pytest.raises(AwayError):
        feed.changes(0, 0)
    with pytest.raises(AwayError):
        list(feed.facts_changed(0).frames)


def test_who_does_not_answer_is_away():
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(AwayError, match="refused"):
        feed_of(answer).changes(0, 0)
