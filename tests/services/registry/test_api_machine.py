"""The registry over REST against a plain model: several principals, each within its own subtrees, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from litestar.testing import TestClient

from minsheng_registry.access import keys
from minsheng_registry.app import create_app
from minsheng_registry.book.audit import verify
from minsheng_registry.desk import now
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

CITY, YAOHAI, LUYANG = "340100", "340102", "340103"
ROOTS = {"admin": ("*",), "checker": (CITY,), "yaohai": (YAOHAI,), "luyang": (LUYANG,)}
WRITERS = ("yaohai", "luyang", "checker")
MEASURE = "newborns_screened"

people = st.sampled_from(list(ROOTS))
writers = st.sampled_from(WRITERS)
places = st.sampled_from([YAOHAI, LUYANG])
codes = st.sampled_from(["P1", "P2", "P3"])
notes = st.sampled_from(["", "一", "二"])
values = st.integers(1, 99)
off_by = st.sampled_from([0, 0, 0, 1])


def sees(who: str, division: str) -> bool:
    return ROOTS[who] in (("*",), (CITY,)) or division in ROOTS[who]


@dataclass
class Project:
    """What the model knows of a project: each version's document and the revision from which it stood."""

    division: str
    versions: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: bool = False

    @property
    def version(self) -> int:
        return len(self.versions)


@dataclass
class Submission:
    """What the model knows of a submission."""

    division: str
    year: str
    value: int
    state: str = "draft"
    version: int = 1
    by: str = ""
    accepted: bool = False
    public: str = "never"
    batch: int = 1


