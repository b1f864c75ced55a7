"""Monitoring (双监控): is the money spent, and are the goals reached, as far as the calendar has gone."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Binary, Call, Filter, Formula, Name, Negative, Number
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import AIMED, EVERY, Light, LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.engine.evaluate import MOST, grounds
from libminsheng.engine.figures import Figure
from libminsheng.engine.question import Question
from libminsheng.engine.sums import Sums
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.scoring.watched import Monitor, Watched
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

__all__ = ["monitor"]

_PROGRESS = Call("time_progress", ())


def monitor(
    facts: object,
    period: str | Period,
    *,
    watches: Iterable[str] | None = None,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    by: Sequence[str] = (),
    divisions: Iterable[str] | None = None,
    level: str | None = None,
    reporters: Iterable[str] | None = None,
    parents: str = "total",
    most: int = MOST,
    progress: Callable[[int, int], None] | None = None,
) -> Monitor:
    """The lights of everything that is watched, as it stands at the end of a period.

    Each watched measure is set against its target by the rule of its `[[watch]]` row; measures
    with a reported target and no row of their own go by the row of ``*`` of the last pack that has one. Beside the light stand
    the forecast of the year's end at the present pace and what is needed in each remaining month.

    Parameters
    ----------
    facts
        As for `evaluate`; targets have the scenario ``target`` and the period of their year.
    period
        A month, quarter, half or year; what was reported from the year's beginning to its end counts.
    watches
        Codes of watches, or of measures; without it everything in the catalogue that has facts.
    by
        Columns that each get lights of their own: ``["project"]``.
    catalogue, tree, divisions, level, reporters, parents, most, progress
        As for `evaluate`.

    Raises
    ------
    FactsError, DivisionError, EvaluationError, PeriodError

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": ["2018-05", "2018"], "measure": "task_done", "value": [35, 100],
    ...     "scenario": ["actual", "target"], "basis": ["year_to_date", "period"],
    ... })
    >>> found = ms.monitor(facts, "2018-05", divisions=["340102"])
    >>> [(one.watch.code, one.light, one.pace, one.forecast, one.needed) for one in found]
    [('task_done', 'green', Decimal('84.00'), Decimal('84.0000'), Decimal('9.2858'))]
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    tree = DivisionTree.builtin() if tree is None else tree
    asked = Period.parse(str(period))
    ground = grounds(facts, catalogue, tree)
    lines = [_Line(watch, catalogue, asked.last_day) for watch in _chosen(watches, catalogue, ground.sums)]
    question = Question.read(
        ground.sums,
        catalogue,
        tree,
        indicators=[indicator for line in lines for indicator in line.asked],
        by=by,
        period=asked.grain,
        start=asked,
        end=asked,
        divisions=divisions,
        level=level,
        reporters=reporters,
        parents=parents,
    )
    figures = ground.answer(question, progress, most=most)
    book: dict[str, list[Figure]] = {}
    for figure in figures:
        book.setdefault(figure.indicator.code, []).append(figure)
    found = [one for line in lines for one in line.read(book)]
    found.sort(key=lambda one: (one.division, tuple(one.by.items())))
    return Monitor(asked, figures, tuple(found))


def _chosen(wanted: Iterable[str] | None, catalogue: Catalogue, sums: Sums) -> list[Watch]:
    """The watches that were named, else those of which something was reported; measures in place of ``*``."""
    aimed = {family.measure for family in sums.families if family.scenario == "target"}
    reported = {family.measure for family in sums.families}
    own = {code for watch in catalogue.watches for code in (watch.measure, watch.code)} - {EVERY}
    found: list[Watch] = []
    every = [watch for watch in catalogue.watches if watch.measure == EVERY]
    for watch in catalogue.watches:
        if watch in every[:-1]:
            continue
        if watch.measure == EVERY:
            rest = (measure for measure in catalogue.measures.values() if measure.code in aimed - own)
            found += [_watch_of(measure, watch) for measure in rest if measure.time != "standard"]
        elif watch.measure is not None:
            found += [watch] if watch.measure in (aimed if _aims(watch, catalogue) else reported) else []
        elif any(code in reported for code in _measures(watch, catalogue)):
            found.append(watch)
    if wanted is None:
        return found
    names = list(dict.fromkeys([wanted] if isinstance(wanted, str) else wanted))
    known = {watch.code: watch for watch in [*found, *(one for one in catalogue.watches if one.measure != EVERY)]}
    faults = [
        Fault(
            "scoring.unknown_watch",
            values={"watch": name, "known": ", ".join(sorted(known)) or "–"},
            near=partial(nearest, name, known),
        )
        for name in names
        if name not in known
    ]
    if faults:
        raise EvaluationError(*faults)
    return [known[name] for name in names]


def _aims(watch: Watch, catalogue: Catalogue) -> bool:
    """Whether its rule sets it against a target."""
    return catalogue.light_rules[watch.light].compares in AIMED


def _measures(watch: Watch, catalogue: Catalogue) -> Iterator[str]:
    for formula in filter(None, (watch.actual, watch.target)):
        for measure in catalogue.measures_of(Indicator(watch.code, formula)):
            yield measure.code


def _watch_of(measure: Measure, like: Watch) -> Watch:
    return Watch(measure.code, like.light, measure.name, measure.code, aspect=like.aspect, source=like.source)


