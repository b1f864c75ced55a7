"""The book against a plain model: projects and submissions in any order, and everything that was ever known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from minsheng_registry.book import submissions
from minsheng_registry.book.changes import changes_after
from minsheng_registry.book.project_list import ProjectFilter, find
from minsheng_registry.book.projects import history
from minsheng_registry.book.refusals import Conflict, NotFound, Refused, Stale
from minsheng_registry.storage.database import Database
from tests.services.registry.book import project
from tests.services.registry.desk import Desk
from tests.services.registry.test_projects import Book

codes = st.sampled_from(["P1", "P2"])
names = st.sampled_from(["S1", "S2"])
towns = st.dictionaries(st.sampled_from(["A1", "A2", "B"]), st.integers(90, 110), min_size=1)
notes = st.sampled_from(["", "一", "二"])
off_by = st.sampled_from([0, 0, 0, 1])
CENTS = 100


@dataclass
class Life:
    """What the model knows of a submission."""

    state: str
    version: int
    rows: dict[str, int]
    submitted_by: str = ""
    accepted: bool = False
    """Whether these rows were accepted already."""
    standing: frozenset[str] = frozenset()
    """The towns of which it has given the version that stands."""
    shown: str = ""
    """Whether the facts that were accepted last are ``public``, or were ``withdrawn`` from the public."""


class Model(RuleBasedStateMachine):
    """Each rule does an act and says beforehand whether it is refused."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.desk, self.book = Desk(self.database), Book(self.database)
        self.projects: dict[str, list[dict[str, Any]]] = {}
        self.lives: dict[str, Life] = {}
        self.standing: dict[str, int] = {}
        self.known: list[tuple[dict[str, int], dict[str, dict[str, Any]], dict[str, int]]] = [({}, {}, {})]
        """What was known at each revision: facts, projects, and the facts that were public."""
        self.changes: list[tuple[str, str, int]] = []

    def _changed(self, kind: str, subject: str, version: int) -> None:
        self.changes.append((kind, subject, version))
        documents = {code: versions[-1] for code, versions in self.projects.items()}
        shown = {
            town: self.standing[town] for one in self.lives.values() if one.shown == "public" for town in one.standing
        }
        self.known.append((dict(self.standing), documents, shown))

    def _done(self, act: Callable[[], Any], refusal: type[Refused] | None) -> Any:
        if refusal is None:
            return act()
        with pytest.raises(refusal):
            act()
        return None

    # projects

    @rule(code=codes, note=notes)
    def create_project(self, code: str, note: str) -> None:
        done = self._done(
            lambda: self.book.create(project(code, note=note)), Conflict if code in self.projects else None
        )
        if done:
            self.projects[code] = [done.document]
            self._changed("project", code, 1)

    def _project_refusal(self, code: str, off: int) -> type[Refused] | None:
        if code not in self.projects:
            return NotFound
        if off:
            return Stale
        return Conflict if self.projects[code][-1]["status"] == "withdrawn" else None

    @rule(code=codes, note=notes, off=off_by)
    def patch_project(self, code: str, note: str, off: int) -> None:
        versions = self.projects.get(code, [])
        refusal = self._project_refusal(code, off)
        self._done(lambda: self.book.patch(code, {"note": note}, len(versions) + off), refusal)
        if refusal is None and versions[-1]["note"] != note:
            versions.append({**versions[-1], "note": note})
            self._changed("project", code, len(versions))

    @rule(code=codes, off=off_by)
    def withdraw_project(self, code: str, off: int) -> None:
        versions = self.projects.get(code, [])
        refusal = self._project_refusal(code, off)
        self._done(lambda: self.book.withdraw(code, "重复", len(versions) + off), refusal)
        if refusal is None:
            versions.append({**versions[-1], "status": "withdrawn"})
            self._changed("project", code, len(versions))

    # submissions

    def _rows(self, rows: dict[str, int]) -> list[tuple[Any, ...]]:
        return [(town, "2024", "funds_used", value) for town, value in rows.items()]

    @rule(name=names, rows=towns)
    def create_submission(self, name: str, rows: dict[str, int]) -> None:
        refusal = Conflict if name in self.lives else None
        if self._done(lambda: self.desk.create(name, self._rows(rows), division="P"), refusal):
            self.lives[name] = Life("draft", 1, rows)

    def _act(
        self, name: str, states: tuple[str, ...], do: Callable[[Any], Any], refused: type[Refused] | None = None
    ) -> Life | None:
        """An act on a submission that exists; the life that goes on, or None where it was refused."""
        if name not in self.lives:
            with pytest.raises(NotFound):
                self.desk.get(name)
            return None
        life, now = self.lives[name], self.desk.get(name)
        refusal = Conflict if life.state not in states else refused
        self._done(lambda: do(now), refusal)
        if refusal is not None:
            return None
        life.version += 1
        return life

    @rule(name=names, rows=towns)
    def replace_facts(self, name: str, rows: dict[str, int]) -> None:
        if life := self._act(name, ("draft", "returned"), lambda now: self.desk.replace(now, self._rows(rows))):
            life.state, life.rows, life.accepted = "draft", rows, False

    @rule(name=names, by=st.sampled_from(["王", "李"]))
    def submit(self, name: str, by: str) -> None:
        refused = Conflict if name in self.lives and self.lives[name].accepted else None
        if life := self._act(name, ("draft", "returned"), lambda now: self.desk.submit(now, by=by), refused):
            life.state, life.submitted_by = "submitted", by

    @rule(name=names, by=st.sampled_from(["王", "李"]))
    def accept(self, name: str, by: str) -> None:
        refused = Conflict if name in self.lives and self.lives[name].submitted_by == by else None
        if life := self._act(name, ("submitted",), lambda now: self.desk.accept(now, by=by), refused):
            for town in life.standing - set(life.rows):
                del self.standing[town]
            for other in self.lives.values():
                other.standing -= set(life.rows)
            self.standing |= life.rows
            life.state, life.accepted, life.standing, life.shown = "accepted", True, frozenset(life.rows), ""
            self._changed("submission", name, life.version)

    @rule(name=names)
    def send_back(self, name: str) -> None:
        if life := self._act(name, ("submitted",), lambda now: self.desk.act("return", now, "缺表")):
            life.state = "returned"

    @rule(name=names)
    def lock(self, name: str) -> None:
        if life := self._act(name, ("accepted",), lambda now: self.desk.act("lock", now)):
            life.state = "locked"

    @rule(name=names)
    def reopen(self, name: str) -> None:
        if life := self._act(name, ("accepted", "locked"), lambda now: self.desk.act("reopen", now, "更正")):
            life.state = "draft"

    @rule(name=names)
    def publish(self, name: str) -> None:
        refused = Conflict if name in self.lives and self.lives[name].shown else None
        if life := self._act(name, ("accepted", "locked"), self.desk.publish, refused):
            life.shown = "public"
            self._changed("submission", name, life.version)

    @rule(name=names)
    def unpublish(self, name: str) -> None:
        refused = Conflict if name in self.lives and self.lives[name].shown != "public" else None
        if life := self._act(name, ("accepted", "locked"), self.desk.unpublish, refused):
            life.shown = "withdrawn"
            self._changed("submission", name, life.version)

    @rule(name=names, rows=towns, later=towns)
    def overtake(self, name: str, rows: dict[str, int], later: dict[str, int]) -> None:
        """What is accepted while another submission waits ends no fact of that one, which stands once accepted."""
        other = "S1" if name == "S2" else "S2"
        self._hand_in(name, rows)
        self.report(other, later)
        assert len(self.desk.rows(submission=name, state="submitted")) == len(rows)
        self.accept(name, "李")
        assert self.lives[name].standing == frozenset(rows)

    @rule(name=names, rows=towns)
    def report(self, name: str, rows: dict[str, int]) -> None:
        """The whole way, from whatever state: most reports are accepted, and then there is history."""
        self._hand_in(name, rows)
        self.accept(name, "李")
        assert self.lives[name].state == "accepted"

    def _hand_in(self, name: str, rows: dict[str, int]) -> None:
        if name not in self.lives:
            self.create_submission(name, rows)
        if self.lives[name].state in ("accepted", "locked"):
            self.reopen(name)
        if self.lives[name].state == "submitted":
            self.send_back(name)
        self.replace_facts(name, rows)
        self.submit(name, "王")

    # what has to hold

    def _facts(self, as_of: int | None, *, public: bool = False) -> dict[str, int]:
        rows = self.desk.rows(as_of=as_of, public=public)
        assert len({row[0] for row in rows}) == len(rows), "one version of a fact stands at a time"
        return {row[0]: row[3] // CENTS for row in rows}

    @invariant()
    def the_present_is_the_model_s(self) -> None:
        assert self._facts(None) == self.standing
        for name, life in self.lives.items():
            now = self.desk.get(name)
            assert (now.state, now.version) == (life.state, life.version)

    def teardown(self) -> None:
        """Everything that was ever known is known still, each change has its number, no act is lost."""
        changes, _ = self.database.read(lambda connection: changes_after(connection, 0, 10_000))
        assert [(one.number, one.kind, one.subject, one.version) for one in changes] == [
            (number, *change) for number, change in enumerate(self.changes, start=1)
        ]
        statuses = ("planned", "active", "suspended", "completed", "withdrawn")
        for number, (standing, documents, shown) in enumerate(self.known):
            assert self._facts(number) == standing
            assert self._facts(number, public=True) == shown
            wanted = ProjectFilter(as_of=number, statuses=statuses)
            page = self.database.read(lambda connection, wanted=wanted: find(connection, wanted))
            assert {one.code: one.document for one in page.projects} == documents
        for code, documents_of in self.projects.items():
            versions = self.database.read(lambda connection, code=code: history(connection, code))
            assert [one.document for one in versions] == documents_of
        for name, life in self.lives.items():
            acts = self.database.read(lambda connection, name=name: submissions.history(connection, name))
            assert [one.version for one in acts] == list(range(1, life.version + 1))
        self.database.close()


def test_the_book_is_the_model_s(fresh: Callable[[], Database]) -> None:
    def machine() -> Model:
        return type("Model", (Model,), {"database": fresh()})()

    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=max(5, settings().max_examples // 5), stateful_step_count=25, deadline=None),
    )
