"""The law of figures over HTTP: what the service answers is what the library says of the facts that the asker sees.

In every form, for every view, and at every revision.
"""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.report.export import figures_csv
from libminsheng.report.workbook import figures_workbook
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.view import PUBLIC, View
from tests.services.indicators.copy.histories import History, histories, seen, told
from tests.services.indicators.registry import Keys, bearer, beside

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
READS = {"figures:read"}


def question(history: History) -> list[tuple[str, str]]:
    """The question of a history as a query."""
    asked = history.asked
    given = [("indicator", one) for one in asked.indicators or ()] + [("by", one) for one in asked.by]
    words = {"period": asked.period, "from": asked.start, "to": asked.end, "parents": asked.parents}
    return given + reporters(history) + [(name, text) for name, text in words.items() if text is not None]


def reporters(history: History) -> list[tuple[str, str]]:
    return [("reporter", code) for code in history.question.options.get("reporters") or ()]


def pages(client: Any, query: list[tuple[str, str]], limit: int, headers: dict[str, str]) -> dict[str, Any]:
    """All pages of an answer in JSON, put together."""
    whole: dict[str, Any] = {}
    cursor: list[tuple[str, str]] = []
    while True:
        answer = client.get("/v1/figures", params=[*query, ("limit", str(limit)), *cursor], headers=headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["figures"]) <= limit
        if whole:
            page["figures"] = whole["figures"] + page["figures"]
            assert (page["receipt"], page["revision"]) == (whole["receipt"], whole["revision"])
        whole = page
        if whole["next"] is None:
            return whole
        cursor = [("cursor", whole["next"])]


def law(client: Any, history: History, feed: MemoryFeed, name: str | None, view: View, as_of: int | None) -> None:
    """Hold an asker's answers, in every form, against the library's."""
    revision = feed.revision if as_of is None else as_of
    facts = seen(history, feed, view, revision)
    query = question(history) + ([] if as_of is None else [("as_of", str(as_of))])
    headers = bearer(name)
    copy = client.app.state.holdings.copy
    divisions = copy.sight(view, as_of).divisions() if view.roots is not None else None
    expecting = history.question.options.get("reporters")
    expected = told(history, facts, divisions=divisions, roots=view.roots, reporters=expecting)
    answer = client.get("/v1/figures", params=[*query, ("limit", "10000")], headers=headers)
    if isinstance(expected, tuple):
        if facts:
            assert answer.status_code == 422
            assert [fault["code"] for fault in answer.json()["faults"]] == expected[0]
        return
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["revision"] == revision == int(answer.headers["Minsheng-Revision"])
    if not facts:
        assert body["figures"] == []
        return
    assert body["figures"] == expected.to_dicts()
    assert body["notes"] == [note.as_dict() for note in expected.notes]
    receipt = ms.Receipt.from_dict(body["receipt"])
    assert receipt.definitions == expected.receipt.definitions
    assert receipt.options == expected.receipt.options or (view.roots is not None and history.looks_above)
    assert pages(client, query, 3, headers)["figures"] == body["figures"]

    def form(name: str) -> bytes:
        table = client.get("/v1/figures", params=[*query, ("format", name)], headers=headers)
        assert table.status_code == 200, table.text
        assert table.headers["Minsheng-Receipt"] == receipt.digest
        return bytes(table.content)

    assert pl.read_ipc_stream(form("arrow")).equals(expected.frame)
    assert pl.read_parquet(form("parquet")).equals(expected.frame)
    held = io.BytesIO()
    figures_csv(expected, held)
    assert form("csv") == held.getvalue()
    alike = slice(None if view.roots is None else 1)  # the second sheet has the receipt, with the digest of the tree
    assert sheets(form("xlsx"))[alike] == sheets(workbook(expected))[alike]
    for one in expected[:2]:
        explained(client, expected, one, history, headers, as_of)


def explained(
    client: Any, figures: Any, one: Any, history: History, headers: dict[str, str], as_of: int | None
) -> None:
    query = [
        ("indicator", f"{one.indicator.code}@{one.indicator.edition}"),
        ("division", one.division),
        ("period", str(one.period)),
        ("parents", history.asked.parents),
        *reporters(history),
        *(("by", f"{column}={value}") for column, value in one.by.items()),
        *([] if as_of is None else [("as_of", str(as_of))]),
    ]
    answer = client.get("/v1/figures/explain", params=query, headers=headers)
    if set(one.by) == set(history.asked.by):
        assert answer.status_code == 200, answer.text
        body = answer.json()
        expected = json.loads(json.dumps(figures.explain_figure(one).as_dict()))
        assert body["figure"] == expected["figure"]
        assert body["steps"] == expected["steps"]


def workbook(figures: Any) -> bytes:
    held = io.BytesIO()
    figures_workbook(figures, held)
    return held.getvalue()


def sheets(content: bytes) -> list[Any]:
    """The cells of a workbook."""
    return [[[cell.value for cell in row] for row in sheet] for sheet in openpyxl.load_workbook(io.BytesIO(content))]


@settings(SLOW, max_examples=25)
@given(histories(), st.data())
def test_the_service_answers_as_the_library_does(history: History, data: st.DataObject) -> None:
    known = history.definitions
    views: dict[str | None, View] = {
        None: PUBLIC,
        "all": View(),
        **{f"some{number}": view for number, view in enumerate(history.views()) if view.roots and not view.public},
    }
    keys = Keys(**{name: (READS, view.roots) for name, view in views.items() if name and view.roots})
    feed = MemoryFeed()
    history.steps[0].play(feed)
    with beside(feed, keys, catalogue=known.catalogue, tree=known.tree) as client:
        for step in history.steps[1:]:
            step.play(feed)
            if data.draw(st.booleans()):
                client.app.state.holdings.copy.wait_for(feed.revision, 10)
                client.get("/v1/figures", params=question(history), headers=bearer("all"))
        assert client.app.state.holdings.copy.wait_for(feed.revision, 10)
        for name, view in views.items():
            law(client, history, feed, name, view, None)
            law(client, history, feed, name, view, data.draw(st.integers(0, feed.revision)))
