"""Figures outside their bounds (超出范围): a rate of a part in a whole above 100 %, days below zero."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from libminsheng.checks.asked import Answer, Asked, answers, leaves, to_date
from libminsheng.checks.finding import Finding, Severity
from libminsheng.checks.panel import Panel
from libminsheng.checks.ruled import MOST, left_out, refusals, whereabouts
from libminsheng.checks.sentences import guesses, plain, sentence
from libminsheng.checks.settings import Settings
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.rule import Rule
from libminsheng.engine.figures import Block
from libminsheng.errors import Fault
from libminsheng.vocabulary.units import unit

__all__ = ["bounds"]

_OUT = 1


def bounds(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Every offered indicator's figure that lies outside its bounds.

    A task's completion rate has no bounds, so one of 182 % is not a finding. What was spent in a month may
    have come in the month before: a part of a year is out of bounds only where the year so far is too. (Beyond
    the rule's `most` figures are counted by their period alone.)
    """
    rule = settings.rule()
    if rule is None:
        return
    known = {family.measure for family in panel.sums.families if family.scenario == "actual"}
    asked = [one for code in panel.catalogue.offered(known) for one in _asked(panel, code) if one.measures <= known]
    refused: list[Fault] = []
    most = int(rule.settings.get("most", MOST))
    count = 0
    for answer in answers(panel, asked, refused):
        failing = np.flatnonzero(answer.good & (answer.block.flags & _OUT != 0))
        if count < most:
            failing = _so_far_too(panel, answer, failing)
        for position in failing[: max(0, most - count)].tolist():
            yield _finding(panel, rule, settings.severity(), answer, position)
        count += len(failing)
    if count > most:
        yield left_out(rule, count - most)
    yield from refusals(refused)


def _asked(panel: Panel, code: str) -> Iterator[Asked]:
    """An indicator's edition in force when the facts end, if it has bounds."""
    last = max(period.last_day for period in panel.sums.periods)
    edition = panel.catalogue.in_force(code, last)
    if edition is not None and edition.bounds not in (None, (None, None)):
        measures = leaves(panel.catalogue.inlined(edition, last))
        if measures:
            yield Asked(edition, measures)


def _so_far_too(panel: Panel, answer: Answer, failing: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The failing positions that are out of bounds in the year so far as well, or of which the year so far is not known."""
    indicator = answer.asked.indicator
    last = max(period.last_day for period in panel.sums.periods)
    formula = panel.catalogue.inlined(indicator, last)
    so_far = to_date(formula, panel.catalogue)
    if not len(failing) or answer.grain == "year" or so_far == formula:
        return failing
    asked = Asked(
        Indicator(f"{indicator.code}__so_far", so_far, indicator.unit, bounds=indicator.bounds), leaves(formula)
    )
    block = answer.block
    for other in answers(panel, [asked], []):
        if (other.grain, other.by) == (answer.grain, answer.by) and _same_spots(other.block, block):
            within = (other.block.status == 0) & (other.block.flags & _OUT == 0)
            stands: npt.NDArray[np.int64] = failing[~within[failing]]
            return stands
    return failing


def _same_spots(one: Block, other: Block) -> bool:
    """Whether two blocks have the same divisions, periods and breakdown values in the same order."""
    same = one.shape == other.shape and bool(np.array_equal(one.rows, other.rows))
    return same and tuple(one.periods) == tuple(other.periods) and list(one.bys) == list(other.bys)


def _finding(panel: Panel, rule: Rule, severity: Severity, answer: Answer, position: int) -> Finding:
    indicator = answer.asked.indicator
    division, period, by = answer.spot(position)
    value = answer.value(position) / unit(indicator.unit).factor
    low, high = indicator.bounds or (None, None)
    limit, sign = (low, "<") if low is not None and value < Fraction(low) else (high, ">")
    assert limit is not None
    shown, edge = plain(value), f"{limit:f}"
    words = sentence(
        "out_of_bounds", indicator=indicator.name, value=shown, unit=_shown(indicator), sign=sign, limit=edge
    )
    where = whereabouts(panel, answer.asked.measures, division, period, by)
    del where["measure"]
    return Finding(
        rule.finding,
        severity,
        {**where, "indicator": indicator.code},
        seen=shown,
        arithmetic=f"{indicator.formula} = {shown}{_shown(indicator)} {sign} {edge}",
        hypotheses=guesses(rule),
        words=words,
        rule=rule.code,
    )


def _shown(indicator: Indicator) -> str:
    return "" if indicator.unit == "1" else f" {indicator.unit}"
