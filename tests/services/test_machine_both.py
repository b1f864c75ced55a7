"""Both services together against a plain model: who sees which facts, and figures from those and nothing else.

The model is a list of versions of facts. An answer has to be what the library says of the versions that its asker sees,
and a function of these alone: whatever happens to others changes neither bytes nor tags nor refusals.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

import libminsheng as ms
from minsheng_indicators import Settings, create_app
from tests.services.live import LIFTED, Live, Registry, free_port

TREE, CATALOGUE = ms.DivisionTree.builtin(), ms.catalogue()
CITY, YAOHAI, LUYANG, SHUSHAN = "340100", "340102", "340103", "340104"
PLACES = (f"{YAOHAI}010", f"{YAOHAI}012", LUYANG, SHUSHAN)
SEXES = {LUYANG: ("f", "m"), f"{YAOHAI}012": ("f", "m")}
"""Who reports by sex; the others report totals."""
MONTHS = ("2017-01", "2017-02")
RATE, TOP, BOTTOM = "newborn_screening_rate", "newborns_screened", "live_births"
ROOTS: Mapping[str, tuple[str, ...] | None] = {
    "all": None,
    "yaohai": (YAOHAI,),
    "luyang": (LUYANG,),
    "public": None,
}
"""Who asks, and of which subtrees; the public has no token."""
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "/v1/figures": {"indicator": RATE, "period": "month"},
    "/v1/figures?by": {"indicator": RATE, "period": "year", "by": "sex"},
    "/v1/figures?strange": {"indicator": RATE, "by": "strange"},
    "/v1/figures/compare": {"indicator": RATE, "period": "month", "against": "previous"},
    "/v1/figures/explain": {"indicator": RATE, "division": YAOHAI, "period": "2017-01"},
    "/v1/rankings": {"indicator": RATE, "period": "2017-01", "level": "county"},
    "/": {},
}
MOMENT = ("revision", "at", "age", "next")
"""What an answer says of the moment."""


@dataclass
class Version:
    """A fact, and when it stood and was public."""

    submission: str
    division: str
    period: str
    measure: str
    sex: str
    value: int
    since: int
    until: int = 10**9
    public: int = 10**9
    hidden: int = 10**9

    @property
    def key(self) -> tuple[str, ...]:
        return self.division, self.period, self.measure, self.sex

    @property
    def fact(self) -> tuple[Any, ...]:
        return *self.key, self.value

    def seen(self, who: str, revision: int) -> bool:
        roots = ROOTS[who]
        stands = self.since <= revision < self.until
        within = roots is None or bool({*roots} & {*TREE.lineage(self.division)})
        return stands and within and (who != "public" or self.public <= revision < self.hidden)


class Model:
    """What happened in a registry."""

    def __init__(self) -> None:
        self.versions: list[Version] = []

    def accept(self, number: int, submission: str, facts: Sequence[tuple[str, str, str, str, int]]) -> None:
        for division, period, measure, sex, value in facts:
            version = Version(submission, division, period, measure, sex, value, number)
            for one in self.versions:
                if one.key == version.key and one.until > number:
                    one.until = number
            self.versions.append(version)

    def turn(self, number: int, submission: str, act: str) -> None:
        for one in self.versions:
            if one.submission == submission:
                setattr(one, "public" if act == "publish" else "hidden", number)

    def seen(self, who: str, revision: int) -> frozenset[tuple[Any, ...]]:
        return frozenset(one.fact for one in self.versions if one.seen(who, revision))

    def figures(self, who: str, revision: int) -> ms.Figures | None:
        """What the library says of the facts that somebody sees."""
        facts = sorted(self.seen(who, revision))
        if not facts:
            return None
        names = ("division", "period", "measure", "sex", "value")
        frame = pl.DataFrame(facts, schema=names, orient="row").with_columns(pl.col("sex").replace("", None))
        if frame["sex"].null_count() == len(frame):
            frame = frame.drop("sex")
        roots = ROOTS[who]
        within = None
        if roots is not None:
            above = {code for division in frame["division"] for code in TREE.lineage(division)}
            within = sorted(code for code in above if {*roots} & {*TREE.lineage(code)})
        return ms.evaluate(frame, indicators=[RATE], period="month", divisions=within, catalogue=CATALOGUE, tree=TREE)


class Both:
    """A registry and an indicators service that copies it, each on a port."""

    def __init__(self, folder: Path) -> None:
        self.registry = Registry(folder)
        copying = self.registry.enrol(["facts:read", "changes:read"], ["*"])
        port = free_port()
        app = create_app(Settings(registry=self.registry.url, registry_token=copying, port=port, **LIFTED))
        self.copy: Callable[[], Any] = lambda: app.state.holdings.copy
        self._running = Live(app, port)
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        self.tokens = {
            who: self.registry.enrol(["figures:read"], roots or ["*"])
            for who, roots in ROOTS.items()
            if who != "public"
        }
        self.model = Model()
        self.submissions: dict[str, Any] = {}
        """Those that were accepted, as they were last read, each with what may be done to it next."""
        self.count = 0

    def close(self) -> None:
        self._client.close()
        self._running.stop()
        self.registry.close()

    def accept(self, division: str, period: str) -> int:
        """Report, and accept; no value was there before."""
        facts = []
        for sex in SEXES.get(division, ("",)):
            self.count += 1
            value = 10_000_000 + self.count * 7_368_787 % 89_999_999  # no sum of some is another
            facts += [(division, period, TOP, sex, value), (division, period, BOTTOM, sex, value + 17)]
        rows = [",".join(map(str, fact)) for fact in facts]
        content = "\n".join(["division,period,measure,sex,value", *rows, ""])
        one = self.registry.accept_table(division, period, content)
        number = self.registry.revision
        self.model.accept(number, one["id"], facts)
        self.submissions[one["id"]] = one, "publish"
        return number

    def turn(self, name: str) -> int:
        """Publish a submission, or take it back from the public."""
        one, act = self.submissions.pop(name)
        one = self.registry.publish(one, act)
        number = self.registry.revision
        self.model.turn(number, name, act)
        if act == "publish":
            self.submissions[name] = one, "unpublish"
        return number

    def get(self, who: str, path: str, params: Mapping[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        return self._client.get(path.partition("?")[0], params=params, headers=headers)

    def pages(self, who: str, limit: int, **more: Any) -> tuple[int, list[Any]]:
        """All figures, page by page, and the revision of the first; they are all of one."""
        question = {**QUESTIONS["/v1/figures"], "limit": limit, **more}
        figures: list[Any] = []
        revision, cursor = None, None
        while True:
            answer = self.get(who, "/v1/figures", question | ({"cursor": cursor} if cursor else {}))
            assert answer.status_code == 200, answer.text
            body = answer.json()
            assert revision in (None, body["revision"])
            revision = body["revision"]
            figures += body["figures"]
            cursor = body["next"]
            if cursor is None:
                return body["revision"], figures


class Machine(RuleBasedStateMachine):
    """What people do in the registry, and what each of them is answered."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="both-")
        self.both = Both(Path(self._folder.name))
        self.model = self.both.model
        self.revision = 0
        self.answers: dict[Any, Any] = {}
        """What was answered, by who asked what and which facts they saw."""
        self.refusals: dict[tuple[str, str], str] = {}

    def teardown(self) -> None:
        self.both.close()
        self._folder.cleanup()

    @rule(
        division=st.sampled_from(PLACES),
        period=st.sampled_from(MONTHS),
        public=st.booleans(),
    )
    def accept(self, division: str, period: str, public: bool) -> None:
        self.revision = self.both.accept(division, period)
        if public:
            self.revision = self.both.turn(list(self.both.submissions)[-1])

    @precondition(lambda self: self.both.submissions)
    @rule(which=st.integers(0, 20))
    def turn(self, which: int) -> None:
        names = list(self.both.submissions)
        self.revision = self.both.turn(names[which % len(names)])

    @precondition(lambda self: self.revision)
    @rule(who=st.sampled_from(sorted(ROOTS)), data=st.data())
    def past(self, who: str, data: st.DataObject) -> None:
        """As it was known then."""
        self.law(who, data.draw(st.integers(0, self.revision)))

    @precondition(lambda self: self.revision)
    @rule(who=st.sampled_from(sorted(ROOTS)))
    def questions(self, who: str) -> None:
        """Whatever is asked: the answer has nothing of what is hidden, and is another only if what is seen is."""
        for name, question in QUESTIONS.items():
            self.told(self.both.get(who, name, question), who, self.revision, name)

    @precondition(lambda self: self.revision)
    @rule(who=st.sampled_from(("yaohai", "luyang")), division=st.sampled_from((*PLACES, CITY, "340111")))
    def outside(self, who: str, division: str) -> None:
        """A place outside is not there, whether facts of it are or not; the refusal is the same, byte for byte."""
        roots = ROOTS[who] or ()
        if {*roots} & {*TREE.lineage(division)}:
            return
        answer = self.both.get(who, "/v1/figures", QUESTIONS["/v1/figures"] | {"division": division})
        assert answer.status_code == 404
        assert self.refusals.setdefault((who, division), answer.text) == answer.text

    @invariant()
    def each_is_answered_from_what_they_see(self) -> None:
        copy = self.both.copy()
        assert copy.wait_for(self.revision, 20)
        assert copy.state.revision == self.revision
        for who in ROOTS:
            self.law(who, None)

    def law(self, who: str, as_of: int | None) -> None:
        revision = self.revision if as_of is None else as_of
        more = {} if as_of is None else {"as_of": as_of}
        answer = self.both.get(who, "/v1/figures", QUESTIONS["/v1/figures"] | more)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["revision"] == revision
        expected = self.model.figures(who, revision)
        if expected is None:
            assert body["figures"] == []
        else:
            assert body["figures"] == expected.to_dicts()
            assert ms.Receipt.from_dict(body["receipt"]) == expected.receipt
        self.told(answer, who, revision, "/v1/figures")
        pages = self.both.pages(who, 3, **more)
        assert pages == (revision, body["figures"])

    def told(self, answer: httpx.Response, who: str, revision: int, name: str) -> None:
        """An answer is what it was when the same facts were seen, and has no value that is not seen."""
        seen = self.model.seen(who, revision)
        kind = answer.headers["content-type"]
        content = answer.text
        if "json" in kind and answer.status_code == 200:
            content = json.dumps({key: value for key, value in answer.json().items() if key not in MOMENT})
        elif "html" in kind:
            content = re.sub(r"数据修订号 \d+（[^）]*）", "", content)
        told = answer.status_code, kind, answer.headers.get("ETag"), len(content), content
        known = self.answers.setdefault((who, name, seen), told)
        assert told == known, (who, name)
        figures = {
            int(text) for text in re.findall(r"\d{7,}", re.sub(r"(?<=\d)[,\u202f\u2009 ](?=\d{3})", "", content))
        }
        hidden = {one.value for one in self.model.versions} - {fact[-1] for fact in seen}
        assert not figures & hidden, (who, name)


