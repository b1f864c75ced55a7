"""Projects: versions, history, what was known when; lists and their pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

import libminsheng as ms
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import language
from libminsheng.vocabulary.divisions import Division
from minsheng_registry.book import places, projects
from minsheng_registry.book.changes import changes_after, last_revision
from minsheng_registry.book.merge_patch import merged
from minsheng_registry.book.project_list import SORTS, ProjectFilter, Sort, find
from minsheng_registry.book.projects import ProjectVersion
from minsheng_registry.book.refusals import Conflict, NotFound, Refused, Stale, Unusable
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, hours, project, tree_of_the_book


class Book:
    """Acts on projects, each in a transaction of its own, an hour after the one before."""

    def __init__(self, database: Database) -> None:
        self.database, self.hour = database, 0.0
        self.catalogue: Catalogue = catalogue_of_the_book()
        self.tree: ms.DivisionTree = tree_of_the_book()

    def _write(self, act: Callable[..., ProjectVersion], *given: Any, **more: Any) -> ProjectVersion:
        self.hour += 1
        return self.database.write(lambda connection: act(connection, *given, **more, by="王", at=hours(self.hour)))

    def create(self, document: Any) -> ProjectVersion:
        return self._write(projects.create, document, self.catalogue, self.tree)

    def patch(self, code: str, changes: dict[str, Any], version: int) -> ProjectVersion:
        return self._write(projects.patch, code, changes, self.catalogue, self.tree, version=version)

    def replace(self, code: str, document: Any, version: int) -> ProjectVersion:
        return self._write(projects.replace, code, document, self.catalogue, self.tree, version=version)

    def withdraw(self, code: str, reason: str, version: int) -> ProjectVersion:
        return self._write(projects.withdraw, code, reason, self.tree, version=version)

    def get(self, code: str, as_of: Any = None) -> ProjectVersion:
        return self.database.read(lambda connection: projects.get(connection, code, as_of))

    def codes(self, sort: Sort = "code", **wanted: Any) -> list[str]:
        def pages(connection: Connection) -> list[str]:
            found: list[str] = []
            after = None
            while True:
                page = find(connection, ProjectFilter(**wanted), sort=sort, limit=2, after=after)
                assert 0 < len(page.projects) <= 2 or (not page.projects and not found)
                found += [one.code for one in page.projects]
                after = page.following
                if after is None:
                    return found

        return self.database.read(pages)


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database)


def faults_of(caught: pytest.ExceptionInfo[Refused]) -> dict[str | None, str]:
    return {fault.place.item: fault.code.partition(".")[2] for fault in caught.value.faults}


# ------------------------------------------------------------------------------------- documents


def test_a_document_is_kept_in_the_words_of_the_vocabulary(book: Book) -> None:
    kept = book.create(project(divisions=["甲县", "A2"], services=["生育保险"])).document
    assert (kept["domain"], kept["kind"], kept["tier"], kept["status"]) == ("housing", "works", "provincial", "active")
    assert (kept["divisions"], kept["services"]) == (["A", "A2"], [4])
    assert kept["budgets"][1] == {"source": "county", "year": 2024, "amount": "300", "unit": "万元"}
    assert kept["targets"] == [
        {
            "measure": "funds_used",
            "period": "2024",
            "value": "1500.5",
            "unit": "万元",
            "issuer": "province",
            "version": 1,
        }
    ]
    assert book.get("A-2024-001").document == kept


def test_all_that_is_wrong_is_said_at_once(book: Book) -> None:
    document = project(
        code="甲", domain="衣", kind="工程", tier="镇级", divisions=["A1", "A1", "Z"], status="withdrawn",
        years={"first": 2025, "last": 2024}, services=["没有的服务"], lead={"name": "局", "credit_code": "N2340102MF1234567X"},
        budgets=[
            {"source": "central", "year": 2024, "amount": "1e3", "unit": "万元"},
            {"source": "中央财政", "year": 2024, "amount": "1", "unit": "人"},
        ],
        targets=[{"measure": "funds_usd", "period": "2024年13月", "value": "很多", "issuer": "province"}],
        milestones=[{"name": "开工", "planned": "2024-02-30"}, {"name": "开工", "planned": "2024-03-01"}],
    )  # fmt: skip
    contents = {
        "domain": "word", "tier": "word", "divisions.1": "twice", "divisions.2": "division", "status": "word",
        "services.0": "service", "lead.credit_code": "credit_code_check", "budgets.0.amount": "scientific",
        "budgets.1.unit": "unit", "budgets.1": "twice", "targets.0.measure": "unknown_measure", "targets.0.period": "period",
        "targets.0.value": "no_number", "milestones.0.planned": "expected_day", "milestones.1": "twice",
    }  # fmt: skip
    for wrong in ({}, {"years": {"first": 2024}}):
        with pytest.raises(Unusable) as caught:
            book.create({**document, "titel": 1, "note": "13800138000", **wrong})
        assert faults_of(caught) == {
            "code": "expected_code", "titel": "field_unknown", "note": "personal_phone", **contents,
            **({"years.last": "field_missing"} if wrong else {"years": "years"}),
        }  # fmt: skip
    with pytest.raises(Unusable) as caught:
        book.create({**document, "code": "A"})
    assert faults_of(caught) == {**contents, "years": "years"}
    for lang in ("zh", "en"):
        with language(lang):  # type: ignore[arg-type]  # the two languages
            assert str(caught.value)
    assert book.database.read(last_revision) == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": None}, {"name": "field_missing"}),
        ({"name": {"en": "x"}}, {"name.zh": "field_missing"}),
        ({"name": {"zh": " "}}, {"name.zh": "expected_text"}),
        ({"name": {"zh": "字" * 201}}, {"name.zh": "expected_length"}),
        ({"name": {"zh": "a\0b"}}, {"name.zh": "control_character"}),
        ({"note": "\ud800"}, {"note": "control_character"}),
        ({"divisions": []}, {"divisions": "expected_list"}),
        ({"divisions": "A1"}, {"divisions": "expected_list"}),
        ({"lead": "局"}, {"lead": "expected_object"}),
        ({"years": {"first": "2024", "last": 9999}}, {"years.first": "expected_year", "years.last": "expected_year"}),
        ({"budgets": [{"source": "central", "year": 2024, "amount": 12.5, "unit": "元"}]}, {"budgets.0.amount": "expected_text"}),
        ({"budgets": [{"sorce": "central"}]}, {
            "budgets.0.sorce": "field_unknown", "budgets.0.source": "field_missing", "budgets.0.year": "field_missing",
            "budgets.0.amount": "field_missing", "budgets.0.unit": "field_missing",
        }),
    ],
)  # fmt: skip
def test_what_has_not_the_shape_is_named(change: dict[str, Any], fault: dict[str, str]) -> None:
    from minsheng_registry.book.document import read_document

    document = {name: value for name, value in project(**change).items() if value is not None}
    with pytest.raises(Unusable) as caught:
        read_document(document, catalogue_of_the_book(), tree_of_the_book())
    assert faults_of(caught) == fault
    assert all(one.message("zh") and one.message("en") for one in caught.value.faults)


def test_an_unknown_name_comes_with_the_nearest() -> None:
    from minsheng_registry.book.document import read_document

    with pytest.raises(Unusable) as caught:
        read_document({**project(), "milestone": []}, catalogue_of_the_book(), tree_of_the_book())
    assert caught.value.faults[0].hint("en") == "did you mean milestones?"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*project(), "x"]), json_values)
def test_no_document_makes_the_reader_fall_over(name: str, value: Any) -> None:
    from minsheng_registry.book.canonical import canonical, read_json
    from minsheng_registry.book.document import read_document

    try:
        read = read_document({**project(), name: value}, catalogue_of_the_book(), tree_of_the_book())
    except Unusable as refused:
        faults = refused.faults
    else:
        faults = ()
        assert read_json(canonical(read)) == read
        assert read_document(read, catalogue_of_the_book(), tree_of_the_book()) == read
    assert all(one.text("zh") and one.text("en") for one in faults)


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_are_the_standard_s(document: Any, patch: Any, result: Any) -> None:
    assert merged(document, patch) == result


# ------------------------------------------------------------------------------------- versions


def test_every_change_is_a_version_and_every_version_stays(book: Book) -> None:
    first = book.create(project())
    second = book.patch("A-2024-001", {"note": "扩大范围", "milestones": None}, 1)
    third = book.replace("A-2024-001", project(status="完成"), 2)
    last = book.withdraw("A-2024-001", " 并入其他项目 ", 3)
    assert (second.document["note"], second.document["milestones"]) == ("扩大范围", [])
    assert (last.document["status"], last.reason, last.act) == ("withdrawn", "并入其他项目", "withdraw")
    versions = book.database.read(lambda connection: projects.history(connection, "A-2024-001"))
    assert [(one.version, one.revision_from, one.revision_to, one.at) for one in versions] == [
        (1, 1, 2, hours(1)), (2, 2, 3, hours(2)), (3, 3, 4, hours(3)), (4, 4, None, hours(4)),
    ]  # fmt: skip
    assert [one.document for one in versions] == [one.document for one in (first, second, third, last)]
    assert book.get("A-2024-001") == versions[-1]
    for number, one in enumerate(versions, start=1):
        assert book.get("A-2024-001", number) == one
        assert book.get("A-2024-001", hours(number)) == one
        assert book.get("A-2024-001", hours(number + 0.9)) == one
    with pytest.raises(NotFound):
        book.get("A-2024-001", 0)
    with pytest.raises(NotFound):
        book.get("A-2024-001", hours(0.5))
    with pytest.raises(NotFound, match="no revision 5"):
        book.get("A-2024-001", 5)


def test_an_equal_document_is_no_change(book: Book) -> None:
    book.create(project())
    assert book.patch("A-2024-001", {}, 1).version == 1
    assert book.patch("A-2024-001", {"kind": "工程"}, 1).version == 1
    assert book.database.read(last_revision) == 1


def test_what_cannot_be_done_is_refused(book: Book) -> None:
    book.create(project())
    with pytest.raises(Conflict, match="already"):
        book.create(project())
    with pytest.raises(NotFound, match="no project B"):
        book.patch("B", {}, 1)
    with pytest.raises(NotFound):
        book.database.read(lambda connection: projects.history(connection, "B"))
    with pytest.raises(Stale, match="version 2 was read, and version 1"):
        book.patch("A-2024-001", {"note": "x"}, 2)
    with pytest.raises(Unusable, match="keeps its code"):
        book.patch("A-2024-001", {"code": "B"}, 1)
    with pytest.raises(Unusable, match="no reason"):
        book.withdraw("A-2024-001", " ", 1)
    book.withdraw("A-2024-001", "重复", 1)
    with pytest.raises(Conflict, match="withdrawn"):
        book.patch("A-2024-001", {"note": "x"}, 2)
    assert [one.act for one in book.database.read(lambda connection: changes_after(connection, 0)[0])] == [
        "create",
        "withdraw",
    ]


def test_of_those_who_change_the_same_version_one_succeeds(book: Book, url: str) -> None:
    """Real threads, each with connections of its own."""
    book.create(project())
    outcomes: list[str] = []

    def change(name: str) -> None:
        own = Book(Database(url))
        try:
            own.patch("A-2024-001", {"note": name}, 1)
            outcomes.append("done")
        except Stale:
            outcomes.append("stale")
        try:
            own.create(project("NEW"))
            outcomes.append("created")
        except Conflict:
            outcomes.append("exists")
        own.database.close()

    threads = [threading.Thread(target=change, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["created", "done"] + ["exists"] * 5 + ["stale"] * 5
    assert book.database.read(last_revision) == 3


# ------------------------------------------------------------------------------------- lists


@pytest.fixture
def full(book: Book) -> Book:
    book.create(
        project(
            "P1",
            name={"zh": "城乡居民大病保险", "en": "Serious illness"},
            domain="病有所医",
            kind="参保",
            divisions=["A1"],
        )
    )
    book.create(
        project("P2", name={"zh": "农村危房改造_一期", "en": ""}, divisions=["B"], years={"first": 2022, "last": 2023})
    )
    book.create(project("P3", name={"zh": "农村道路", "en": "Roads 100%"}, divisions=["A", "B"], tier="县级"))
    book.create(project("P4", name={"zh": "ＡＢＣ学前教育", "en": ""}, divisions=["P"], status="计划"))
    book.patch("P1", {"note": "改"}, 1)
    book.create(project("P5", divisions=["A2"]))
    book.withdraw("P5", "重复", 1)
    return book


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({}, ["P1", "P2", "P3", "P4"]),
        ({"divisions": ("A",)}, ["P1", "P3"]),
        ({"divisions": ("A",), "subtree": False}, ["P3"]),
        ({"divisions": ("P",)}, ["P1", "P2", "P3", "P4"]),
        ({"divisions": ("A2", "B")}, ["P2", "P3"]),
        ({"divisions": ("nowhere",)}, []),
        ({"domains": ("health", "housing"), "kinds": ("insurance",)}, ["P1"]),
        ({"tiers": ("county",)}, ["P3"]),
        ({"year": 2023}, ["P2"]),
        ({"statuses": ("planned", "withdrawn")}, ["P4", "P5"]),
        ({"text": "农村"}, ["P2", "P3"]),
        ({"text": "农村 改造"}, ["P2"]),
        ({"text": "abc"}, ["P4"]),
        ({"text": "%"}, ["P3"]),
        ({"text": "_"}, ["P2"]),
        ({"text": "SERIOUS"}, ["P1"]),
        ({"text": "住房和城乡"}, ["P1", "P2", "P3", "P4"]),
        ({"text": "a\0b"}, ["P4"]),
        ({"as_of": 2}, ["P1", "P2"]),
        ({"as_of": 6, "divisions": ("A2",)}, ["P5"]),
        ({"as_of": 0}, []),
    ],
)
def test_a_list_is_filtered(full: Book, wanted: dict[str, Any], codes: list[str]) -> None:
    assert full.codes(**wanted) == codes


def test_a_list_is_sorted_and_turned_round(full: Book) -> None:
    assert full.codes("name") == ["P2", "P3", "P1", "P4"]
    assert full.codes("first_year") == ["P2", "P1", "P3", "P4"]
    assert full.codes("revision") == ["P2", "P3", "P4", "P1"]
    for sort in SORTS:
        if not sort.startswith("-"):
            assert full.codes(f"-{sort}") == full.codes(sort)[::-1]  # type: ignore[arg-type]  # one of SORTS


def test_a_version_that_is_closed_again_and_again_while_it_is_waited_for_is_still_a_project(
    full: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what PostgreSQL gives for a row that it waited for and that does not stand any more
    gone, ask = [None, None, None], projects._current
    monkeypatch.setattr(projects, "_current", lambda *given: gone.pop() if gone else ask(*given))
    assert full.withdraw("P1", "停办", full.get("P1").version).act == "withdraw"
    with pytest.raises(NotFound):
        full.withdraw("P9", "停办", 1)


def test_a_changed_tree_places_what_is_known_anew(full: Book) -> None:
    moved = [
        Division("P", "", None),
        Division("A", "", "P"),
        Division("B", "", "P"),
        Division("A1", "", "B"),
        Division("A2", "", "A"),
    ]
    full.database.write(lambda connection: places.know_again(connection, ms.DivisionTree.from_divisions(moved)))
    assert full.codes(divisions=("A",)) == ["P3"]
    assert full.codes(divisions=("B",)) == ["P1", "P2", "P3"]
