"""Roll-up where it is plain: flows of which nobody reports above another.

If no reporter lies above another and every report fills in the same columns, a total over
divisions and columns is the sum of what each reporter has for the period, however it is
bracketed. What is left to decide is time: of the reports of one reporter and cell that overlap,
the longest stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from libminsheng.engine.grouping import distinct
from libminsheng.engine.levels import BELOW, ESTIMATED, OWN, Bools, Level
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.reports import GAP, LENGTHS, Reports, container
from libminsheng.engine.sums import Cell

__all__ = ["cumulative_rows", "filled_columns", "is_plain", "is_stacked", "plain_cumulative", "plain_level", "standing"]


def is_plain(reports: Reports, places: Places, filled: Ints) -> bool:
    """Whether no reporter lies above another and all cells fill in the same columns.

    `filled` numbers, for each cell, the set of columns that it fills in.
    """
    nodes = np.concatenate([reports.node, reports.cumulative.node])
    cells = np.concatenate([reports.cell, reports.cumulative.cell])
    patterns = filled[cells]
    if len(patterns) and (patterns != patterns[0]).any():
        return False
    reporter = np.zeros(len(places), np.bool_)
    reporter[nodes] = True
    return not is_stacked(reporter, places)


def is_stacked(reporter: Bools, places: Places) -> bool:
    """Whether one of these divisions lies above another."""
    below = reporter.copy()
    places.sum_up(below, np.logical_or)
    inner = np.zeros(len(places), np.bool_)
    with_parent = np.flatnonzero(below & (places.parent >= 0))
    inner[places.parent[with_parent]] = True
    return bool((inner & reporter).any())


def filled_columns(cells: Sequence[Cell]) -> Ints:
    """For each cell a number for the set of columns that it fills in."""
    return np.array([sum(1 << i for i, value in enumerate(cell) if value is not None) for cell in cells], np.int64)


def standing(reports: Reports, grain: int) -> Bools:
    """Which reports stand in the sums over periods of this grain.

    Those that lie within one such period and overlap no longer report of the same division and
    cell. A gap of cumulative reports counts as long as the period that contains it, but gives way
    to a report of that whole period.
    """
    kinds = reports.grain
    if len(kinds) and (kinds == kinds[0]).all() and kinds[0] != GAP:
        return np.full(len(kinds), bool(kinds[0] <= grain))
    inside = np.where(kinds == GAP, container(reports.first, reports.last), kinds) <= grain
    return _longest(reports, inside, grain)


def _longest(reports: Reports, inside: Bools, grain: int) -> Bools:
    kinds = np.unique(reports.grain[inside])
    if len(kinds) <= 1 and GAP not in kinds:
        return inside
    series = distinct(reports.node << 24 | reports.cell)[1]
    start = int(reports.first.min())
    taken = np.zeros((int(series.max()) + 1, int(reports.last.max()) - start + 1), np.bool_)
    within = container(reports.first, reports.last)
    stands = np.zeros(len(reports), np.bool_)
    for length in range(grain, -1, -1):
        for rows in (
            np.flatnonzero(inside & (reports.grain == length)),
            np.flatnonzero(inside & (reports.grain == GAP) & (within == length)),
        ):
            if not len(rows):
                continue
            ends = reports.last[rows] - reports.first[rows] + 1
            months = np.repeat(reports.first[rows] - start, ends) + _ranges(ends)
            owners = np.repeat(series[rows], ends)
            free = ~np.logical_or.reduceat(taken[owners, months], np.concatenate([[0], np.cumsum(ends)[:-1]]))
            stands[rows] = free
            kept = np.repeat(free, ends)
            taken[owners[kept], months[kept]] = True
    return stands


def _ranges(lengths: Ints) -> Ints:
    """0 … n−1 for each length n, one after the other."""
    ends = np.cumsum(lengths)
    counted: Ints = np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
    return counted


def plain_level(
    reports: Reports,
    chosen: Bools,
    places: Places,
    grain: int,
    years: tuple[int, int],
    begun: Callable[[Level], None] | None = None,
) -> Level:
    """Sum the chosen reports that stand, up the tree, for every period of this grain.

    `begun` adds what is known of others before it goes up.
    """
    stands = standing(reports, grain) & chosen
    length = LENGTHS[grain]
    start, stop = years[0] * 12 // length, (years[1] + 1) * 12 // length
    level = Level.empty(len(places), start, stop, reports.value.dtype)
    if stands.all():
        node, period = reports.node, reports.last // length - start
        value, estimated = reports.value, reports.estimated
    else:
        node, period = reports.node[stands], reports.last[stands] // length - start
        value, estimated = reports.value[stands], reports.estimated[stands]
    _fill(level, node, period, value, estimated)
    _mark_reported(level, reports, chosen, grain)
    if begun is not None:
        begun(level)
    _climb(level, places)
    return level


def _mark_reported(level: Level, reports: Reports, chosen: Bools, grain: int) -> None:
    """Where a division reported this very period."""
    kinds = reports.grain
    if len(kinds) and kinds[0] != GAP and (kinds == kinds[0]).all():
        if kinds[0] == grain:
            level.reported = level.known.copy()
        return
    gaps = (kinds == GAP) & (container(reports.first, reports.last) == grain)
    rows = np.flatnonzero(chosen & ((kinds == grain) | gaps))
    level.reported[reports.node[rows], reports.last[rows] // LENGTHS[grain] - level.start] = True


def _fill(level: Level, node: Ints, period: Ints, value: Any, estimated: Bools) -> None:
    at = node * level.value.shape[1] + period
    np.add.at(level.value.reshape(-1), at, value)
    level.known.reshape(-1)[at] = True
    level.flags.reshape(-1)[at[estimated]] = ESTIMATED
    level.choice.reshape(-1)[at] = OWN


def _climb(level: Level, places: Places) -> None:
    places.sum_up(level.value)
    places.sum_up(level.known, np.logical_or)
    if level.reported.any():
        places.sum_up(level.reported, np.logical_or)
    if level.flags.any():
        places.sum_up(level.flags, np.bitwise_or)
    level.choice[level.known & (level.choice == 0)] = BELOW


def plain_cumulative(
    reports: Reports,
    chosen: Bools,
    late: Bools,
    places: Places,
    ends: Ints,
    begun: Callable[[Level], None] | None = None,
) -> Level:
    """What each division has from the beginning of the year to the end of each of these months.

    A cumulative report is read as it stands; a reporter and cell without one for that month has
    the sum of what it reported so far. The columns follow `ends`.
    """
    level = Level.empty(len(places), 0, len(ends), reports.value.dtype)
    cumulative = reports.cumulative
    for column, end in enumerate(ends.tolist()):
        read, rows = cumulative_rows(reports, chosen, late, end)
        single = np.full(len(rows), column)
        _fill(level, reports.node[rows], single, reports.value[rows], reports.estimated[rows])
        single = np.full(len(read), column)
        _fill(level, cumulative.node[read], single, cumulative.value[read], cumulative.estimated[read])
    if begun is not None:
        begun(level)
    _climb(level, places)
    return level


def cumulative_rows(reports: Reports, chosen: Bools, late: Bools, end: int) -> tuple[Ints, Ints]:
    """The cumulative reports read for a month, and the reports summed for those who have none."""
    cumulative = reports.cumulative
    read = np.flatnonzero(late & (cumulative.last == end))
    inside = chosen & (reports.first >= end // 12 * 12) & (reports.last <= end)
    if len(read):
        owner = reports.node << 24 | reports.cell
        inside &= ~np.isin(owner, cumulative.node[read] << 24 | cumulative.cell[read])
    return read, np.flatnonzero(_longest(reports, inside, 3))
