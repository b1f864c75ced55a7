"""Facts on their way out: each form is read back to the same facts, and only what may be seen is in it."""

from __future__ import annotations

import io
from decimal import Context, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from libminsheng.facts import read_facts
from minsheng_registry.book.fact_query import FactQuery
from minsheng_registry.book.fact_table import FactTable, survey
from minsheng_registry.book.facts import read, read_page
from minsheng_registry.export import FORMS, Export
from minsheng_registry.storage.columnar import read_frames
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import batches, revisions
from tests.services.registry.book import hours
from tests.services.registry.desk import Desk

_WIDE = Context(prec=60)
COLUMNS = ("division", "period", "measure", "value", "project", "note", "sex", "area", "approximate")
ROWS = [
    ("A1", "2024-01", "funds_used", "-12.50", "p1", "", "", "", ""),
    ("A1", "2024-01", "funds_used", "3", "p1", '"引"号，逗号', "f", "", "是"),
    ("A1", "2024-01", "live_births", "7", "", "", "", "城镇", ""),
    ("A1", "2024-02", "funds_used", "123456789012345678.99", "", "", "f", "城镇", ""),
    ("A2", "2024-01", "care_coverage", "0", "p1", "", "", "", ""),
    ("A2", "2024-01", "funds_used", "0.05", "", "", "", "", ""),
]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def rows(desk: Desk) -> list[tuple[Any, ...]]:
    known = [row for row in ROWS if row[2] in desk.catalogue.measures]
    assert len(known) >= 5
    return known


def accepted(desk: Desk, name: str = "s", only: slice = slice(None)) -> None:
    given = [tuple(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows(desk)[only]]
    desk.accepted(name, given, names=COLUMNS)


def bytes_of(desk: Desk, form: str, **wanted: Any) -> bytes:
    return b"".join(Export(desk.database, FactQuery(**wanted), desk.catalogue, form, bom=False).parts())


KEY = ["division", "period", "measure", "project", "sex", "area"]


def as_read(content: bytes, form: str, folder: Path) -> list[tuple[Any, ...]]:
    path = folder / f"facts.{ {'csv': 'csv', 'arrow': 'arrow', 'parquet': 'parquet'}[form] }"
    if form == "arrow":
        pl.read_ipc_stream(io.BytesIO(content)).write_ipc(path)
    else:
        path.write_bytes(content)
    frame = read_facts(path).frame
    assert not {"submission", "revision_from", "public_to"} & set(frame.columns), (
        "what the book adds breaks nothing down"
    )
    texts = frame.with_columns(pl.col(pl.String).fill_null(""), pl.col("approximate").fill_null(value=False))
    return sorted(texts.select(*KEY, "value", "note", "approximate").rows())


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_back_to_the_same_facts(desk: Desk, form: str, tmp_path: Path) -> None:
    accepted(desk)
    expected = sorted(
        (place, period, measure, project, sex, area, Decimal(value), note, mark == "是")
        for place, period, measure, value, project, note, sex, area, mark in rows(desk)
    )
    assert as_read(bytes_of(desk, form), form, tmp_path) == expected


def test_arrow_has_decimals_where_they_fit_and_texts_where_not(desk: Desk) -> None:
    accepted(desk)
    frame = pl.read_ipc_stream(io.BytesIO(bytes_of(desk, "arrow")))
    assert frame.schema["value"] == pl.Decimal(38, 2)
    desk.accepted("t", [("B", "2024", "funds_used", "9" * 36 + ".99"), ("B", "2024", "live_births", "8")], division="B")
    wide = pl.read_ipc_stream(io.BytesIO(bytes_of(desk, "arrow", divisions=("B",))))
    assert wide["value"].to_list() == ["8", "9" * 36 + ".99"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["funds_used", "live_births"]), st.integers(-(10**38) + 1, 10**38 - 1)), max_size=20
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_digit_is_lost_on_the_way_to_text(catalogue: Any, drawn: list[tuple[str, int]]) -> None:
    frame = pl.DataFrame(
        {
            "measure": [one for one, _ in drawn],
            "value_minor": pl.Series([value for _, value in drawn], dtype=pl.Int128),
            "breakdown": ["{}"] * len(drawn),
        },
        schema_overrides={"measure": pl.String, "breakdown": pl.String},
    )
    table = FactTable((), ("funds_used", "live_births"), catalogue)
    missing = [name for name in table.schema if name not in frame.columns and name not in ("value", "unit")]
    frame = frame.with_columns(pl.lit(None, table.schema[name]).alias(name) for name in missing)
    shown = table.shown(frame)["value"].to_list()
    expected = [f"{Decimal(value).scaleb(-catalogue.measures[one].decimals, _WIDE):f}" for one, value in drawn]
    assert shown == expected


