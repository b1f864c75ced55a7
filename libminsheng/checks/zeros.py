"""Blanks and zeros that trade places: a 0 where nothing was reported, a blank where there was nothing to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.capped import most, written
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.ledger import Bools
from libminsheng.checks.panel import Grid, Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.unrated import none_counted
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.text import Text

__all__ = ["blank_zero"]

Floats = npt.NDArray[np.float64]

_NORMAL: Final = 1.4826
"""A standard deviation is so many median absolute deviations where errors are normal."""


@dataclass(frozen=True)
class _Hole:
    """A cell of a grid that holds a 0 among values well above it, or nothing among zeros."""

    grid: Grid
    row: int
    column: int
    usual: float
    blank: bool


def blank_zero(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Zeros in a series that is otherwise well above zero, and blanks in one that otherwise holds zeros."""
    if settings.rule() is None or not (panel.sums.total == 0).any():
        return
    zero = np.unique(panel.sums.family[panel.sums.total == 0])
    measures = sorted({panel.sums.families[family].measure for family in zero.tolist()} & set(panel.measures))
    grids = (panel.grid(measure) for measure in measures)
    found = [hole for grid in grids if grid is not None for hole in _holes(panel, grid, settings)]
    yield from most("blank_zero", settings, found, lambda hole: _finding(panel, settings, hole))


def _holes(panel: Panel, grid: Grid, settings: Settings) -> Iterator[_Hole]:
    measure = grid.measure.code
    zero = (grid.values == 0) & ~grid.cumulative
    if zero.any():
        zero &= ~none_counted(panel, measure, grid.divisions, grid.periods)
    if not zero.any():
        return
    rows = np.flatnonzero(zero.any(axis=1))
    values, zero = grid.values[rows], zero[rows]
    known = grid.at[rows] >= 0
    count, zeros = known.sum(axis=1), zero.sum(axis=1)
    above = np.where(known & (values > 0), values, np.nan)
    usual, lowest = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    some = ~np.isnan(above).all(axis=1)
    usual[some], lowest[some] = np.nanmedian(above[some], axis=1), np.nanmin(above[some], axis=1)
    quantity = settings.number("quantity", measure)
    high = (usual >= quantity) & (lowest * settings.number("times", measure) >= usual)
    high &= (count - zeros >= settings.number("least", measure)) & (zeros <= settings.number("share", measure) * count)
    high &= _zero_by_chance(above) < settings.number("chance", measure)
    peers = settings.number("peers", measure)
    everyone = (grid.at >= 0).sum(axis=0)
    zeros_of_all = ((grid.values == 0) & (grid.at >= 0)).sum(axis=0)
    rare = zeros_of_all - 1 <= peers * (everyone - 1)
    for row, column in np.argwhere(zero & high[:, None] & rare[None, :]).tolist():
        yield _Hole(grid, int(rows[row]), column, float(usual[row]), blank=False)
    yield from _blanks(grid, settings, rows, known, zeros >= settings.number("zeros", measure) * count)


def _zero_by_chance(above: Floats) -> Floats:
    """How likely a 0 is beside a series' other values: of counts that scatter more than by chance, a negative binomial's.

    Of n events a month there are none once in exp(n) months, but where some months have five times as many as
    others a 0 is common. The mean is the lower of mean and median, so that one value that is much too great does not count.
    """
    chance = np.ones(len(above))
    some = np.flatnonzero((~np.isnan(above)).sum(axis=1) > 1)
    if len(some):
        values = above[some]
        mean = np.minimum(np.nanmean(values, axis=1), np.nanmedian(values, axis=1))
        spread = np.minimum(
            np.nanstd(values, axis=1), _NORMAL * np.nanmedian(np.abs(values - mean[:, None]), axis=1) * 1.5
        )
        more = np.maximum(spread**2 - mean, 1e-9 * mean)  # beyond what chance alone does
        chance[some] = np.exp(-(mean**2) / more * np.log1p(more / mean))
    return chance


def _blanks(grid: Grid, settings: Settings, rows: Ints, known: Bools, mostly: Bools) -> Iterator[_Hole]:
    """Blanks between the first and the last report of a series that often holds 0, where most others reported."""
    measure = grid.measure.code
    count = known.sum(axis=1)
    begun = np.logical_or.accumulate(known, axis=1)
    ends = np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    usually = (count >= settings.number("least", measure)) & (
        count >= settings.number("usual", measure) * known.shape[1]
    )
    others = len(grid.divisions) - 1
    there = (grid.at >= 0).sum(axis=0)
    asked = there >= (1 - settings.number("peers", measure)) * others
    for row, column in np.argwhere(~known & begun & ends & (mostly & usually)[:, None] & asked[None, :]).tolist():
        yield _Hole(grid, int(rows[row]), column, 0.0, blank=True)


def _finding(panel: Panel, settings: Settings, hole: _Hole) -> Finding:
    grid, measure = hole.grid, hole.grid.measure.code
    if hole.blank:
        known = int((grid.at[hole.row] >= 0).sum())
        zeros = int((grid.values[hole.row] == 0).sum())
        values: dict[str, object] = {"zeros": zeros, "count": known}
        where = {"division": grid.divisions[hole.row], "period": str(grid.periods[hole.column]), "measure": measure}
        return Finding(
            "blank_zero",
            "note",
            where,
            "",
            f"0 × {zeros} / {known}",
            (hypothesis("blank_is_zero", "0.6"),),
            words=Text(say("checks.zero_blank", "zh", **values), say("checks.zero_blank", "en", **values)),
            rule=settings.code(measure),
        )
    usual = f"{hole.usual:.10g}"
    after = int(grid.at[hole.row, hole.column + 1]) if hole.column + 1 < len(grid.periods) else -1
    caught_up = (
        after >= 0 and grid.values[hole.row, hole.column + 1] >= settings.number("catch_up", measure) * hole.usual
    )
    text = f"0 ≪ {usual}"
    guesses: tuple[Hypothesis, ...] = (hypothesis("zero_is_blank", "0.6"),)
    if caught_up:
        following = {"period": str(grid.periods[hole.column + 1]), "value": written(panel.exact(after))}
        text += f"; {following['period']}: {following['value']}"
        guesses = (hypothesis("caught_up", "0.8", **following), hypothesis("zero_is_blank", "0.2"))
    at = int(grid.at[hole.row, hole.column])
    rule = settings.code(measure)
    return Finding(
        "blank_zero", settings.severity(measure), panel.where(at), "0", text, guesses, {"usual": usual}, rule=rule
    )
