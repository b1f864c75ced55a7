"""Submissions and their life: what is read, checked, accepted, returned, reopened; and the facts that then stand."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from libminsheng.errors import DivisionError, PeriodError
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book import corrections, examination, submissions
from minsheng_registry.book.compared import as_facts, of_batch
from minsheng_registry.book.examination import Blocked
from minsheng_registry.book.facts import FactKey, FactQuery
from minsheng_registry.book.facts import read as read_facts_of
from minsheng_registry.book.refusals import Conflict, NotFound, Refused, Stale, Unusable
from minsheng_registry.book.sent import sent
from minsheng_registry.book.workdays import Workdays
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, facts_of, hours, tree_of_the_book
from tests.services.registry.desk import Desk

TOWNS = [("A1", "2024", "live_births", 120), ("A2", "2024", "live_births", 80)]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


# ------------------------------------------------------------------------------------- what is sent


def _sent(rows: Any, division: str = "A", period: str = "2024", **names: Any) -> Any:
    return sent(facts_of(rows, **names), division, period, catalogue_of_the_book(), tree_of_the_book())


def test_what_is_sent_becomes_codes_whole_numbers_and_months() -> None:
    names = ("division", "period", "measure", "value", "unit", "sex", "project", "note")
    rows = [
        ("东镇", "2024年", "live_births", 1200, None, "f", None, "约"),
        ("A2", "2024-Q1", "funds_used", "1.25", "万元", None, "P1", None),
    ]
    frame = _sent(rows, names=names).frame
    kept = (
        "line",
        "division",
        "period",
        "measure",
        "value",
        "breakdown",
        "project",
        "note",
        "first_month",
        "last_month",
    )
    births_start = 2023 * 12 + 9
    assert frame.select(kept).rows() == [
        (0, "A1", "2024", "live_births", "1200", '{"sex":"f"}', "", "约", births_start, births_start + 11),
        (1, "A2", "2024-Q1", "funds_used", frame["value"][1], "{}", "P1", "", 2024 * 12, 2024 * 12 + 2),
    ]
    measure = catalogue_of_the_book().measures["funds_used"]
    assert int(frame["value"][1]) == {"元": 12_500, "万元": 1.25, "亿元": 0.000125}[measure.unit] * 10**measure.decimals


def test_all_that_is_wrong_with_what_is_sent_is_said_at_once() -> None:
    rows = [
        ("A1", "2024", "live_birth", 1),
        ("B", "2024", "live_births", 2),
        ("A1", "2023", "live_births", 3),
        ("A1", "2024", "live_births", "1.5"),
        ("Z", "2024", "live_births", 4),
        ("A1", "2024", "funds_used", 5),
    ]
    with pytest.raises(Unusable) as caught:
        _sent(rows)
    assert [(fault.place.row, fault.code) for fault in caught.value.faults] == [
        (2, "engine.unknown_measure"), (3, "registry.elsewhere"), (4, "registry.other_period"),
        (5, "engine.decimals"), (6, "vocabulary.division"),
    ]  # fmt: skip
    assert all(fault.text("zh") and fault.text("en") for fault in caught.value.faults)


def test_what_holds_the_period_or_lies_in_it_may_be_sent() -> None:
    assert (
        len(
            _sent(
                [("A1", text, "funds_used", 1) for text in ("2024-03", "2024-Q1", "2024-H1", "2024")], period="2024-Q1"
            )
        )
        == 4
    )
    with pytest.raises(Unusable, match="row 2, column period: 2024-04 neither holds"):
        _sent([("A1", "2024-04", "funds_used", 1)], period="2024-Q1")


def test_nothing_nowhere_and_never_cannot_be_sent() -> None:
    with pytest.raises(Unusable, match="not one fact"):
        _sent([("A1", "2024", "live_births", None)])
    with pytest.raises(DivisionError):
        _sent(TOWNS, division="Z")
    with pytest.raises(PeriodError):
        _sent(TOWNS, period="immer")
    with pytest.raises(Unusable, match="control character"):
        _sent([(*TOWNS[0], "a\x01b")], names=("division", "period", "measure", "value", "note"))


def test_what_is_stored_is_examined_as_it_was_sent(desk: Desk) -> None:
    """Numbers of all sizes, every column and breakdown come back from the table as the library read them."""
    names = (
        "division",
        "period",
        "measure",
        "value",
        "sex",
        "project",
        "scenario",
        "issuer",
        "basis",
        "approximate",
        "note",
        "source",
    )
    rows = [
        ("A1", "2024", "funds_used", "12.50", None, "P1", "target", "province", None, "是", "注", "表1"),
        ("A1", "2024-03", "funds_used", "-0.01", None, "P1", None, None, "累计", None, None, None),
        ("A1", "2024", "funds_used", "9" * 33 + ".99", None, None, None, None, None, None, None, None),
        ("A2", "2024", "live_births", "0", "m", None, None, None, None, None, None, None),
    ]
    given = facts_of(rows, names)
    desk.create("S", rows, names=names)
    stored = desk.database.read(
        lambda connection: as_facts(own := of_batch(connection, desk.get("S").batch), own.clear(), desk.catalogue)
    ).frame
    columns = [
        "division",
        "period",
        "measure",
        "value",
        "sex",
        "project",
        "scenario",
        "issuer",
        "basis",
        "approximate",
    ]
    assert [[cell or None for cell in row] for row in stored.select(columns).rows()] == [
        [cell or None for cell in row] for row in given.frame.select(columns).rows()
    ]


# ------------------------------------------------------------------------------------- life


def test_a_submission_lives_as_it_is_drawn(desk: Desk) -> None:
    now = desk.create("S", TOWNS)
    assert (now.state, now.version, desk.rows(), len(desk.rows(state="draft"))) == ("draft", 1, [], 2)
    now = desk.submit(desk.replace(now, TOWNS[:1]))
    assert (now.state, now.submitted_by, len(desk.rows(state="submitted"))) == ("submitted", "王", 1)
    now = desk.act("return", now, "少一个镇")
    assert (now.state, len(desk.rows(state="returned"))) == ("returned", 1)
    now = desk.accept(desk.submit(desk.replace(now, TOWNS)))
    assert (now.state, desk.revision()) == ("accepted", 1)
    assert desk.rows() == [(*row[:3], row[3]) for row in TOWNS]
    now = desk.act("reopen", desk.act("lock", now), "更正")
    assert (now.state, desk.rows()) == ("draft", TOWNS)
    now = desk.accept(desk.submit(desk.replace(now, [("A1", "2024", "live_births", 121)])))
    assert desk.rows() == [("A1", "2024", "live_births", 121)]
    assert desk.rows(as_of=1) == TOWNS
    acts = desk.database.read(lambda connection: submissions.history(connection, "S"))
    assert [one.act for one in acts] == [
        "create", "replace", "submit", "return", "replace", "submit", "accept", "lock", "reopen", "replace", "submit", "accept",
    ]  # fmt: skip
    assert [one.version for one in acts] == list(range(1, 13))
    assert [(one.principal, one.note) for one in acts if one.note] == [("李", "少一个镇"), ("李", "更正")]
    assert acts[3].batch != acts[0].batch, "what was submitted stays, a draft is replaced in its place"


def test_the_one_who_submits_may_not_accept(desk: Desk) -> None:
    now = desk.submit(desk.create("S", TOWNS))
    with pytest.raises(Conflict, match="王 has submitted S and cannot accept"):
        desk.accept(now, by="王")
    assert (desk.get("S").state, desk.revision(), desk.rows()) == ("submitted", 0, [])
    desk.accept(now)


def test_no_act_is_possible_in_another_state(desk: Desk) -> None:
    possible = {
        "draft": {"replace", "submit"}, "submitted": {"return", "accept"}, "returned": {"replace", "submit"},
        "accepted": {"lock", "reopen"}, "locked": {"reopen"},
    }  # fmt: skip
    states = {"draft": desk.create("draft", TOWNS), "submitted": desk.submit(desk.create("submitted", TOWNS))}
    states["returned"] = desk.act("return", desk.submit(desk.create("returned", TOWNS)), "x")
    states["accepted"] = desk.accepted("accepted", TOWNS)
    states["locked"] = desk.act("lock", desk.accepted("locked", TOWNS))
    for state, now in states.items():
        assert now.state == state
        acts: dict[str, Any] = {
            "replace": lambda now=now: desk.replace(now, TOWNS), "submit": lambda now=now: desk.submit(now),
            "accept": lambda now=now: desk.accept(now), "lock": lambda now=now: desk.act("lock", now),
            "return": lambda now=now: desk.act("return", now, "x"), "reopen": lambda now=now: desk.act("reopen", now, "x"),
        }  # fmt: skip
        for name in acts.keys() - possible[state]:
            with pytest.raises(Conflict, match=f"is {state}"):
                acts[name]()
        assert desk.get(now.id) == now


def test_what_cannot_be_done_is_refused(desk: Desk) -> None:
    now = desk.create("S", TOWNS)
    with pytest.raises(Conflict, match="already"):
        desk.create("S", TOWNS)
    desk.replace(now, TOWNS)
    with pytest.raises(Stale):
        desk.accept(now)
    now = desk.get("S")
    with pytest.raises(Unusable, match="no reason"):
        desk.act("return", desk.submit(now), " ")
    now = desk.accept(desk.get("S"))
    with pytest.raises(Unusable, match="no reason"):
        desk.act("reopen", now, "")
    with pytest.raises(Conflict, match="accepted already, and there are no others"):
        desk.submit(desk.act("reopen", now, "看看"))
    other = desk.get("S")
    with pytest.raises(Unusable, match="of A1 2024, and the submission is of A 2024"):
        desk.replace(dataclasses.replace(other, division="A1"), TOWNS[:1])
    for act in (
        desk.get,
        desk.examine,
        lambda name: desk.database.read(lambda connection: submissions.history(connection, name)),
    ):
        with pytest.raises(NotFound):
            act("T")


def test_errors_block_and_warnings_need_a_remark(desk: Desk) -> None:
    names = ("division", "period", "measure", "value")
    wrong = [("A1", "2024", "newborns_screened", 130), ("A1", "2024", "live_births", 120)]
    now = desk.create("S", wrong)
    with pytest.raises(Blocked, match=r"row \d.*newborns_screened = 130 > live_births = 120") as caught:
        desk.submit(now)
    assert {finding.severity for finding in caught.value.findings} >= {"error"}
    assert desk.get("S").state == "draft"
    doubtful = [
        ("A1", f"2024-{month:02d}", "funds_used", 100 + month if month != 7 else 1_070_000) for month in range(1, 13)
    ]
    now = desk.replace(now, doubtful, names=names)
    found = [one for one in desk.examine("S").findings if one.severity == "warning"]
    assert found, "a value ten thousand times its neighbours is doubtful"
    assert desk.examine("S").findings.counts["error"] == 0
    with pytest.raises(Blocked, match="needs a remark"):
        desk.submit(now, {})
    key = examination.finding_key(found[0])
    with pytest.raises(Unusable, match="no finding nothing"):
        desk.submit(now, {"nothing": "x"})
    remarks = {examination.finding_key(one): " 一次性拨付 " for one in found}
    now = desk.submit(now, remarks)
    assert now.remarks[key] == "一次性拨付"
    assert {one["key"] for one in now.findings} >= set(remarks)


def test_what_was_changed_after_it_was_examined_is_not_submitted(desk: Desk) -> None:
    now = desk.create("S", TOWNS)
    examined = desk.examine("S")
    desk.replace(now, TOWNS[:1])
    with pytest.raises(Stale):
        desk.database.write(lambda connection: examination.submit(connection, examined, {}, by="王", at=hours(9)))


# ------------------------------------------------------------------------------------- facts


def test_a_correction_is_a_new_version_and_both_times_are_kept(desk: Desk) -> None:
    desk.accepted("S1", TOWNS)
    desk.accepted("S2", [("A1", "2024", "live_births", 125)], division="A1")
    desk.accepted("S3", [("A1", "2023", "live_births", 99)], division="A1", period="2023")
    births = ("A1", "2024", "live_births")
    assert [(one.version, one.value_minor, one.revision_from, one.revision_to, one.submission, one.principal) for one in desk.history(*births)] == [
        (1, 120, 1, 2, "S1", "李"), (2, 125, 2, None, "S2", "李"),
    ]  # fmt: skip
    for as_of, value in (
        (1, 120),
        (2, 125),
        (3, 125),
        (hours(3), 120),
        (hours(5.9), 120),
        (hours(6), 125),
        (None, 125),
    ):
        assert (*births, value) in desk.rows(as_of=as_of)
    assert desk.rows(as_of=0) == desk.rows(as_of=hours(2)) == []
    assert len(desk.rows()) == 3
    with pytest.raises(NotFound, match="no revision 4"):
        desk.rows(as_of=4)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "abcdefg"),
        ({"divisions": ("A",)}, "abdefg"),
        ({"divisions": ("A",), "subtree": False}, "d"),
        ({"divisions": ("A2", "B")}, "bc"),
        ({"measures": ("live_births",)}, "abcd"),
        ({"projects": ("P1",)}, "fg"),
        ({"projects": ("",), "measures": ("funds_used",)}, "e"),
        ({"scenarios": ("target",)}, "g"),
        ({"start": Period.parse("2024-02")}, "f"),
        ({"end": Period.parse("2024-01"), "measures": ("funds_used",)}, "e"),
        ({"start": Period.parse("2024"), "end": Period.parse("2024"), "measures": ("funds_used",)}, "efg"),
        ({"start": Period.parse("2023-10"), "end": Period.parse("2024-09"), "measures": ("live_births",)}, "abcd"),
        ({"start": Period.parse("2024"), "end": Period.parse("2024"), "years": {"live_births": 10}}, "abcdefg"),
        ({"start": Period.parse("2024"), "measures": ("live_births",), "years": {"live_births": 10}}, "abcd"),
        ({"start": Period.parse("2024-Q1"), "years": {"live_births": 10}, "measures": ("live_births",)}, "abcd"),
        ({"start": Period.parse("2024-Q2"), "years": {"live_births": 10}, "measures": ("live_births",)}, ""),
        ({"end": Period.parse("2024-H2"), "years": {"live_births": 10}, "measures": ("live_births",)}, "abcd"),
        ({"end": Period.parse("2024-Q3"), "years": {"live_births": 10}, "measures": ("live_births",)}, ""),
        ({"submission": "S2"}, "efg"),
        ({"state": "locked"}, "abcd"),
        ({"state": "draft"}, "h"),
        ({"state": "returned"}, ""),
    ],
)
def test_facts_are_read_by_every_filter(desk: Desk, wanted: dict[str, Any], found: str) -> None:
    towns = (("A1", 1), ("A2", 2), ("B", 4), ("A", 3))
    births = [(division, "2024", "live_births", value) for division, value in towns]
    desk.act("lock", desk.accepted("S1", births, division="P"))
    names = ("division", "period", "measure", "value", "project", "scenario")
    funds = [
        ("A1", "2024-01", "funds_used", 5, None, None),
        ("A1", "2024-03", "funds_used", 6, "P1", None),
        ("A1", "2024", "funds_used", 7, "P1", "target"),
    ]
    desk.accepted("S2", funds, names=names)
    desk.create("S3", [("A1", "2024", "live_births", 8)])
    cents = 10 ** desk.catalogue.measures["funds_used"].decimals
    letters = {
        value: letter
        for letter, value in zip("abcdefgh", (1, 2, 4, 3, 5 * cents, 6 * cents, 7 * cents, 8), strict=True)
    }
    assert "".join(sorted(letters[row[3]] for row in desk.rows(**wanted))) == found


def test_what_was_not_accepted_has_no_history(desk: Desk) -> None:
    with pytest.raises(Unusable, match="no history"):
        desk.rows(state="draft", as_of=0)


def test_facts_of_every_size_and_word_are_read_back(desk: Desk) -> None:
    names = ("division", "period", "measure", "value", "note", "sex")
    notes = ["", "\\N", '"quoted", with comma', "行1", "'; DROP TABLE facts; --", "\\.", "NULL", "𠮷"]
    quoted = ['"' + note.replace('"', '""') + '"' for note in notes]
    values = [0, 1, 10**37, 2**63, -(10**37) + 1, 7, 8, 9]
    rows = [
        ("A1", "2024", "live_births", value, note, f"s{at}")
        for at, (value, note) in enumerate(zip(values, quoted, strict=True))
    ]
    desk.create("S", rows, names=names)

    def read(connection: Any) -> list[Any]:
        frames = read_facts_of(connection, FactQuery(state="draft"))
        return [row for frame in frames for row in frame.select("value_minor", "note", "breakdown").iter_rows()]

    assert desk.database.read(read) == [
        (value, note, f'{{"sex":"s{at}"}}') for at, (value, note) in enumerate(zip(values, notes, strict=True))
    ]


# ------------------------------------------------------------------------------------- corrections


@pytest.mark.parametrize(
    ("asked", "count", "due", "known"),
    [
        ("2026-03-02", 10, "2026-03-16", True),
        ("2024-09-27", 1, "2024-09-29", True),  # a Sunday worked before the National Day
        ("2024-09-30", 1, "2024-10-08", True),
        ("2025-01-20", 10, "2025-02-08", True),  # across the Spring Festival: 21–24, 26 and 27 January, 5–8 February
        ("2025-12-31", 1, "2026-01-04", True),
        ("2027-02-05", 1, "2027-02-08", False),
        ("2026-12-31", 1, "2027-01-01", False),  # no notice yet: an estimate
    ],
)
def test_working_days_are_the_notices(asked: str, count: int, due: str, known: bool) -> None:
    start = datetime.date.fromisoformat(asked)
    assert Workdays.builtin().after(start, count) == (datetime.date.fromisoformat(due), known)


def test_each_year_s_notice_is_whole() -> None:
    builtin = Workdays.builtin()
    assert all(day.weekday() >= 5 for day in builtin.on), "what is worked besides is a weekend"
    assert not builtin.on & builtin.off
    # days off on working weekdays beyond the statutory ones are those that weekends make up for
    for year, statutory in ((2024, 11), (2025, 13), (2026, 13)):
        weekdays = sum(day.year == year and day.weekday() < 5 for day in builtin.off)
        weekends = sum(day.year == year for day in builtin.on)
        assert abs(weekdays - weekends - statutory) <= 3, year


def test_a_request_is_answered_once_or_overdue(desk: Desk, tmp_path: Any) -> None:
    desk.accepted("S", TOWNS)
    fact = FactKey("A1", "2024", "live_births")

    def ask(request: str, key: FactKey = fact, question: str = "与卫健年报不符") -> corrections.Correction:
        return desk.database.write(
            lambda connection: corrections.ask(connection, request, key, question, by="民政局", at=hours(0))
        )

    one = ask("C1")
    assert (one.due, one.due_known, one.state, one.fact) == (datetime.date(2026, 3, 16), True, "open", fact)
    ask("C2", FactKey("A2", "2024", "live_births"))
    refusals: list[tuple[type[Refused], Any]] = [
        (Conflict, lambda: ask("C1")),
        (NotFound, lambda: ask("C3", FactKey("A1", "2022", "live_births"))),
        (Unusable, lambda: ask("C3", question=" ")),
    ]
    for kind, refused in refusals:
        with pytest.raises(kind):
            refused()

    def find(**wanted: Any) -> list[str]:
        return [found.id for found in desk.database.read(lambda connection: corrections.find(connection, **wanted))]

    assert find(divisions=("A",)) == ["C1", "C2"]
    assert find(divisions=("A1",)) == ["C1"]
    assert find(overdue_on=datetime.date(2026, 3, 16)) == []
    assert find(overdue_on=datetime.date(2026, 3, 17)) == ["C1", "C2"]
    assert one.is_overdue(datetime.date(2026, 3, 17))
    answered = desk.database.write(
        lambda connection: corrections.answer(connection, "C1", "corrected", "已更正", by="卫健委", at=hours(5))
    )
    assert (answered.state, answered.answer, answered.answered_by, answered.answered_at) == (
        "corrected",
        "已更正",
        "卫健委",
        hours(5),
    )
    assert not answered.is_overdue(datetime.date(2030, 1, 1))
    assert find(overdue_on=datetime.date(2026, 3, 17)) == find(only_open=True) == find(after="C1") == ["C2"]
    for request, kind in (("C1", Conflict), ("C9", NotFound)):
        with pytest.raises(kind):
            desk.database.write(
                lambda connection, request=request: corrections.answer(
                    connection, request, "upheld", "x", by="", at=hours(6)
                )
            )
    with pytest.raises(Unusable):
        desk.database.write(lambda connection: corrections.answer(connection, "C2", "upheld", "", by="", at=hours(6)))


def test_another_arrangement_of_days_may_be_given(desk: Desk, tmp_path: Any) -> None:
    desk.accepted("S", TOWNS)
    path = tmp_path / "workdays.toml"
    path.write_text('[2026]\noff = ["03-03..03-06"]\non = ["03-07"]\n', "utf-8")
    one = desk.database.write(
        lambda connection: corrections.ask(
            connection,
            "C",
            FactKey("A1", "2024", "live_births"),
            "?",
            by="x",
            at=hours(0),
            workdays=Workdays.from_file(path),
        )
    )
    assert one.due == datetime.date(2026, 3, 19)
