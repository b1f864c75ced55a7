"""Sums that should hold: a parent and its children, a whole and its parts, a year and its months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.expected import is_ratio
from libminsheng.checks.panel import Floats, Grid, Ints, Panel
from libminsheng.definitions.measure import Measure
from libminsheng.vocabulary.periods import Grain

__all__ = ["Identity", "aligned", "broken", "totals"]

_MOST: Final = 5000
"""No more broken sums of one grid are looked into."""


@dataclass(frozen=True)
class Identity:
    """A sum that does not hold: the entries of the total and its parts, and total − Σ parts in the smallest unit.

    `kind` is ``parent``, ``whole`` or ``year``; `family` is shared by the sums of one kind that one exchange may
    mend together: a measure and a period, or a measure and a division.
    """

    kind: str
    total: int
    parts: tuple[int, ...]
    off: int
    family: tuple[object, ...]

    @property
    def members(self) -> tuple[int, ...]:
        """The total, then the parts."""
        return (self.total, *self.parts)


def broken(panel: Panel) -> Sequence[Identity]:
    """The sums that do not hold, in measures where most do; found once for all checks."""
    found = panel.shared.get("identities")
    if found is None:
        found = panel.shared["identities"] = tuple(_all(panel))
    assert isinstance(found, tuple)
    return found


def _all(panel: Panel) -> Iterator[Identity]:
    for grid in panel.grids():
        if grid.measure.time != "standard" and not is_ratio(grid.measure):
            yield from _parents(panel, grid)
        if grid.measure.time == "flow":
            for grain in panel.grains(grid.measure.code)[1:]:
                longer = panel.grid(grid.measure.code, grain)
                if longer is not None:
                    yield from _years(panel, longer, grid, grain)
    for rule in panel.catalogue.rules:
        if rule.check == "parts" and len(rule.measures) > 2:
            yield from _wholes(panel, rule.measures)


def totals(panel: Panel, measure: Measure, at: Ints) -> Floats:
    """What was reported under entries of a measure, in its unit; NaN where nothing was."""
    return np.where(at >= 0, panel.sums.total[at].astype(np.float64) * 10.0**-measure.decimals, np.nan)


def _smallest(panel: Panel, grid: Grid) -> Floats:
    """What was reported, in the smallest unit: whole numbers; NaN where nothing was."""
    return np.where(grid.at >= 0, panel.sums.total[grid.at].astype(np.float64), np.nan)


def _parents(panel: Panel, grid: Grid) -> Iterator[Identity]:
    """A division that reported besides those next below it that ever did."""
    above = _above(panel, grid.divisions)
    has = above >= 0
    if not has.any():
        return
    totals = _smallest(panel, grid)
    children = np.flatnonzero(has)
    children = children[np.argsort(above[children], kind="stable")]
    starts = np.flatnonzero(np.diff(above[children], prepend=-1))
    sums = np.add.reduceat(totals[children], starts, axis=0)
    parents = above[children][starts]
    mixed = np.add.reduceat(grid.cumulative[children].astype(np.int64), starts, axis=0)
    size = np.diff(starts, append=len(children))[:, None]
    alike = np.where(grid.cumulative[parents], mixed == size, mixed == 0)
    off = np.where(alike, totals[parents] - sums, np.nan)
    ends = np.append(starts[1:], len(children))
    for which, column in _few(off):
        mine = children[starts[which] : ends[which]]
        family = ("parent", grid.measure.code, grid.periods[column].index)
        yield from _identity(panel, "parent", grid.at[parents[which], column], grid.at[mine, column], family)


def _above(panel: Panel, divisions: tuple[str, ...]) -> Ints:
    """The row of the nearest division above each that reported; −1 where none did."""
    known = panel.shared.setdefault("above", {})
    assert isinstance(known, dict)
    found: Ints | None = known.get(divisions)
    if found is None:
        row = {code: number for number, code in enumerate(divisions)}
        near = (next((row[up] for up in panel.tree.lineage(code)[1:] if up in row), -1) for code in divisions)
        found = known[divisions] = np.fromiter(near, np.int64, len(divisions))
    return found


def _years(panel: Panel, longer: Grid, grid: Grid, grain: Grain) -> Iterator[Identity]:
    """A longer period that was reported besides every one of its parts."""
    row = {code: number for number, code in enumerate(grid.divisions)}
    shared = [code for code in longer.divisions if code in row]
    if not shared:
        return
    mine = np.array([row[code] for code in shared])
    theirs = np.array([longer.divisions.index(code) for code in shared])
    totals, wholes = _smallest(panel, grid)[mine], _smallest(panel, longer)[theirs]
    totals[grid.cumulative[mine]] = np.nan
    wholes[longer.cumulative[theirs]] = np.nan
    months = 12 // {"month": 12, "quarter": 4, "half": 2, "year": 1}[grid.periods[0].grain]
    first = {period.first_month: column for column, period in enumerate(grid.periods)}
    off = np.full(wholes.shape, np.nan)
    columns: list[list[int]] = []
    for column, period in enumerate(longer.periods):
        begins = range(period.first_month, period.last_month + 1, months)
        columns.append([first[month] for month in begins if month in first])
        if len(columns[-1]) == len(begins):
            off[:, column] = wholes[:, column] - totals[:, columns[-1]].sum(axis=1)
    for which, column in _few(off):
        parts = grid.at[mine[which], columns[column]]
        family = ("year", grid.measure.code, grain, shared[which])
        yield from _identity(panel, "year", longer.at[theirs[which], column], parts, family)


def _wholes(panel: Panel, measures: Sequence[str]) -> Iterator[Identity]:
    """A measure and the parts that rules say it has, wherever all were reported."""
    grids = [panel.grid(measure) for measure in measures]
    whole, parts = grids[0], [grid for grid in grids[1:] if grid is not None]
    if (
        whole is None
        or len(parts) < len(grids) - 1
        or any(grid.periods[0].grain != whole.periods[0].grain for grid in parts)
    ):
        return
    if len({(grid.measure.unit, grid.measure.decimals) for grid in (whole, *parts)}) > 1:
        return
    entries = [aligned(grid, whole) for grid in parts]
    sums = np.sum([np.where(at >= 0, panel.sums.total[at].astype(np.float64), np.nan) for at in entries], axis=0)
    alike = np.array([panel.sums.cumulative[at] for at in entries]) == whole.cumulative
    off = np.where(alike.all(axis=0), _smallest(panel, whole) - sums, np.nan)
    for row, column in _few(off):
        mine = np.array([at[row, column] for at in entries])
        family = ("whole", measures[0], whole.periods[column].index)
        yield from _identity(panel, "whole", whole.at[row, column], mine, family)


def aligned(grid: Grid, like: Grid) -> Ints:
    """The entries of a grid laid out as another; −1 where it has none."""
    found = np.full(like.at.shape, -1, np.int64)
    row = {code: number for number, code in enumerate(grid.divisions)}
    pairs = [(number, row[code]) for number, code in enumerate(like.divisions) if code in row]
    shift = like.periods[0].index - grid.periods[0].index
    columns = [n for n in range(len(like.periods)) if 0 <= n + shift < len(grid.periods)]
    if pairs and columns:
        to, rows = np.array(pairs).T
        found[np.ix_(to, columns)] = grid.at[np.ix_(rows, np.array(columns) + shift)]
    return found


def _few(off: npt.NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """The cells that are off, where two thirds are not: otherwise the sum was never meant to hold."""
    known = np.isfinite(off)
    wrong = known & (np.abs(off) >= 0.5)
    if wrong.any() and (wrong.sum() <= known.sum() / 3 or wrong.sum() <= 2):
        rows, columns = np.nonzero(wrong)
        yield from zip(rows[:_MOST].tolist(), columns[:_MOST].tolist(), strict=True)


def _identity(panel: Panel, kind: str, total: int, parts: Ints, family: tuple[object, ...]) -> Iterator[Identity]:
    entries = tuple(int(part) for part in parts)
    off = int(panel.sums.total[total]) - sum(int(panel.sums.total[part]) for part in entries)
    if off:
        yield Identity(kind, int(total), entries, off, family)