def test_a_csv_holds_no_formula_and_its_numbers_stay_numbers(desk: Desk) -> None:
    names = ("division", "period", "measure", "value", "note")
    cells = ["=1+1", "+86", "-5", "@SUM(A1)", "平"]
    desk.accepted(
        "s", [("A1", f"2024-0{at + 1}", "funds_used", "-12.50", note) for at, note in enumerate(cells)], names=names
    )
    frame = pl.read_csv(bytes_of(desk, "csv"), infer_schema=False)
    assert frame["note"].to_list() == ["'=1+1", "'+86", "'-5", "'@SUM(A1)", "平"]
    assert set(frame["value"]) == {"-12.50"}
    with_bom = Export(desk.database, FactQuery(), desk.catalogue, "csv", bom=True).parts()
    assert next(with_bom).startswith(b"\xef\xbb\xbfdivision,")
    with_bom.close()


def test_pages_are_the_whole_in_its_order(desk: Desk) -> None:
    accepted(desk)
    whole = desk.database.read(lambda connection: pl.concat(read(connection, FactQuery(), 2)))
    for limit in range(1, len(whole) + 2):
        found, after = [], None
        while True:
            page, after = desk.database.read(partial(read_page, wanted=FactQuery(after=after), limit=limit))
            found.append(page)
            if after is None:
                break
        assert pl.concat(found).equals(whole, null_equal=True)
        assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize(
    ("roots", "divisions", "seen"),
    [
        (("*",), (), {"A1", "A2"}),
        ((), (), set()),
        (("A1",), (), {"A1"}),
        (("A1",), ("A",), {"A1"}),
        (("A1",), ("A2",), set()),
        (("A1", "A2"), ("A2",), {"A2"}),
        (("P",), ("A",), {"A1", "A2"}),
        (("B",), (), set()),
    ],
)
def test_the_principals_subtrees_narrow_what_was_asked(
    desk: Desk, roots: tuple[str, ...], divisions: tuple[str, ...], seen: set[str]
) -> None:
    accepted(desk)
    wanted = FactQuery(roots=roots, divisions=divisions)
    frames = desk.database.read(lambda connection: list(read(connection, wanted)))
    assert {code for frame in frames for code in frame["division"]} == seen
    told = desk.database.read(lambda connection: survey(connection, wanted))
    assert told.rows == sum(map(len, frames))


def test_what_changed_is_what_began_ended_was_published_or_unpublished(desk: Desk) -> None:
    desk.accepted("s", [("A1", "2024", "funds_used", "1"), ("A2", "2024", "funds_used", "2")])
    first = desk.revision()
    desk.accepted("t", [("A1", "2024", "funds_used", "3")])

    def changed(after: int, **more: Any) -> list[tuple[str, int, int | None]]:
        wanted = FactQuery(changed_after=after, **more)
        frames = desk.database.read(lambda connection: list(read(connection, wanted)))
        names = ("division", "value_minor", "revision_to")
        return sorted(row for frame in frames for row in frame.select(names).iter_rows())

    assert changed(0) == [("A1", 100, 2), ("A1", 300, None), ("A2", 200, None)]
    assert changed(first) == [("A1", 100, 2), ("A1", 300, None)]
    assert changed(first, roots=("A2",)) == []
    assert changed(desk.revision()) == []

    def publish(connection: Any, column: str, number: int) -> None:
        connection.execute(
            insert(revisions).values(
                number=number, at=hours(99), kind="submission", subject="s", version=9, act="publish", principal="王"
            )
        )
        connection.exec_driver_sql(f"UPDATE revision_head SET number = {number}")
        connection.execute(update(batches).where(batches.c.submission == "s").values({column: number}))

    desk.database.write(lambda connection: publish(connection, "public_from", 3))
    assert changed(2) == [("A1", 100, 2), ("A2", 200, None)]
    assert desk.rows(public=True) == [("A2", "2024", "funds_used", 200)]
    assert desk.rows(public=True, as_of=2) == []
    desk.database.write(lambda connection: publish(connection, "public_to", 4))
    assert changed(3) == [("A1", 100, 2), ("A2", 200, None)]
    assert desk.rows(public=True) == []
    assert desk.rows(public=True, as_of=3) == [("A2", "2024", "funds_used", 200)]


def test_texts_of_every_kind_come_out_as_they_went_in(database: Database) -> None:
    texts = ["", "'", '"', '""', "a\nb", "a\r\nb\t", ",", "\\N", "\\", "NULL", "null", " 空 ", "𠮷"]
    with database.reading() as connection:
        from sqlalchemy import literal, union_all

        every = union_all(*(select(literal(at).label("at"), literal(one).label("one")) for at, one in enumerate(texts)))
        asked = select(every.subquery()).order_by("at")
        schema = {"at": pl.Int64, "one": pl.String}
        frames = list(read_frames(connection, asked, schema, 3))
    assert [len(frame) for frame in frames] == [3, 3, 3, 3, 1]
    assert pl.concat(frames)["one"].to_list() == texts
