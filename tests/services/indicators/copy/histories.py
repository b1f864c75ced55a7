"""Histories of a registry over random panels, and what the library says of any view at any revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

import libminsheng as ms
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.copy.view import EVERYTHING, PUBLIC, View
from tests.engine.panel import TREE, I, M, Panel
from tests.engine.strategies import Question, questions

Fact = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """What one revision does: facts that are accepted, or published, or hidden again."""

    kind: str
    facts: tuple[Fact, ...]

    def play(self, feed: MemoryFeed) -> int:
        if self.kind in ("accept", "accept_public"):
            return feed.accept(self.facts, public=self.kind == "accept_public")
        return feed.publish(self.facts, again=self.kind == "hide")


@dataclass(frozen=True)
class History:
    """A question, and how the facts that it is asked of came about."""

    question: Question
    steps: tuple[Step, ...]

    @property
    def definitions(self) -> Any:
        """Figures of no facts, which know the catalogue and the tree."""
        return self.question.panel.figures([], divisions=[])

    def copy(self, feed: MemoryFeed, folder: Any = None) -> Copy:
        known = self.definitions
        return Copy(feed, known.catalogue, known.tree, folder)

    @property
    def asked(self) -> Asked:
        options = {name: value for name, value in self.question.options.items() if name != "reporters"}
        return Asked(indicators=self.question.indicators, **options)

    @property
    def looks_above(self) -> bool:
        """Whether figures may depend on more than what lies at and below their divisions."""
        return any("share(" in one.formula for one in self.question.panel.indicators)

    def views(self) -> list[View]:
        codes = sorted(self.question.panel.tree)
        return [
            EVERYTHING,
            PUBLIC,
            *(View.of([code]) for code in codes[:2]),
            View.of(codes[-2:]),
            View.of(codes[:1], public=True),
        ]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Facts of a panel that come in portions, are corrected, withdrawn, published and hidden."""
    question = draw(questions())
    facts = list(question.panel.facts)
    steps: list[Step] = []
    while facts:
        count = draw(st.integers(1, len(facts)))
        some, facts = facts[:count], facts[count:]
        steps.append(Step(draw(st.sampled_from(("accept", "accept_public"))), tuple(some)))
    known = list(question.panel.facts)
    for _ in range(draw(st.integers(0, 4))):
        some = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique_by=id))
        kind = draw(st.sampled_from(("accept", "accept", "accept_public", "withdraw", "publish", "hide")))
        if kind == "withdraw":
            steps.append(Step("accept", tuple(fact | {"value": None} for fact in some)))
        elif kind.startswith("accept"):
            steps.append(Step(kind, tuple(fact | {"value": str(draw(st.integers(0, 9)))} for fact in some)))
        else:
            steps.append(Step(kind, tuple(some)))
    return History(question, tuple(steps))


def plain_history(formulas: Sequence[str], *, months: Sequence[str], **options: Any) -> History:
    """Every lowest division reports every flow for every month, and nobody above them does."""
    panel = Panel.of(
        "x = 人", "y = 人", "t = 人", facts=[], **{f"rate_{number}": text for number, text in enumerate(formulas)}
    )
    facts = [
        {
            "division": code,
            "period": month,
            "measure": measure,
            "value": str(3 + 7 * place + more),
            "scenario": "actual",
        }
        for place, (code, month) in enumerate((code, month) for code in "ABD" for month in months)
        for more, measure in enumerate("xyt")
    ]
    question = Question(panel.with_facts(facts), tuple(panel.names), {"period": "month", **options})
    return History(question, (Step("accept", tuple(facts)),))


@st.composite
def corrections(draw: st.DrawFn) -> History:
    """A plain panel and corrections of single values, some of them cumulative, approximate or withdrawn."""
    formulas = ("x / y", "x / previous(y)", "year_to_date(x) / full_year(y)", "share(x)", "x / year_ago(t)", "x / t")
    chosen = draw(st.lists(st.sampled_from(formulas), min_size=1, max_size=3, unique=True))
    months = draw(st.sampled_from((("2017-01", "2017-02", "2017-03"), ("2016-12", "2017-01", "2017-Q1"))))
    period = draw(st.sampled_from(("month", "quarter", "year")))
    history = plain_history(chosen, months=months, period=period, parents=draw(st.sampled_from(("total", "own"))))
    steps = list(history.steps)
    for _ in range(draw(st.integers(1, 6))):
        fact = dict(draw(st.sampled_from(steps[0].facts)))
        fact["value"] = draw(st.sampled_from((None, "0", "1", "8", "90", "4000000000000000000")))
        fact["approximate"] = draw(st.booleans())
        fact["basis"] = draw(st.sampled_from(("period", "period", "period", "year_to_date")))
        fact["division"] = draw(st.sampled_from((fact["division"],) * 6 + ("C",)))
        steps.append(Step("accept", (fact,)))
    return History(history.question, tuple(steps))


