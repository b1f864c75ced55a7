"""Rules of two formulas and a comparison: what cannot be because of what was also reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.asked import Answer, Asked, answers, coalesced, leaves, to_date, values_at
from libminsheng.checks.finding import Finding, Hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.ruled import besides, cut, refusals, severity_of, spoken_unit, standing_rules, whereabouts
from libminsheng.checks.sentences import guesses, named, plain, sentence, worded
from libminsheng.checks.settings import Settings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Binary, Formula, Name
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.rule import Rule
from libminsheng.errors import Fault

__all__ = ["Comparison", "compare", "compared", "prepared"]

_FAILS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<=": lambda upper, _: upper > 0,
    "<": lambda upper, _: upper >= 0,
    ">=": lambda _, lower: lower < 0,
    ">": lambda _, lower: lower <= 0,
    "==": lambda upper, lower: (upper > 0) | (lower < 0),
    "!=": lambda upper, lower: (upper <= 0) & (lower >= 0),
}
"""Where a comparison fails, by how left − right stands to the tolerance and to its negative."""

_EVEN: Final = 1e-9
"""Differences that are no further apart than that part of them are equal: they are only ordered here."""

_SEEN: Final = {"<=": ">", "<": "≥", ">=": "<", ">": "≤", "==": "≠", "!=": "="}


@dataclass(frozen=True)
class Comparison:
    """A rule as it is asked: both sides for the engine, and the side that has to be complete, if only one has."""

    rule: Rule
    left: Formula
    right: Formula
    sign: str
    partly: bool = False
    everywhere: bool = False
    whole: bool = False
    standing: str = "comparison_fails"

    def asked(self, catalogue: Catalogue) -> Asked:
        """Left − right, whose sign decides."""
        code = self.rule.code
        difference = Binary("-", self.left, self.right)
        indicator = Indicator(f"{code}__difference", difference, unit_of(difference, catalogue.scope), decimals=4)
        whole = self.side("right", catalogue) if self.whole else None
        return Asked(indicator, leaves(difference), self.partly, self.everywhere, whole)

    def side(self, name: str, catalogue: Catalogue) -> Indicator:
        """One side by itself, in the unit of its measure or of what it counts."""
        formula = self.left if name == "left" else self.right
        own = self.rule.left if name == "left" else self.rule.right
        return Indicator(f"{self.rule.code}__{name}", formula, spoken_unit(own or formula, catalogue), decimals=4)


def compare(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Rules of the check ``compare``: left, comparison, right, wherever both sides were reported.

    With ``year_to_date`` what was reported so far is compared, because months may lag.
    """
    yield from compared(panel, [_comparison(rule, panel) for rule in standing_rules(settings)])


def _comparison(rule: Rule, panel: Panel) -> Comparison:
    assert rule.left is not None
    assert rule.right is not None
    assert rule.comparison is not None
    left, right = (prepared(side, rule, panel) for side in (rule.left, rule.right))
    partly = rule.missing != "skip_if_any"
    if partly:
        left, right = coalesced(left), coalesced(right)
    return Comparison(rule, left, right, rule.comparison, partly, rule.missing == "never")


def prepared(formula: Formula, rule: Rule, panel: Panel) -> Formula:
    """A side down to its measures, to date where the rule says so."""
    last = max((period.last_day for period in panel.sums.periods), default=None)
    if last is not None:
        formula = panel.catalogue.inlined(Indicator(rule.code, formula), last)
    return to_date(formula, panel.catalogue) if rule.year_to_date else formula


def compared(panel: Panel, comparisons: Sequence[Comparison]) -> Iterator[Finding]:
    """The findings of comparisons, all asked of the engine together."""
    refused: list[Fault] = []
    asked = [one.asked(panel.catalogue) for one in comparisons]
    by_code = {each.indicator.code: one for each, one in zip(asked, comparisons, strict=True)}
    for answer in answers(panel, asked, refused):
        one = by_code[answer.asked.indicator.code]
        tolerance = Fraction(one.rule.tolerance)
        upper = answer.against(tolerance)
        lower = upper if tolerance == 0 else answer.against(-tolerance)
        fails = _FAILS[one.sign](upper, lower) & answer.good
        if fails.any() and one.rule.year_to_date:
            fails &= _grows(answer, fails)
        failing = np.flatnonzero(fails).tolist()
        if not failing:
            continue
        shown, more = cut(failing, one.rule)
        sides = {name: one.side(name, panel.catalogue) for name in ("left", "right")}
        for position, values in zip(shown, values_at(panel, sides, answer, shown), strict=True):
            yield _finding(panel, one, answer, position, values)
        yield from more
    yield from refusals(refused)


def _grows(answer: Answer, fails: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where what is failed by is more than before in the year: what one report brought about is not said of every later one."""
    block = answer.block
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(block.top.astype(np.float64) / block.bottom.astype(np.float64))
    off = np.where(fails, off, 0.0).reshape(block.shape)
    grows = np.zeros(block.shape, np.bool_)
    most = np.zeros((block.shape[0], block.shape[2]))
    year = None
    for column, period in enumerate(block.periods):
        if period.year != year:
            year, most = period.year, np.zeros_like(most)
        grows[:, column] = off[:, column] > most * (1 + _EVEN)
        most = np.maximum(most, off[:, column])
    return grows.reshape(-1)


def _usual(rule: Rule, catalogue: Catalogue) -> Iterator[Hypothesis]:
    """What explains a subset above its set where the rule says nothing of its own."""
    if rule.finding == "subset_exceeds_set" and isinstance(rule.left, Name) and isinstance(rule.right, Name):
        names = {"left": named(rule.left, catalogue), "right": named(rule.right, catalogue)}
        for code, weight in (("sides_exchanged", "0.4"), ("set_incomplete", "0.3"), ("subset_too_wide", "0.3")):
            yield Hypothesis(sentence(code, **names), Decimal(weight))


def _finding(
    panel: Panel, one: Comparison, answer: Answer, position: int, values: Mapping[str, Fraction | None]
) -> Finding:
    rule, catalogue = one.rule, panel.catalogue
    division, period, by = answer.spot(position)
    own = {"left": rule.left or one.left, "right": rule.right or one.right}
    shown = {name: "–" if value is None else plain(value) for name, value in values.items()}
    sides = {name: f"{formula} = {shown[name]}" for name, formula in own.items()}
    where = whereabouts(panel, leaves(own["left"]), division, period, by)
    return Finding(
        rule.finding,
        severity_of(rule),
        where,
        seen=shown["left"],
        arithmetic=f"{sides['left']} {_SEEN[one.sign]} {sides['right']}",
        hypotheses=guesses(rule) or tuple(_usual(rule, catalogue)),
        words=worded(
            rule,
            one.standing,
            left=named(own["left"], catalogue),
            right=named(own["right"], catalogue),
            left_value=shown["left"],
            right_value=shown["right"],
            sign=one.sign,
        ),
        rule=rule.code,
        beside=besides(panel, answer.asked.measures, division, period, by, where),
    )
