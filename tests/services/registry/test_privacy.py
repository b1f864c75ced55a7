"""Nobody's id or telephone number enters the book, wherever in it free text is."""

from __future__ import annotations

from typing import Any

import pytest

from minsheng_registry.book import corrections, examination
from minsheng_registry.book.facts import FactKey
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.sent import sent
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, facts_of, hours, project, tree_of_the_book
from tests.services.registry.desk import Desk
from tests.services.registry.test_projects import Book

CITIZEN, PHONE, LANDLINE = "11010519491231002X", "138 0013 8000", "0551-62345678"
NUMBERS = [(CITIZEN, "personal_citizen_id"), (PHONE, "personal_phone"), (LANDLINE, "personal_phone")]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def _refused(refused: Unusable, number: str) -> list[tuple[str, Any]]:
    """The places and codes of a refusal, which does not repeat the number in any language or form."""
    told = "".join(fault.text(lang) + repr(fault) for fault in refused.faults for lang in ("zh", "en"))
    assert number not in told + str(refused) + repr(refused)
    assert "***" in told
    return [(fault.code.removeprefix("registry."), fault.place) for fault in refused.faults]


@pytest.mark.parametrize(("number", "code"), NUMBERS)
@pytest.mark.parametrize("column", ["note", "source", "issuer", "kind", "reported"])
def test_facts_that_name_a_person_are_refused_with_their_row(number: str, code: str, column: str) -> None:
    rows = [
        ("A1", "2024", "live_births", 1, None),
        ("A2", "2024", "live_births", 2, f"联系人{number}"),
        ("A1", "2024", "funds_used", 3, None),
    ]
    names = ("division", "period", "measure", "value", column)
    with pytest.raises(Unusable) as caught:
        sent(facts_of(rows, names), "A", "2024", catalogue_of_the_book(), tree_of_the_book())
    (found,) = _refused(caught.value, number)
    assert (found[0], found[1].row, found[1].column) == (code, 3, column)


def test_a_column_that_is_called_by_a_number_is_refused() -> None:
    with pytest.raises(Unusable) as caught:
        sent(
            facts_of(
                [("A1", "2024", "live_births", 1, "f")], ("division", "period", "measure", "value", "13800138000")
            ),
            "A",
            "2024",
            catalogue_of_the_book(),
            tree_of_the_book(),
        )
    assert [code for code, _ in _refused(caught.value, "13800138000")] == ["personal_phone"]


def test_another_fault_does_not_repeat_it_either() -> None:
    with pytest.raises(Unusable) as caught:
        sent(facts_of([("A1", "2024", "13800138000", 1)]), "A", "2024", catalogue_of_the_book(), tree_of_the_book())
    assert [code for code, _ in _refused(caught.value, "13800138000")] == ["engine.unknown_measure"]


def test_codes_amounts_and_hotlines_are_no_such_numbers() -> None:
    names = ("division", "period", "measure", "value", "project", "note")
    rows = [
        (
            "A1",
            "2024",
            "funds_used",
            "13800138000",
            "2018-340102-47-03-018821",
            "牵头91350100M000100Y43，拨打12345，文号皖政办〔2017〕5号",
        )
    ]
    assert len(sent(facts_of(rows, names), "A", "2024", catalogue_of_the_book(), tree_of_the_book())) == 1


@pytest.mark.parametrize(("number", "code"), NUMBERS)
@pytest.mark.parametrize(
    ("item", "changes"),
    [
        ("name.zh", {"name": {"zh": "农村道路{}"}}),
        ("name.en", {"name": {"zh": "农村道路", "en": "call {}"}}),
        ("note", {"note": "经办人 {}"}),
        ("lead.name", {"lead": {"name": "交通局{}"}}),
        ("milestones.0.name", {"milestones": [{"name": "找{}", "planned": "2024-03-01"}]}),
        (
            "targets.0.issuer",
            {"targets": [{"measure": "funds_used", "period": "2024", "value": "1", "unit": "万元", "issuer": "{}"}]},
        ),
    ],
)
def test_projects_that_name_a_person_are_refused_with_the_place(
    database: Database, item: str, changes: dict[str, Any], number: str, code: str
) -> None:
    with pytest.raises(Unusable) as caught:
        Book(database).create(project(**_filled(changes, number)))
    assert [(code, place.item) for code, place in _refused(caught.value, number)] == [(code, item)]


def _filled(value: Any, number: str) -> Any:
    if isinstance(value, str):
        return value.format(number)
    if isinstance(value, list):
        return [_filled(one, number) for one in value]
    return {name: _filled(one, number) for name, one in value.items()} if isinstance(value, dict) else value


def test_a_field_that_is_wrong_besides_does_not_repeat_it(database: Database) -> None:
    with pytest.raises(Unusable) as caught:
        Book(database).create(project(domain="住有所居13800138000", divisions=["13800138000"]))
    _refused(caught.value, "13800138000")


@pytest.mark.parametrize(("number", "code"), NUMBERS)
def test_words_that_go_with_an_act_name_nobody(desk: Desk, number: str, code: str) -> None:
    words = f"详询{number}"
    now = desk.accepted("S", [("A1", "2024", "live_births", 120)])
    fact = FactKey("A1", "2024", "live_births")
    book = Book(desk.database)
    book.create(project())
    desk.database.write(lambda connection: corrections.ask(connection, "C", fact, "?", by="x", at=hours(9)))
    handed_in = desk.submit(desk.create("T", [("A2", "2024", "live_births", 120)]))
    acts: dict[str, Any] = {
        "reopen": lambda: desk.act("reopen", now, words),
        "return": lambda: desk.act("return", handed_in, words),
        "withdraw": lambda: book.withdraw("A-2024-001", words, 1),
        "ask": lambda: desk.database.write(
            lambda connection: corrections.ask(connection, "D", fact, words, by="x", at=hours(9))
        ),
        "answer": lambda: desk.database.write(
            lambda connection: corrections.answer(connection, "C", "upheld", words, by="x", at=hours(9))
        ),
    }
    for name, act in acts.items():
        with pytest.raises(Unusable) as caught:
            act()
        assert [one[0] for one in _refused(caught.value, number)] == [code], name


def test_a_remark_names_nobody(desk: Desk) -> None:
    doubtful = [
        ("A1", f"2024-{month:02d}", "funds_used", 100 + month if month != 7 else 1_070_000) for month in range(1, 13)
    ]
    now = desk.create("S", doubtful)
    key = examination.finding_key(next(one for one in desk.examine("S").findings if one.severity == "warning"))
    with pytest.raises(Unusable) as caught:
        desk.submit(now, {key: f"已与{PHONE}核实"})
    assert [(code, place.item) for code, place in _refused(caught.value, PHONE)] == [
        ("personal_phone", f"remarks.{key}")
    ]
    assert desk.get("S").state == "draft"


def test_what_is_wrong_in_every_row_is_not_said_a_million_times() -> None:
    rows = [("B", "2024", "funds_used", 1, f"p{number}") for number in range(1_500)]
    names = ("division", "period", "measure", "value", "project")
    with pytest.raises(Unusable) as caught:
        sent(facts_of(rows, names), "A", "2024", catalogue_of_the_book(), tree_of_the_book())
    assert len(caught.value.faults) == 1_001
    assert [one.values for one in caught.value.faults if one.code == "registry.more_rows"] == [{"count": 500}]
