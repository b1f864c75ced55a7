"""Checks see what was accepted before, and tell only what a submission is about."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from minsheng_registry.book import examination
from minsheng_registry.book.compared import as_facts, earlier, of_batch, of_sent
from minsheng_registry.book.examination import Blocked
from minsheng_registry.book.sent import sent
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, facts_of, tree_of_the_book
from tests.services.registry.desk import Desk

CUMULATIVE = ("division", "period", "measure", "value", "basis")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def _so_far(division: str, month: int, value: int, year: int = 2024) -> list[tuple[Any, ...]]:
    return [(division, f"{year}-{month:02d}", "funds_used", value, "year_to_date")]


def _month(desk: Desk, name: str, month: int, value: int, **given: Any) -> Any:
    return desk.create(name, _so_far("A1", month, value), names=CUMULATIVE, period=f"2024-{month:02d}", **given)


def _found(desk: Desk, name: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.where["division"], one.where["period"]) for one in desk.examine(name).findings]


def test_a_cumulative_that_falls_since_the_last_submission_is_found(desk: Desk) -> None:
    desk.accept(desk.submit(_month(desk, "S5", 5, 500)))
    now = _month(desk, "S6", 6, 400)
    assert _found(desk, "S6") == [("cumulative_falls", "A1", "2024-06")]
    (found,) = desk.examine("S6").findings
    assert found.where.get("row") == 1
    assert desk.examine("S6").earlier == 1
    with pytest.raises(Blocked, match=r"400 - 500 = -100 < 0"):
        desk.submit(now, {})


def test_one_that_makes_the_next_fall_is_found_there(desk: Desk) -> None:
    desk.accept(desk.submit(_month(desk, "S4", 4, 300)))
    desk.accept(desk.submit(_month(desk, "S6", 6, 400)))
    _month(desk, "S5", 5, 900)
    assert ("cumulative_falls", "A1", "2024-06") in _found(desk, "S5")


def test_what_earlier_facts_show_by_themselves_is_not_told_again(desk: Desk) -> None:
    """A doubtful July was accepted with a remark; whoever sends January is not asked about it."""
    doubtful = [
        ("A1", f"2024-{month:02d}", "funds_used", 100 + month if month != 7 else 1_070_000) for month in range(2, 13)
    ]
    desk.create("S", doubtful)
    july = _found(desk, "S")
    assert {period for _, _, period in july} == {"2024-07"}
    desk.accept(desk.submit(desk.get("S")))
    desk.create("S1", [("A1", "2024-01", "funds_used", 101)])
    assert (_found(desk, "S1"), desk.examine("S1").earlier) == ([], 11)


def test_a_parent_s_report_is_held_against_those_below(desk: Desk) -> None:
    for town, value in (("A1", 120), ("A2", 80)):
        desk.accepted(town, [(town, "2024", "live_births", value)], division=town)
    desk.create("A", [("A", "2024", "live_births", 257)])
    assert _found(desk, "A") == [("parent_differs", "A", "2024")]
    desk.create("B", [("A", "2024", "live_births", 200)])
    assert _found(desk, "B") == []


def test_drafts_others_and_what_is_replaced_are_not_compared(desk: Desk) -> None:
    _month(desk, "draft", 4, 900)
    desk.accepted("B", _so_far("B", 4, 900), names=CUMULATIVE, division="B", period="2024-04")
    now = desk.accept(desk.submit(_month(desk, "S5", 5, 800)))
    desk.accept(desk.submit(desk.replace(desk.act("reopen", now, "更正"), _so_far("A1", 5, 300), names=CUMULATIVE)))
    _month(desk, "S6", 6, 400)
    assert (_found(desk, "S6"), desk.examine("S6").earlier) == ([], 1)
    again = desk.act("reopen", desk.get("S5"), "再更正")
    desk.replace(again, _so_far("A1", 5, 200), names=CUMULATIVE)
    assert (_found(desk, "S5"), desk.examine("S5").earlier) == ([], 0)
    _month(desk, "other", 5, 310)
    assert desk.examine("other").earlier == 0, "a fact that is replaced is not beside the one that replaces it"


def test_only_so_many_are_read(desk: Desk) -> None:
    for year in (2022, 2023):
        desk.accepted(
            f"Y{year}", [("A1", f"{year}-{month:02d}", "funds_used", 100) for month in range(1, 13)], period=str(year)
        )
    desk.create("S", [("A1", "2024-01", "funds_used", 100)], period="2024")

    def seen(most: int) -> int:
        return desk.database.read(
            lambda connection: examination.examine(connection, "S", desk.catalogue, desk.tree, most_earlier=most)
        ).earlier

    assert [seen(most) for most in (24, 23, 12, 11, 0)] == [24, 12, 12, 0, 0]


def test_out_of_reach_is_not_compared(desk: Desk) -> None:
    desk.accept(desk.submit(_month(desk, "S5", 5, 500)))
    given = sent(facts_of(_so_far("A1", 6, 400), CUMULATIVE), "A", "2024-06", desk.catalogue, desk.tree)

    def codes(*roots: str) -> list[str]:
        return [
            one.code
            for one in desk.database.read(
                lambda connection: examination.look(connection, given, desk.catalogue, desk.tree, roots=roots)
            )
        ]

    assert (codes("P"), codes("A2")) == (["cumulative_falls"], [])


def test_a_dry_run_finds_what_handing_in_finds(desk: Desk) -> None:
    desk.accept(desk.submit(_month(desk, "S5", 5, 500)))
    rows = _so_far("A1", 6, 400)
    given = sent(facts_of(rows, CUMULATIVE), "A", "2024-06", desk.catalogue, desk.tree)
    looked = desk.database.read(lambda connection: examination.look(connection, given, desk.catalogue, desk.tree))
    _month(desk, "S6", 6, 400)
    examined = desk.examine("S6").findings
    assert [*map(examination.finding_key, looked)] == [*map(examination.finding_key, examined)] != []


def test_numbers_that_have_no_room_together_are_checked_alone(desk: Desk) -> None:
    """A value of 38 digits cannot stand beside one with decimals: the earlier ones give way."""
    desk.accepted("S1", [("A1", "2023", "funds_used", "1.25")], period="2023")
    desk.create("S2", [("A1", "2024", "live_births", 10**37), ("A1", "2024", "funds_used", 5)])
    own, others = desk.database.read(
        lambda connection: (
            own := of_batch(connection, desk.get("S2").batch),
            earlier(connection, own, "A", "S2"),
        )
    )
    assert len(others) == 1
    assert as_facts(own, others, catalogue_of_the_book()).frame.select("value", "row").rows() == [(10**37, 1), (5, 2)]


def test_what_was_sent_and_what_is_kept_read_alike(desk: Desk) -> None:
    names = ("division", "period", "measure", "value", "sex", "project", "approximate")
    rows = [("A1", "2024", "live_births", 7, "f", None, "是"), ("A2", "2024", "funds_used", "-1.50", None, "P1", None)]
    desk.create("S", rows, names=names)
    kept = desk.database.read(lambda connection: of_batch(connection, desk.get("S").batch))
    given = of_sent(sent(facts_of(rows, names), "A", "2024", catalogue_of_the_book(), tree_of_the_book()))
    assert kept.equals(given)
    assert kept.schema == given.schema
    assert isinstance(kept, pl.DataFrame)