def test_two_principals_and_the_public_see_their_own_and_nothing_of_others():
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis has no type for it
        Machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.generate],  # a shorter example would take longer to find than to read a long one
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_under_corrections_every_answer_is_of_one_revision(tmp_path: Path):
    both = Both(tmp_path)
    try:
        numbers = [both.accept(place, "2017-01") for place in PLACES]
        assert both.copy().wait_for(numbers[-1], 20)
        done = threading.Event()
        found: list[tuple[str, int, list[Any]]] = []
        wrong: list[BaseException] = []

        def reads(who: str, limit: int) -> None:
            try:
                while not done.is_set():
                    found.append((who, *both.pages(who, limit)))
            except BaseException as error:  # noqa: BLE001  # told by the test's own thread
                wrong.append(error)

        readers = [threading.Thread(target=reads, args=one) for one in (("all", 2), ("yaohai", 100))]
        for reader in readers:
            reader.start()
        for number in range(16):
            last = both.accept(PLACES[number % 3], "2017-01")
        assert both.copy().wait_for(last, 20)
        done.set()
        for reader in readers:
            reader.join()
        assert not wrong
        assert len({revision for _, revision, _ in found}) > 3
        expected = {one: both.model.figures(*one) for one in {(who, revision) for who, revision, _ in found}}
        for who, revision, figures in found:
            known = expected[who, revision]
            assert figures == (known.to_dicts() if known is not None else [])
    finally:
        both.close()
