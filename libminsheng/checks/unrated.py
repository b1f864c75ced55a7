"""Where a printed rate has nothing to say: nobody was born, so that no share of them was screened."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from libminsheng.checks.ledger import Bools
from libminsheng.checks.panel import Panel
from libminsheng.vocabulary.periods import Period

__all__ = ["none_counted", "unrated"]


def unrated(panel: Panel, measure: str, divisions: Sequence[str], periods: Sequence[Period]) -> Bools:
    """Divisions × periods for which a printed rate's denominator was reported as 0, or not; nowhere for other measures."""
    counts = _counts(panel, measure)
    if len(counts) < 2:
        return np.zeros((len(divisions), len(periods)), np.bool_)
    reported, zero = _reported(panel, counts[1], divisions, periods)
    return ~reported | zero


def none_counted(panel: Panel, measure: str, divisions: Sequence[str], periods: Sequence[Period]) -> Bools:
    """Divisions × periods for which a printed rate's numerator was reported as 0, so that the rate is 0."""
    counts = _counts(panel, measure)
    if not counts:
        return np.zeros((len(divisions), len(periods)), np.bool_)
    return _reported(panel, counts[0], divisions, periods)[1]


def _counts(panel: Panel, measure: str) -> tuple[str, ...]:
    """Numerator and denominator of a printed rate, by the rules."""
    for rule in panel.catalogue.rules:
        if rule.check == "rate" and rule.measures[:1] == (measure,):
            return tuple(code for code in rule.measures[1:] if code in panel.measures)
    return ()


def _reported(panel: Panel, code: str, divisions: Sequence[str], periods: Sequence[Period]) -> tuple[Bools, Bools]:
    """Where a count was reported, and where it was 0."""
    reported = np.zeros((len(divisions), len(periods)), np.bool_)
    zero = reported.copy()
    grid = panel.grid(code, periods[0].grain)
    if grid is None:
        return reported, zero
    row = {division: number for number, division in enumerate(grid.divisions)}
    column = {period: number for number, period in enumerate(grid.periods)}
    rows = np.array([row.get(division, -1) for division in divisions], np.int64)
    columns = np.array([column.get(period, -1) for period in periods], np.int64)
    here = np.ix_(np.flatnonzero(rows >= 0), np.flatnonzero(columns >= 0))
    at = grid.at[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    reported[here] = at >= 0
    zero[here] = (at >= 0) & (panel.sums.total[at] == 0)
    return reported, zero