class Machine(RuleBasedStateMachine):
    """Each rule sends a request and says beforehand how it is answered."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        lifted = dict.fromkeys(
            ("most_a_minute", "most_in_a_burst", "most_refused_a_minute", "most_in_a_burst_without_token"), 10**9
        )
        database = Database(self.url)
        database.migrate()
        database.close()
        self.app = create_app(Settings(database_url=self.url, **lifted))
        self.client = TestClient(self.app)
        self.client.__enter__()
        self.desk = self.app.state.desk
        self.tokens = {
            who: self.desk.database.write(
                lambda connection, roots=roots: keys.create(
                    connection, "test", ["*"], roots, self.desk.tree, by="test", at=now()
                )
            )
            for who, roots in ROOTS.items()
        }
        self.projects: dict[str, Project] = {}
        self.submissions: dict[str, Submission] = {}
        self.standing: dict[tuple[str, str], tuple[str, str]] = {}
        """The value that stands for a place and year, and the submission that gave it."""
        self.known: list[tuple[dict[tuple[str, str], str], dict[str, dict[str, Any]]]] = [({}, {})]
        """What was known at each revision."""
        self.changes: list[tuple[str, str, str]] = []

    def teardown(self) -> None:
        self.client.__exit__(None, None, None)
        # the service's own database is closed by now: what reads through it would open what nobody closes
        database = Database(self.url)
        try:
            assert database.read(verify) is None, "the audit's chain holds"
        finally:
            database.close()

    def ask(self, who: str, method: str, path: str, expected: int, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who][0]}", **given.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **given)
        assert answer.status_code == expected, (who, method, path, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        return answer

    def _changed(self, kind: str, subject: str, act: str) -> None:
        self.changes.append((kind, subject, act))
        self.known.append(
            (
                {key: value for key, (value, _) in self.standing.items()},
                {code: one.versions[-1] for code, one in self.projects.items()},
            )
        )

    # projects

    @rule(who=people, code=codes, place=places, note=notes)
    def create_project(self, who: str, code: str, place: str, note: str) -> None:
        status = 403 if not sees(who, place) else 409 if code in self.projects else 201
        document = {
            "code": code,
            "name": {"zh": "项目"},
            "domain": "幼有所育",
            "kind": "工程类",
            "tier": "省级",
            "lead": {"name": "教育局"},
            "divisions": [place],
            "years": {"first": 2024, "last": 2025},
            "status": "active",
            "note": note,
        }
        answer = self.ask(who, "POST", "/v1/projects", status, json=document)
        if status == 201:
            self.projects[code] = Project(place, [answer.json()])
            self._changed("project", code, "create")

    @rule(who=people, code=codes, note=notes, stale=off_by)
    def patch_project(self, who: str, code: str, note: str, stale: int) -> None:
        one = self.projects.get(code)
        version = stale + (one.version if one else 1)
        headers = {"If-Match": f'"{version}"'}
        if one is None or not sees(who, one.division):
            status = 404
        else:
            status = 412 if stale else 409 if one.withdrawn else 200
        answer = self.ask(who, "PATCH", f"/v1/projects/{code}", status, json={"note": note}, headers=headers)
        if status == 200 and one is not None and note != one.versions[-1]["note"]:
            one.versions.append(answer.json())
            self._changed("project", code, "replace")

    @rule(who=people, code=codes)
    def withdraw_project(self, who: str, code: str) -> None:
        one = self.projects.get(code)
        headers = {"If-Match": f'"{one.version if one else 1}"'}
        status = 404 if one is None or not sees(who, one.division) else 409 if one.withdrawn else 200
        answer = self.ask(
            who, "POST", f"/v1/projects/{code}/withdraw", status, json={"reason": "合并"}, headers=headers
        )
        if status == 200 and one is not None:
            one.versions.append(answer.json())
            one.withdrawn = True
            self._changed("project", code, "withdraw")

    # submissions

    @rule(who=writers, place=places, year=st.sampled_from(["2016", "2017"]), value=values, again=st.booleans())
    def create_submission(self, who: str, place: str, year: str, value: int, again: bool) -> None:
        status = 201 if sees(who, place) else 403
        given: dict[str, Any] = {
            "params": {"division": place, "period": year},
            "content": f"division,period,measure,value\n{place},{year},{MEASURE},{value}\n",
            "headers": {"Content-Type": "text/csv", "Idempotency-Key": f"{who}-{len(self.submissions)}"},
        }
        answer = self.ask(who, "POST", "/v1/submissions", status, **given)
        if status != 201:
            return
        if again:
            given["headers"] = {"Content-Type": "text/csv", "Idempotency-Key": f"{who}-{len(self.submissions)}"}
            assert self.ask(who, "POST", "/v1/submissions", 201, **given).json() == answer.json()
        self.submissions[answer.json()["id"]] = Submission(place, year, value)

    def _act(self, who: str, number: int, stale: int, act: str, states: tuple[str, ...], **body: Any) -> Any:
        """An act on one of the submissions, refused where the model says so; the submission if it was done."""
        if not self.submissions:
            return None
        name = list(self.submissions)[number % len(self.submissions)]
        one = self.submissions[name]
        status = 200
        if not sees(who, one.division):
            status = 404
        elif stale:
            status = 412
        elif one.state not in states or (
            (act == "accept" and one.by == who)
            or (act == "submit" and one.accepted)
            or (act == "publish" and one.public != "never")
            or (act == "unpublish" and one.public != "now")
        ):
            status = 409
        headers = {"If-Match": f'"{one.version + stale}"'}
        self.ask(who, "POST", f"/v1/submissions/{name}/{act}", status, headers=headers, **body)
        if status != 200:
            return None
        one.version += 1
        return name, one

    @rule(who=writers, number=values, stale=off_by)
    def submit(self, who: str, number: int, stale: int) -> None:
        done = self._act(who, number, stale, "submit", ("draft", "returned"), json={})
        if done:
            done[1].state, done[1].by = "submitted", who

    @rule(who=writers, number=values, stale=off_by)
    def accept(self, who: str, number: int, stale: int) -> None:
        done = self._act(who, number, stale, "accept", ("submitted",))
        if done:
            name, one = done
            one.state, one.accepted, one.public = "accepted", True, "never"
            self.standing = {key: held for key, held in self.standing.items() if held[1] != name}
            self.standing[one.division, one.year] = (str(one.value), name)
            self._changed("submission", name, "accept")

    @rule(who=writers, number=values)
    def send_back(self, who: str, number: int) -> None:
        done = self._act(who, number, 0, "return", ("submitted",), json={"reason": "请核实"})
        if done:
            done[1].state = "returned"

    @rule(who=writers, number=values)
    def lock(self, who: str, number: int) -> None:
        done = self._act(who, number, 0, "lock", ("accepted",))
        if done:
            done[1].state = "locked"

    @rule(who=writers, number=values)
    def reopen(self, who: str, number: int) -> None:
        done = self._act(who, number, 0, "reopen", ("accepted", "locked"), json={"reason": "更正"})
        if done:
            done[1].state = "draft"

    @rule(who=writers, number=values)
    def publish(self, who: str, number: int) -> None:
        done = self._act(who, number, 0, "publish", ("accepted", "locked"))
        if done:
            done[1].public = "now"
            self._changed("submission", done[0], "publish")

    @rule(who=writers, number=values)
    def unpublish(self, who: str, number: int) -> None:
        done = self._act(who, number, 0, "unpublish", ("accepted", "locked"), json={"reason": "误公开"})
        if done:
            done[1].public = "withdrawn"
            self._changed("submission", done[0], "unpublish")

    @rule(who=writers, number=values, value=values)
    def replace(self, who: str, number: int, value: int) -> None:
        if not self.submissions:
            return
        name = list(self.submissions)[number % len(self.submissions)]
        one = self.submissions[name]
        status = 404 if not sees(who, one.division) else 409 if one.state not in ("draft", "returned") else 200
        content = f"division,period,measure,value\n{one.division},{one.year},{MEASURE},{value}\n"
        headers = {"If-Match": f'"{one.version}"', "Content-Type": "text/csv"}
        self.ask(who, "PUT", f"/v1/submissions/{name}/facts", status, content=content, headers=headers)
        if status == 200:
            one.version, one.state, one.value, one.accepted = one.version + 1, "draft", value, False

    # what everybody sees

    @invariant()
    def each_sees_what_is_theirs_and_nothing_else(self) -> None:
        for who in ROOTS:
            seen = self.ask(who, "GET", "/v1/projects?status=active&status=withdrawn", 200).json()["items"]
            mine = {code: one for code, one in self.projects.items() if sees(who, one.division)}
            assert {one["code"]: one for one in seen} == {code: one.versions[-1] for code, one in mine.items()}
            found = self.ask(who, "GET", "/v1/submissions?limit=200", 200).json()["items"]
            assert {one["id"]: (one["state"], one["version"], one["public"]) for one in found} == {
                name: (one.state, one.version, one.public == "now")
                for name, one in self.submissions.items()
                if sees(who, one.division)
            }
            facts = self.ask(who, "GET", "/v1/facts", 200).json()["facts"]
            assert {(one["division"], one["period"]): one["value"] for one in facts} == {
                key: value for key, (value, _) in self.standing.items() if sees(who, key[0])
            }
            changes = self.ask(who, "GET", "/v1/changes?limit=1000", 200).json()
            assert changes["last"] == len(self.changes)
            assert [(one["kind"], one["subject"], one["act"]) for one in changes["changes"]] == [
                change for change in self.changes if sees(who, self._place(change))
            ]

    def _place(self, change: tuple[str, str, str]) -> str:
        kind, subject, _ = change
        return (self.projects if kind == "project" else self.submissions)[subject].division

    @rule(who=people, code=codes)
    def what_is_hidden_is_not_there(self, who: str, code: str) -> None:
        one = self.projects.get(code)
        status = 200 if one is not None and sees(who, one.division) else 404
        self.ask(who, "GET", f"/v1/projects/{code}", status)
        told = self.ask(who, "GET", f"/v1/projects/{code}/history", status)
        if one is not None and status == 200:
            assert [item["project"] for item in told.json()["items"]] == one.versions

    @rule(who=people, number=values)
    def what_was_known_is_known_for_ever(self, who: str, number: int) -> None:
        revision = number % len(self.known)
        facts, projects = self.known[revision]
        seen = self.ask(who, "GET", f"/v1/facts?as_of={revision}", 200).json()["facts"]
        assert {(one["division"], one["period"]): one["value"] for one in seen} == {
            key: value for key, value in facts.items() if sees(who, key[0])
        }
        listed = self.ask(who, "GET", f"/v1/projects?as_of={revision}&status=active&status=withdrawn", 200).json()
        assert {one["code"]: one for one in listed["items"]} == {
            code: one for code, one in projects.items() if sees(who, self.projects[code].division)
        }

    @rule(who=people, place=places, year=st.sampled_from(["2016", "2017"]))
    def a_doubt_is_about_what_stands_and_is_seen(self, who: str, place: str, year: str) -> None:
        status = 201 if sees(who, place) and (place, year) in self.standing else 404
        asked = {"fact": {"division": place, "period": year, "measure": MEASURE}, "question": "请校核"}
        answer = self.ask(who, "POST", "/v1/corrections", status, json=asked)
        if status == 201:
            for other in ROOTS:
                expected = 200 if sees(other, place) else 404
                self.ask(other, "GET", f"/v1/corrections/{answer.json()['id']}", expected)


def test_the_service_and_the_model_agree(backend: str, fresh_url: Callable[[], str]) -> None:
    def machine() -> Machine:
        return type("Machine", (Machine,), {"url": fresh_url()})()

    examples = max(3, settings().max_examples // 20) if backend == "sqlite" else 2
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20, deadline=None))
