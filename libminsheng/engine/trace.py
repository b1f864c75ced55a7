"""Which reports a value was summed from: the choices that roll-up made, followed back down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from libminsheng.engine.latest import Candidates
from libminsheng.engine.levels import BELOW, CARRIED, FINER, GAPS, OWN, PARTS
from libminsheng.engine.places import Ints
from libminsheng.engine.reported import Series, Times
from libminsheng.engine.reports import LENGTHS
from libminsheng.engine.rollup import Margins
from libminsheng.engine.standing import cumulative_rows, standing
from libminsheng.engine.sums import Cell

__all__ = ["Contribution", "trace"]


@dataclass(frozen=True)
class Contribution:
    """One report that stands in a value: an entry of the sums, less an earlier cumulative one.

    `value` counts the measure's smallest unit.
    """

    source: int
    less: int
    value: int
    carried: bool = False
    cumulative: bool = False


def trace(series: Series, cell: Cell, times: Times, node: int) -> list[Contribution]:
    """The reports that stand in a cell's value for one division and the first of `times`."""
    series = series.entire
    if series.plain:
        return list(_plain(series, cell, times, node))
    walk = _Walk(series)
    if times.cumulative:
        return list(walk.so_far(cell, int(times.last[0]), node))
    return list(walk.at(cell, times.grain, int(times.periods[0]), node))


def _plain(series: Series, cell: Cell, times: Times, node: int) -> Iterator[Contribution]:
    reports, under, below = series.reports, series.under(cell), series.places.below(node)
    chosen = under[reports.cell] & below[reports.node]
    if times.cumulative:
        late = reports.cumulative
        read, rows = cumulative_rows(reports, chosen, under[late.cell] & below[late.node], int(times.last[0]))
        for row in read.tolist():
            yield Contribution(int(late.source[row]), -1, int(late.value[row]), cumulative=True)
    else:
        inside = reports.last // LENGTHS[times.grain] == times.periods[0]
        rows = np.flatnonzero(standing(reports, times.grain) & chosen & inside)
    for row in rows.tolist():
        yield _report(series, row)


def _report(series: Series, row: int, *, carried: bool = False) -> Contribution:
    reports = series.reports
    return Contribution(int(reports.source[row]), int(reports.less[row]), int(reports.value[row]), carried)


class _Walk:
    """Back down the choices of one family's roll-up."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._rollup = series.rollup
        self._below: dict[int, list[int]] = {}
        for child, parent in enumerate(series.places.parent.tolist()):
            self._below.setdefault(parent, []).append(child)
        self._exact: dict[Cell, Ints] = {}
        self._found: dict[tuple[Cell, int], Candidates] = {}

    def _children(self, node: int) -> list[int]:
        return self._below.get(node, [])

    def _number(self, cell: Cell) -> Ints:
        """The number of the cell itself."""
        if cell not in self._exact:
            self._exact[cell] = self._rollup.under(cell)[0]
        return self._exact[cell]

    def _candidates(self, cell: Cell, grain: int) -> Candidates:
        if (cell, grain) not in self._found:
            level = self._rollup.level(cell, grain)
            self._found[cell, grain] = self._rollup.candidates(self._number(cell), level, grain)
        return self._found[cell, grain]

    def at(self, cell: Cell, grain: int, period: int, node: int) -> Iterator[Contribution]:
        """What stands in the value of a division's period."""
        rollup, reports = self._rollup, self._series.reports
        level = rollup.level(cell, grain)
        column = period - level.start
        if not (0 <= column < level.value.shape[1] and level.known[node, column]):
            return
        choice = int(level.choice[node, column])
        length = LENGTHS[grain]
        if choice == OWN and level.rank is not None:
            found = self._candidates(cell, grain)
            carried = bool(found.carried[node, column] & CARRIED)
            yield _report(self._series, int(found.row[node, column]), carried=carried)
        elif choice == OWN:
            mine = rollup.rows_of(node, self._number(cell))
            for row in mine[(reports.grain[mine] == grain) & (reports.last[mine] // length == period)].tolist():
                yield _report(self._series, row)
        elif choice == GAPS:
            first, last = period * length, (period + 1) * length - 1
            rows = rollup.open_gaps(self._number(cell), node, first, last, of_period=True)
            yield from self._pieces(cell, rows, first, last, grain - 1, node)
        elif choice == FINER:
            margins = Margins(rollup, cell, rollup.under(cell)[1], grain)
            for part in margins.used(node, column):
                yield from self.at(part, grain, period, node)
        elif choice == BELOW:
            for child in self._children(node):
                yield from self.at(cell, grain, period, child)
        elif choice == PARTS:
            ratio = length // LENGTHS[grain - 1]
            for part_period in range(period * ratio, (period + 1) * ratio):
                yield from self.at(cell, grain - 1, part_period, node)

    def _pieces(
        self, cell: Cell, rows: list[int], first: int, last: int, grain: int, node: int
    ) -> Iterator[Contribution]:
        """Gaps and the longest periods around them."""
        for row in rows:
            yield _report(self._series, row)
        for size, period in self._rollup.around(rows, first, last, grain):
            yield from self.at(cell, size, period, node)

    def so_far(self, cell: Cell, end: int, node: int) -> Iterator[Contribution]:
        """What stands in the value from the year's beginning to a month's end."""
        rollup, reports = self._rollup, self._series.reports
        ends = np.array([end])
        level = rollup.cumulative(cell, ends)
        choice = int(level.choice[node, 0])
        if not level.known[node, 0]:
            return
        if choice == OWN:
            late = reports.cumulative
            for row in np.flatnonzero(
                np.isin(late.cell, self._number(cell)) & (late.node == node) & (late.last == end)
            ).tolist():
                yield Contribution(int(late.source[row]), -1, int(late.value[row]), cumulative=True)
        elif choice == FINER:
            for part in Margins(rollup, cell, rollup.under(cell)[1], 0, ends).used(node, 0):
                yield from self.so_far(part, end, node)
        elif choice == BELOW:
            for child in self._children(node):
                yield from self.so_far(cell, end, child)
        elif choice == GAPS:
            rows = rollup.open_gaps(self._number(cell), node, end // 12 * 12, end, of_period=False)
            yield from self._pieces(cell, rows, end // 12 * 12, end, 3, node)
        elif choice == PARTS:
            yield from self._pieces(cell, [], end // 12 * 12, end, 3, node)