@dataclass(frozen=True)
class _Ends:
    """The formulas of one watch, and the unit and decimals that its values are printed with."""

    actual: Formula
    target: Formula | None
    unit: str
    decimals: int
    accumulates: bool


class _Line:
    """One watch: the indicators that it asks the engine for, and what it makes of their figures."""

    def __init__(self, watch: Watch, catalogue: Catalogue, day: datetime.date) -> None:
        self.watch = watch
        self.rule: LightRule = catalogue.light_rules[watch.light]
        self._ends = _ends(watch, catalogue, day)
        measure = catalogue.measures.get(watch.measure or "")
        named = [watch.name] if measure is None else [watch.name, measure.name]
        self._name = next((name for name in named if name != Text()), Text(watch.code, watch.code))
        ends = self._ends
        self.asked = [self._indicator("actual", ends.actual, ends.unit, ends.decimals)]
        if ends.target is not None:
            self.asked.append(self._indicator("target", ends.target, ends.unit, ends.decimals))
            if self.rule.compares == "pace":
                pace = Binary("/", Binary("/", ends.actual, ends.target), _PROGRESS)
                self.asked.append(self._indicator("pace", pace, "%", 2))

    def _indicator(self, part: str, formula: Formula, text: str, decimals: int) -> Indicator:
        return Indicator(f"{self.watch.code}__{part}", formula, text, self._name, decimals=decimals)

    def read(self, book: Mapping[str, Sequence[Figure]]) -> Iterator[Watched]:
        """What is watched, for each division and breakdown."""
        code = self.watch.code
        actuals = book.get(f"{code}__actual", ())
        targets: Sequence[Figure | None] = book.get(f"{code}__target") or [None] * len(actuals)
        paces: Sequence[Figure | None] = book.get(f"{code}__pace") or [None] * len(actuals)
        for actual, target, pace in zip(actuals, targets, paces, strict=True):
            if actual.status == "no_data" and (target is None or target.status == "no_data"):
                continue  # neither a report nor a target: nothing is watched here
            light, status = self._light(actual, target, pace)
            ends = self._ends
            yield Watched(self.watch, self.rule, actual, target, pace, light, status, ends.accumulates)

    def _light(self, actual: Figure, target: Figure | None, pace: Figure | None) -> tuple[Light | None, str]:
        value = actual.printed
        if value is None:
            return None, actual.status
        compares = self.rule.compares
        if compares == "value":
            return self.rule.light(value), "ok"
        if compares == "range":
            low, high = self.watch.low, self.watch.high
            inside = (low is None or value >= low) and (high is None or value <= high)
            return ("green" if inside else "red"), "ok"
        assert target is not None
        aim = target.printed
        if aim is None:
            return None, target.status
        if compares == "limit":
            return ("red" if value > aim or (self.watch.strict and value == aim) else "green"), "ok"
        if compares == "floor":
            return ("red" if value < aim or (self.watch.strict and value == aim) else "green"), "ok"
        if aim == 0:
            equal = self.rule.zero_target == "equal"
            return (("green" if value == 0 else "red") if equal else None), ("ok" if equal else "zero_denominator")
        reached = None if pace is None else pace.printed
        return (None, "no_data") if reached is None else (self.rule.light(reached), "ok")


def _ends(watch: Watch, catalogue: Catalogue, day: datetime.date) -> _Ends:
    """The formulas to compare; of a flow what was reported so far, of the others the last value."""
    if watch.measure is not None:
        measure = catalogue.measures[watch.measure]
        name = Name(measure.code)
        flow = measure.time == "flow"
        actual: Formula = Call("year_to_date", (name,)) if flow else name
        aim: Formula = Call("target", (name,))
        target = Call("full_year", (aim,))
        return _Ends(actual, target if _aims(watch, catalogue) else None, measure.unit, measure.decimals, flow)
    assert watch.actual is not None
    text = unit_of(watch.actual, catalogue.scope)
    decimals = max((one.decimals for one in catalogue.measures_of(Indicator(watch.code, watch.actual))), default=2)
    tree = catalogue.inlined(Indicator(watch.code, watch.actual), day)
    accumulates = _adds_up(tree, catalogue)
    text = "1" if accumulates and text == "%" else text  # a count without a unit is no ratio
    return _Ends(watch.actual, watch.target, text, 2 if text == "%" else decimals, accumulates)


def _adds_up(formula: Formula, catalogue: Catalogue, *, to_date: bool = False) -> bool:
    """Whether a formula is a sum of flows to date, so that a part of the year can be carried on to its end."""
    if isinstance(formula, Name | Filter):
        code = formula.operand.code if isinstance(formula, Filter) else formula.code
        return to_date and catalogue.measures[code].time == "flow"
    if isinstance(formula, Negative):
        return _adds_up(formula.operand, catalogue, to_date=to_date)
    if isinstance(formula, Call):
        return formula.function == "year_to_date" and _adds_up(formula.arguments[0], catalogue, to_date=True)
    if isinstance(formula, Binary):
        sides = [one for one in (formula.left, formula.right) if not isinstance(one, Number)]
        both = formula.operator in "+-" and len(sides) == 2
        scaled = len(sides) == 1 and (formula.operator == "*" or (sides[0] is formula.left and formula.operator == "/"))
        return (both or scaled) and all(_adds_up(one, catalogue, to_date=to_date) for one in sides)
    return False
