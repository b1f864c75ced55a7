"""What is public: of which revisions, and who has done it."""

from __future__ import annotations

import pytest

from minsheng_registry.book import submissions
from minsheng_registry.book.changes import changes_after
from minsheng_registry.book.facts import FactQuery, read, read_page
from minsheng_registry.book.refusals import Conflict, NotFound, Stale, Unusable
from minsheng_registry.book.submission_list import listed
from minsheng_registry.storage.database import Database
from tests.services.registry.desk import Desk

TOWNS = [("A1", "2024", "live_births", 120), ("A2", "2024", "live_births", 80)]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_facts_are_public_from_one_revision_until_another(desk: Desk) -> None:
    now = desk.publish(desk.accepted("S", TOWNS))
    assert (now.state, desk.revision()) == ("accepted", 2)
    now = desk.unpublish(desk.act("lock", now))
    assert (now.state, desk.revision()) == ("locked", 3)
    assert [len(desk.rows(public=True, as_of=number)) for number in range(4)] == [0, 0, 2, 0]
    assert len(desk.rows()) == 2, "what is not public stands nevertheless"


def test_the_acts_are_changes_and_history(desk: Desk) -> None:
    now = desk.unpublish(desk.publish(desk.accepted("S", TOWNS)))
    changes, last = desk.database.read(lambda connection: changes_after(connection, 0))
    assert [(one.number, one.act, one.version, one.principal) for one in changes] == [
        (1, "accept", 3, "李"), (2, "publish", 4, "李"), (3, "unpublish", 5, "李"),
    ]  # fmt: skip
    assert last == 3
    acts = desk.database.read(lambda connection: submissions.history(connection, now.id))
    assert [(one.act, one.state, one.note) for one in acts[-2:]] == [
        ("publish", "accepted", ""), ("unpublish", "accepted", "误公开"),
    ]  # fmt: skip


def test_facts_that_replace_public_ones_are_not_public_yet(desk: Desk) -> None:
    desk.publish(desk.accepted("S", TOWNS))
    now = desk.act("reopen", desk.get("S"), "更正")
    assert len(desk.rows(public=True)) == 2, "what stands meanwhile is what was published"
    now = desk.accept(desk.submit(desk.replace(now, [("A1", "2024", "live_births", 121)])))
    assert (desk.rows(public=True), len(desk.rows(public=True, as_of=2))) == ([], 2)
    assert not desk.database.read(lambda connection: listed(connection, "S")).public
    desk.publish(now)
    assert desk.rows(public=True) == [("A1", "2024", "live_births", 121)]


def test_who_keeps_a_copy_of_what_is_public_meets_its_end(desk: Desk) -> None:
    now = desk.publish(desk.accepted("S", TOWNS))
    assert len(desk.rows(public=True, changed_after=1)) == 2
    desk.unpublish(now)
    wanted = FactQuery(public=True, changed_after=2)
    (frame,) = desk.database.read(lambda connection: list(read(connection, wanted)))
    assert frame.select("revision_to", "public_from", "public_to").unique().rows() == [(None, 2, 3)]
    assert desk.rows(public=True, changed_after=3) == []
    desk.accepted("T", [("A1", "2024", "newborns_screened", 1)])
    assert desk.rows(public=True, changed_after=3) == [], "what was never public is not met"


@pytest.mark.parametrize("back", [None, 0, 1, 2])
def test_the_same_question_of_the_same_revision_has_the_same_answer_for_ever(desk: Desk, back: int | None) -> None:
    def answers(revisions: int) -> list[list[dict[str, object]]]:
        found = []
        for number in range(1, revisions + 1):
            asked = FactQuery(as_of=number, changed_after=None if back is None else max(number - back, 0))
            frames = desk.database.read(lambda connection, asked=asked: list(read(connection, asked)))
            page, _ = desk.database.read(lambda connection, asked=asked: read_page(connection, asked, 9))
            rows = [row for frame in frames for row in frame.rows(named=True)]
            assert page.rows(named=True) == rows
            found.append(rows)
        return found

    now = desk.accepted("S", TOWNS)
    first = answers(1)
    now = desk.unpublish(desk.publish(now))
    assert answers(3)[:1] == first
    three = answers(3)
    desk.accept(desk.submit(desk.replace(desk.act("reopen", now, "更正"), [("A1", "2024", "live_births", 121)])))
    assert answers(4)[:3] == three


def test_what_is_not_accepted_or_public_already_is_refused(desk: Desk) -> None:
    now = desk.create("S", TOWNS)
    for act in (desk.publish, desk.unpublish):
        with pytest.raises(Conflict, match="is draft"):
            act(now)
    now = desk.accept(desk.submit(now))
    with pytest.raises(Conflict, match="are not public"):
        desk.unpublish(now)
    with pytest.raises(Unusable, match="no reason"):
        desk.unpublish(now, " ")
    shown = desk.publish(now)
    with pytest.raises(Stale):
        desk.publish(now)
    with pytest.raises(Conflict, match="public already"):
        desk.publish(shown)
    with pytest.raises(Unusable, match="telephone"):
        desk.unpublish(shown, "问13800138000")
    hidden = desk.unpublish(shown)
    for act, told in ((desk.publish, "cannot be published again"), (desk.unpublish, "are not public")):
        with pytest.raises(Conflict, match=told):
            act(hidden)
    assert desk.revision() == 3, "what was refused took no number"


def test_out_of_reach_it_is_not_there(desk: Desk) -> None:
    from minsheng_registry.book import publication
    from tests.services.registry.book import hours

    now = desk.accepted("S", TOWNS)
    with pytest.raises(NotFound):
        desk.database.write(
            lambda connection: publication.publish(
                connection, "S", version=now.version, by="x", at=hours(99), roots=("B",)
            )
        )
