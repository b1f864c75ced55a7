"""Services of other versions and with other definitions: what is known is used, what would mislead is refused or said."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pyarrow as pa
import pytest

import libminsheng as ms
from libminsheng.definitions.written import pack_digest
from tests.client.sameness import same
from tests.client.test_calculations import MINE
from tests.client.wires import passed_on
from tests.services.indicators.copied import fact, feed_of
from tests.services.indicators.registry import ALL, beside, key_of

RATE = "newborn_screening_rate"
ASKED: Any = {"indicators": [RATE], "divisions": ["340102"]}

Change = Callable[[pa.Table, dict[str, Any]], pa.Table]


def changed(service: Any, change: Change) -> httpx.MockTransport:
    """A wire to a service whose tables of figures are those of another version."""
    passed = passed_on(service, lambda _: None)

    def answer(request: httpx.Request) -> httpx.Response:
        found = passed(request)
        if request.url.path != "/v1/calculations":
            return found
        table = pa.ipc.open_stream(found.content).read_all()
        told = json.loads(table.schema.metadata[b"minsheng"])
        table = change(table, told).replace_schema_metadata({"minsheng": json.dumps(told)})
        held = io.BytesIO()
        with pa.ipc.new_stream(held, table.schema) as writer:
            writer.write_table(table)
        return httpx.Response(200, content=held.getvalue())

    return httpx.MockTransport(answer)


def with_receipt(told: dict[str, Any], **parts: str) -> None:
    kept = {name: text for name, text in told["receipt"].items() if name != "digest"}
    told["receipt"] = {**kept, "version": "9.9.9", **parts}


def test_columns_of_a_later_version_are_left_out(alone: Any, facts: ms.Facts) -> None:
    def later(table: pa.Table, told: dict[str, Any]) -> pa.Table:
        told["more"] = 1
        return table.append_column("margin", pa.array(["x"] * len(table)))

    with ms.connect("http://a.example", transport=changed(alone, later)) as client:
        same(client.evaluate(facts, **ASKED), ms.evaluate(facts, **ASKED))


@pytest.mark.parametrize(("column", "value"), [("flags", ["withdrawn"]), ("status", "secret")])
def test_a_status_or_flag_that_is_not_known_is_not_dropped(
    alone: Any, facts: ms.Facts, column: str, value: object
) -> None:
    def later(table: pa.Table, _: dict[str, Any]) -> pa.Table:
        at = table.column_names.index(column)
        return table.set_column(at, column, pa.array([value] * len(table)))

    with (
        ms.connect("http://a.example", transport=changed(alone, later)) as client,
        pytest.raises(ms.ServiceError, match="another version"),
    ):
        client.evaluate(facts, **ASKED)


def test_other_definitions_are_refused_and_other_divisions_are_said(alone: Any, facts: ms.Facts) -> None:
    def defined(table: pa.Table, told: dict[str, Any]) -> pa.Table:
        with_receipt(told, definitions="0" * 64)
        return table

    with ms.connect("http://a.example", transport=changed(alone, defined)) as client:
        for own in (None, ms.catalogue()):
            with pytest.raises(ms.ServiceError, match=r"9\.9\.9"):
                client.evaluate(facts, **ASKED, catalogue=own)

    def placed(table: pa.Table, told: dict[str, Any]) -> pa.Table:
        with_receipt(told, tree="0" * 64)
        return table

    with ms.connect("http://a.example", transport=changed(alone, placed)) as client:
        found = client.evaluate(facts, **ASKED)
    assert found.to_dicts() == ms.evaluate(facts, **ASKED).to_dicts()
    assert [note.code for note in found.notes] == ["client.other_tree"]


def test_definitions_that_changed_between_two_questions_are_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(MINE, "utf-8")
    (tmp_path / "two.toml").write_text(MINE.replace("/ newborns_screened", "/ live_births"), "utf-8")
    counts = {"my_screened": 3, "newborns_screened": 4, "live_births": 6}
    known = [fact("340102", "2024", measure, str(count)) for measure, count in counts.items()]
    rows = pl.DataFrame(
        {"division": "340102", "period": "2024", "measure": list(counts), "value": list(counts.values())}
    )
    asked: Any = {"indicators": ["my_rate"], "divisions": ["340102"]}
    one, two = (ms.catalogue([tmp_path / f"{name}.toml"]) for name in ("one", "two"))
    with beside(feed_of(public=known), catalogue=one) as first, beside(feed_of(public=known), catalogue=two) as second:
        for ask in (None, rows):
            behind = [first]

            def answer(request: httpx.Request, behind: list[Any] = behind) -> httpx.Response:
                return passed_on(behind[-1], lambda _: None)(request)

            with ms.connect("http://a.example", token=key_of(ALL), transport=httpx.MockTransport(answer)) as client:
                assert client.catalogue().indicator("my_rate").formula == one.indicator("my_rate").formula
                behind.append(second)
                found = client.evaluate(ask, **asked)
                assert found.indicators[0].formula == two.indicator("my_rate").formula
                if ask is not None:
                    same(found, ms.evaluate(rows, catalogue=two, **asked))


def test_a_pack_of_a_later_version_is_a_service_that_cannot_be_read(tmp_path: Path, alone: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/packs":
            return httpx.Response(200, json={"items": [{"code": "new", "digest": "0"}], "total": 1, "next": None})
        return httpx.Response(200, json={"pack": {"id": "new", "title": {"zh": "新"}, "kinds": 3}})

    with (
        ms.connect("http://a.example", token="", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(ms.ServiceError, match="another version") as refusal,
    ):
        client.catalogue()
    assert "kinds" in str(refusal.value)


def test_packs_that_are_known_here_and_do_not_stand_together_are_a_service_that_cannot_be_read() -> None:
    known = ms.catalogue()
    packs = [{"code": pack.id, "digest": pack_digest(pack, known)} for pack in known.packs]

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [*packs, packs[0]], "total": len(packs) + 1, "next": None})

    with (
        ms.connect("http://a.example", token="", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(ms.ServiceError, match="another version"),
    ):
        client.catalogue()


def test_there_is_one_receipt_of_the_registrys_figures_and_two_of_facts_that_are_sent(
    alone: Any, facts: ms.Facts
) -> None:
    with ms.connect("http://a.example", transport=changed(alone, lambda table, _: table)) as client:
        found = client.evaluate(facts, **ASKED)
    expected = ms.evaluate(facts, **ASKED)
    assert (found.receipt, found.narrow_receipt) == (expected.receipt, expected.narrow_receipt)
    assert replace(found.receipt, version="0") != expected.narrow_receipt
    held = feed_of(public=[fact("340102", "2024", "live_births", "6")])
    with beside(held) as service:
        wire = httpx.MockTransport(passed_on(service, lambda _: None))
        with ms.connect("http://a.example", token="", transport=wire) as client:
            public = client.evaluate(**ASKED)
            assert public.receipt == public.narrow_receipt
            assert (
                public.narrow_receipt
                == ms.evaluate(
                    pl.DataFrame({"division": "340102", "period": "2024", "measure": "live_births", "value": [6]}),
                    **ASKED,
                ).narrow_receipt
            )