@st.composite
def shifts(draw: st.DrawFn) -> History:
    """Flows, stocks and standards of which reporters, breakdowns and reports above others come and go."""
    ratios = ("x / y", "x / full_year(z)", "year_to_date(x) / z", 'x[sex == "f"] / x', "x / year_ago(t)", "share(z)")
    formulas = [(text, "%") for text in (*ratios, "x / full_year(target(x))")]
    formulas += [
        ("z", "人"),
        ("z - year_ago(z)", "人"),
        ('z[sex == "m"]', "人"),
        ("s", "元/月"),
        ("weighted(s, z)", "元/月"),
    ]
    chosen = draw(st.lists(st.sampled_from(formulas), min_size=1, max_size=3, unique=True))
    measures = (M("x"), M("y"), M("t"), M("z", time="stock"), M("s", "元/月", "standard"))
    indicators = tuple(I(f"value_{number}", *one) for number, one in enumerate(chosen))
    periods = draw(st.sampled_from((("2016-12", "2017-01", "2017-02"), ("2017-01", "2017-03", "2017-Q1", "2017"))))
    cells = draw(st.sampled_from(((None,), (None,), ("f", "m"), (None, "f", "m"))))
    bases = draw(st.sampled_from((("period",), ("period", "year_to_date"))))

    def fact(division: str, measure: str, period: str, sex: str | None) -> dict[str, Any]:
        scenario = draw(st.sampled_from(("actual", "target"))) if measure == "x" else "actual"
        return {
            "division": division,
            "period": period,
            "measure": measure,
            "sex": sex,
            "scenario": scenario,
            "value": str(draw(st.sampled_from((700, 710)) if measure == "s" else st.integers(0, 9))),
            "basis": draw(st.sampled_from(bases)) if measure in "xyt" else "period",
        }

    first = [
        fact(division, measure, draw(st.sampled_from(periods)), draw(st.sampled_from(cells)))
        for division in draw(st.sampled_from(("ABD", "ABDP", "ABCD", "ACD")))
        for measure in "xyzs"
    ]
    everywhere = [{**fact(division, "t", "2016-12", "f"), "basis": "period"} for division in "ABCDEP"]
    steps = [Step("accept", (*first, *(everywhere if draw(st.booleans()) else ())))]
    for _ in range(draw(st.integers(1, 7))):
        if draw(st.integers(0, 3)) == 0:
            one = draw(st.sampled_from([fact for step in steps for fact in step.facts])) | {"value": None}
        else:
            place, measure = draw(st.sampled_from("AABBCDEP")), draw(st.sampled_from("xxyzzs"))
            one = fact(place, measure, draw(st.sampled_from(periods)), draw(st.sampled_from(cells)))
        steps.append(Step("accept", (one | {"approximate": draw(st.booleans())},)))
    options = {
        "period": draw(st.sampled_from(("month", "quarter", "year"))),
        "by": draw(st.sampled_from(((), ("sex",)))),
    }
    options["parents"] = draw(st.sampled_from(("total", "total", "own")))
    panel = Panel(measures, indicators, steps[0].facts, TREE)
    return History(Question(panel, tuple(one.code for one in indicators), options), tuple(steps))


def seen(history: History, feed: MemoryFeed, view: View, revision: int) -> list[Fact]:
    """The facts of a view, found the plain way."""
    tree = history.definitions.tree
    return [
        fact
        for fact in feed.visible(revision, public=view.public)
        if view.roots is None or any(code in view.roots for code in tree.lineage(fact["division"]))
    ]


def told(history: History, facts: Sequence[Fact], *, roots: Sequence[str] | None = None, **changes: Any) -> Any:
    """What the library says of facts; an error it raises instead. Above the roots of a view there is nothing."""
    names = ("division", "period", "measure", "value", "scenario", "basis", "approximate", "issuer")
    cells = ("project", "sex", "area")
    held = [name for name in cells if any(fact.get(name) for fact in facts)]
    rows = [{name: fact.get(name) for name in (*names, *held)} for fact in facts]
    panel = history.question.panel.with_facts(rows or [dict.fromkeys((*names, *held))])
    lines = {code: history.definitions.tree.lineage(code)[1:] for code in roots or ()}
    tops = {code for code, above in lines.items() if not {*above} & {*lines}}
    panel = replace(panel, tree={code: None if code in tops else above for code, above in panel.tree.items()})
    options = {name: value for name, value in history.question.options.items() if name != "reporters"} | changes
    try:
        return panel.figures(history.question.indicators, **options)
    except ms.MinshengError as error:
        return [fault.code for fault in error.faults], [str(fault.values) for fault in error.faults]


def answered(copy: Copy, history: History, view: View, as_of: int | None = None) -> Any:
    """What the copy says; an error it raises instead."""
    try:
        return copy.sight(view, as_of).figures(history.asked)
    except ms.MinshengError as error:
        return [fault.code for fault in error.faults], [str(fault.values) for fault in error.faults]


def followed(history: History, feed: MemoryFeed, copy: Copy, views: Iterable[View]) -> None:
    """Play a history while a copy follows it, asked at each revision so that it keeps sums of every age."""
    for number, step in enumerate(history.steps):
        step.play(feed)
        if number == 0:
            copy.open()
        else:
            copy.step()
        for view in views:
            answered(copy, history, view)


def same(found: Any, expected: Any) -> bool:
    """Whether two answers are equal in figures, notes and definitions."""
    if isinstance(found, tuple) or isinstance(expected, tuple):
        return bool(found == expected)
    return bool(
        found.to_dicts() == expected.to_dicts()
        and [note.as_dict() for note in found.notes] == [note.as_dict() for note in expected.notes]
        and found.receipt.definitions == expected.receipt.definitions
    )


__all__ = [
    "Fact",
    "History",
    "Step",
    "answered",
    "corrections",
    "followed",
    "histories",
    "plain_history",
    "same",
    "seen",
    "shifts",
    "told",
]
