"""Roll-up where reports stand above, below and beside each other.

For every division, period and cell one thing is chosen, and the rest follows from it:

1. the division's own report of this very cell and period;
2. its own cumulative reports, where a gap between two of them lies in the period;
3. its own reports of parts of the cell (men and women for a total), each part resolved here;
4. the sum of the divisions below, where one of them reported this very period;
5. the sum of the period's parts, each summed over divisions first.

A stock or a standard has no parts in time: its latest report counts, a stock's for up to twelve
months longer. An own value gives way to a more recent one below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np

from libminsheng.definitions.measure import Measure
from libminsheng.engine.latest import Candidates, candidates
from libminsheng.engine.levels import BELOW, ESTIMATED, FINER, GAPS, NOTHING, OWN, PARTS, Bools, Level
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.reports import GAP, LENGTHS, Reports, container
from libminsheng.engine.rest import NotKeptError, Rest
from libminsheng.engine.sums import Cell

__all__ = ["Rollup"]


class Rollup:
    """The levels of one family, cell by cell; each is computed once.

    Where the reports are of some of `places` only, the others have the rows that are known of the `rest`.
    """

    def __init__(
        self,
        reports: Reports,
        cells: tuple[Cell, ...],
        places: Places,
        measure: Measure,
        years: tuple[int, int],
        rest: Rest | None = None,
    ) -> None:
        self.reports: Final = reports
        self.cells: Final = cells if rest is None else (*cells, *(cell for cell in rest.cells if cell not in cells))
        self.rest: Final = rest
        self.places: Final = places
        self.measure: Final = measure
        self.years: Final = years
        self._flows: dict[Cell, list[Level]] = {}
        self._latest: dict[tuple[Cell, int], Level] = {}
        self.so_far: Final[dict[tuple[Cell, tuple[int, ...]], Level]] = {}
        """Levels from a year's beginning; whoever holds many may take some out."""

        self._order = np.argsort(reports.node, kind="stable")
        self._begin = np.searchsorted(reports.node[self._order], np.arange(len(places) + 1))

    @cached_property
    def _reported(self) -> list[int]:
        """The cells that were reported, by anybody."""
        reported = np.concatenate([self.reports.cell, self.reports.cumulative.cell])
        numbers: list[int] = np.unique(reported if self.rest is None else self.numbers(self.rest.cells)).tolist()
        return numbers

    def kept(self) -> tuple[dict[tuple[Cell, int], Level], dict[tuple[Cell, tuple[int, ...]], Level]]:
        """The levels that were computed, and those from a year's beginning."""
        flows = {
            (cell, grain): level for cell, levels in self._flows.copy().items() for grain, level in enumerate(levels)
        }
        return flows | self._latest, dict(self.so_far)

    def rows_of(self, node: int, number: Ints) -> Ints:
        """The reports that one division made of these cells."""
        rows = self._order[self._begin[node] : self._begin[node + 1]]
        return rows[np.isin(self.reports.cell[rows], number)]

    def level(self, cell: Cell, grain: int) -> Level:
        """What every division has of `cell` in every period of this grain."""
        if self.measure.time != "flow":
            if (cell, grain) not in self._latest:
                self._latest[cell, grain] = self._latest_level(cell, grain)
            return self._latest[cell, grain]
        levels = self._flows.setdefault(cell, [])
        while len(levels) <= grain:
            levels.append(self._flow_level(cell, len(levels)))
        return levels[grain]

    def under(self, cell: Cell) -> tuple[Ints, list[Cell]]:
        """The number of the cell itself if it was ever reported, and the reported cells that are parts of it."""
        exact, parts = [], []
        for number in self._reported:
            other = self.cells[number]
            if other == cell:
                exact.append(number)
            elif _is_part(other, cell):
                parts.append(other)
        return np.array(exact, np.int64), parts

    def numbers(self, cells: Iterable[Cell]) -> Ints:
        return np.array([self.cells.index(cell) for cell in cells], np.int64)

    def _empty(self, grain: int, *, ranked: bool = False) -> Level:
        length = LENGTHS[grain]
        start, stop = self.years[0] * 12 // length, (self.years[1] + 1) * 12 // length
        return Level.empty(len(self.places), start, stop, self.reports.value.dtype, ranked=ranked)

    def _flow_level(self, cell: Cell, grain: int) -> Level:
        reports, length = self.reports, LENGTHS[grain]
        number, parts = self.under(cell)
        level = self._empty(grain)
        rows = np.flatnonzero(np.isin(reports.cell, number) & (reports.grain == grain))
        at = reports.node[rows], reports.last[rows] // length - level.start
        _put(level, at, reports.value[rows], reports.estimated[rows], OWN)
        self._put_gaps(level, cell, number, grain)
        finer = Margins(self, cell, parts, grain) if parts else None
        if finer is not None:
            mine = np.isin(reports.cell, self.numbers(parts)) & (
                (reports.grain == grain) | ((reports.grain == GAP) & (container(reports.first, reports.last) == grain))
            )
            reported = np.zeros_like(level.known)
            reported[reports.node[mine], reports.last[mine] // length - level.start] = True
            _take(level, finer.level, reported & (level.choice == NOTHING), FINER)
        level.reported = level.choice != NOTHING
        if self.rest is not None:
            self.rest.put(level, cell, grain)
        sums = _Below(level, self.places, "sum", self.rest)
        pieces = _merged_in_time(self.level(cell, grain - 1), LENGTHS[grain] // LENGTHS[grain - 1]) if grain else None
        for nodes in sums.climb():
            open_ = level.choice[nodes] == NOTHING
            below = open_ & (sums.reported[nodes] if pieces is not None else sums.known[nodes] | sums.mixed[nodes])
            _take(level, sums, below, BELOW, nodes)
            level.reported[nodes] |= sums.reported[nodes]
            if pieces is not None:
                _take(level, pieces, open_ & ~below & (pieces.known | pieces.mixed)[nodes], PARTS, nodes)
        return level

    def _put_gaps(self, level: Level, cell: Cell, number: Ints, grain: int) -> None:
        """Where a division's cumulative reports leave a gap in a period: the gaps and the other longest parts."""
        reports, length = self.reports, LENGTHS[grain]
        home = container(reports.first, reports.last) == grain
        gaps = np.flatnonzero(np.isin(reports.cell, number) & (reports.grain == GAP) & home)
        for node, period in sorted({(int(reports.node[row]), int(reports.last[row]) // length) for row in gaps}):
            at = (node, period - level.start)
            if level.choice[at] == NOTHING:
                first, last = period * length, (period + 1) * length - 1
                rows = self.open_gaps(number, node, first, last, of_period=True)
                self._put_pieces(level, at, cell, rows, (first, last, grain - 1))

    def _put_pieces(
        self, level: Level, at: tuple[int, int], cell: Cell, rows: list[int], span: tuple[int, int, int]
    ) -> None:
        """A division's gaps in a span, and the longest periods around them."""
        total = sum(int(self.reports.value[row]) for row in rows)
        flags = ESTIMATED if self.reports.estimated[rows].any() else 0
        for grain, period in self.around(rows, *span):
            lower = self.level(cell, grain)
            column = period - lower.start
            if 0 <= column < lower.value.shape[1] and lower.known[at[0], column]:
                total += int(lower.value[at[0], column])
                flags |= int(lower.flags[at[0], column])
        level.value[at], level.known[at], level.flags[at], level.choice[at] = total, True, flags, GAPS

    def _home(self, row: int) -> tuple[int, int]:
        """The first and last month of the smallest calendar period that contains a report."""
        first, last = self.reports.first[[row]], self.reports.last[[row]]
        length = LENGTHS[int(container(first, last)[0])]
        start = int(first[0]) // length * length
        return start, start + length - 1

    def open_gaps(self, number: Ints, node: int, first: int, last: int, *, of_period: bool) -> list[int]:
        """A division's own gaps that no smaller calendar period between two months takes in.

        The months are those of a calendar period, or of the year so far. Where such a gap touches the period that another gap lies in, that one is open too.
        """
        reports = self.reports
        mine = self.rows_of(node, number)
        inside = (reports.grain[mine] == GAP) & (reports.first[mine] >= first) & (reports.last[mine] <= last)
        rows = mine[inside].tolist()
        homes = {row: self._home(row) for row in rows}
        found = [
            row
            for row, (start, end) in homes.items()
            if not (first <= start and end <= last) or (of_period and (start, end) == (first, last))
        ]
        while True:
            spans = [(int(reports.first[row]), int(reports.last[row])) for row in found]
            cut = [
                row
                for row in rows
                if row not in found and any(homes[row][0] <= end and start <= homes[row][1] for start, end in spans)
            ]
            if not cut:
                return found
            found += cut

    def around(self, rows: list[int], first: int, last: int, grain: int) -> Iterator[tuple[int, int]]:
        """The longest calendar periods from month `first` to `last` that no gap among `rows` touches."""
        spans = [(int(self.reports.first[row]), int(self.reports.last[row])) for row in rows]
        month = first
        while month <= last:
            for size in range(grain, -1, -1):
                end = month + LENGTHS[size] - 1
                free = all(end < start or month > stop for start, stop in spans)
                if month % LENGTHS[size] == 0 and end <= last and free:
                    yield size, month // LENGTHS[size]
                    month = end + 1
                    break
            else:
                month += 1

    def cumulative(self, cell: Cell, ends: Ints) -> Level:
        """What every division has from the beginning of the year to the end of each of these months."""
        key = (cell, tuple(ends.tolist()))
        found = self.so_far.get(key)
        if found is None:
            found = self.so_far[key] = self._cumulative_level(cell, ends)
        return found

    def _cumulative_level(self, cell: Cell, ends: Ints) -> Level:
        late = self.reports.cumulative
        number, parts = self.under(cell)
        level = Level.empty(len(self.places), 0, len(ends), self.reports.value.dtype)
        for column, end in enumerate(ends.tolist()):
            rows = np.flatnonzero(np.isin(late.cell, number) & (late.last == end))
            _put(level, (late.node[rows], np.full(len(rows), column)), late.value[rows], late.estimated[rows], OWN)
        self._put_gaps_so_far(level, cell, number, ends)
        if parts:
            margins = Margins(self, cell, parts, 0, ends)
            reported = self._reported_so_far(self.numbers(parts), ends)
            _take(level, margins.level, reported & (level.choice == NOTHING), FINER)
        level.reported = level.choice != NOTHING
        if self.rest is not None:
            self.rest.put_so_far(level, cell, tuple(ends.tolist()))
        sums = _Below(level, self.places, "sum", self.rest)
        pieces = self._so_far(cell, ends)
        for nodes in sums.climb():
            open_ = level.choice[nodes] == NOTHING
            below = open_ & sums.reported[nodes]
            _take(level, sums, below, BELOW, nodes)
            level.reported[nodes] |= sums.reported[nodes]
            _take(level, pieces, open_ & ~below & (pieces.known | pieces.mixed)[nodes], PARTS, nodes)
        return level

    def _put_gaps_so_far(self, level: Level, cell: Cell, number: Ints, ends: Ints) -> None:
        """The same from the year's beginning to each month, where the division reported no cumulative value for it."""
        gaps = np.isin(self.reports.cell, number) & (self.reports.grain == GAP)
        for column, end in enumerate(ends.tolist()):
            first = end // 12 * 12
            inside = gaps & (self.reports.first >= first) & (self.reports.last <= end)
            for node in np.unique(self.reports.node[inside]).tolist():
                rows = self.open_gaps(number, node, first, end, of_period=False)
                if rows and level.choice[node, column] == NOTHING:
                    self._put_pieces(level, (node, column), cell, rows, (first, end, 3))

    def _reported_so_far(self, numbers: Ints, ends: Ints) -> Bools:
        """Where a division itself reported, for one of these cells, the year up to a month, or a gap open there."""
        reported = np.zeros((len(self.places), len(ends)), np.bool_)
        late = self.reports.cumulative
        mine = np.isin(late.cell, numbers)
        for column, end in enumerate(ends.tolist()):
            reported[late.node[mine & (late.last == end)], column] = True
            for number in numbers.tolist():
                gaps = (self.reports.cell == number) & (self.reports.grain == GAP) & (self.reports.last <= end)
                for node in np.unique(self.reports.node[gaps]).tolist():
                    one = np.array([number])
                    if self.open_gaps(one, node, end // 12 * 12, end, of_period=False):
                        reported[node, column] = True
        return reported

    def _so_far(self, cell: Cell, ends: Ints) -> Level:
        """The sum of the longest parts of the year up to each month."""
        level = Level.empty(len(self.places), 0, len(ends), self.reports.value.dtype)
        for column, end in enumerate(ends.tolist()):
            self._add_parts(level, column, cell, self.around([], end // 12 * 12, end, 3))
        level.known &= ~level.mixed
        return level

    def _add_parts(self, level: Level, column: int, cell: Cell, parts: Iterator[tuple[int, int]]) -> None:
        for grain, period in parts:
            lower = self.level(cell, grain)
            at = period - lower.start
            if 0 <= at < lower.value.shape[1]:
                level.value[:, column] += lower.value[:, at]
                level.known[:, column] |= lower.known[:, at]
                level.mixed[:, column] |= lower.mixed[:, at]
                level.flags[:, column] |= lower.flags[:, at]

    def candidates(self, numbers: Ints, level: Level, grain: int) -> Candidates:
        """The latest own report of these cells, for each division and period of a level."""
        carry = 12 if self.measure.time == "stock" else 0
        return candidates(self.reports, np.isin(self.reports.cell, numbers), level, LENGTHS[grain], carry)

    def _latest_level(self, cell: Cell, grain: int) -> Level:
        number, parts = self.under(cell)
        level = self._empty(grain, ranked=True)
        found = self.candidates(number, level, grain)
        if parts:
            finer = self.candidates(self.numbers(parts), level, grain).rank
        else:
            finer = np.full(level.value.shape, -1)
        margins = Margins(self, cell, parts, grain).level if parts else None
        combine = "sum" if self.measure.time == "stock" else "common"
        if self.rest is not None:
            self.rest.put(level, cell, grain)
        sums = _Below(level, self.places, combine, self.rest)
        assert level.rank is not None
        assert sums.rank is not None
        for nodes in sums.climb():
            own, part, below = found.rank[nodes], finer[nodes], sums.rank[nodes]
            stands = (own >= 0) & (own >> 3 >= below >> 3)
            at = np.nonzero(stands)
            rows = found.row[nodes][at]
            where = (nodes[at[0]], at[1])
            level.value[where] = self.reports.value[rows]
            level.known[where] = True
            level.choice[where] = OWN
            level.flags[where] = np.where(self.reports.estimated[rows], ESTIMATED, 0) | found.carried[where]
            if margins is not None:
                _take(level, margins, (own < 0) & (part >= 0) & (part >> 3 >= below >> 3), FINER, nodes)
            open_ = level.choice[nodes] == NOTHING
            _take(level, sums, open_ & (below >= 0), BELOW, nodes)
            level.rank[nodes] = np.maximum(np.maximum(own, part), below)
        return level


def _is_part(cell: Cell, whole: Cell) -> bool:
    """Whether a cell fills in more columns than `whole` and agrees with it in the others."""
    return cell != whole and all(mine is None or mine == theirs for mine, theirs in zip(whole, cell, strict=True))


class Margins:
    """A cell as the sum of its parts, column by column; where two margins differ it is mixed."""

    def __init__(self, rollup: Rollup, cell: Cell, parts: list[Cell], grain: int, ends: Ints | None = None) -> None:
        self._rollup, self._cell, self._parts, self._grain, self._ends = rollup, cell, parts, grain, ends
        general = [part for part in parts if not any(_is_part(part, other) for other in parts)]
        open_ = [a for a, value in enumerate(cell) if value is None and any(part[a] is not None for part in general)]
        whole = [a for a in open_ if all(part[a] is not None for part in general)]
        self.columns: Final = whole[:1] or open_
        if rollup.rest is not None and len(self.columns) > 1:
            raise NotKeptError  # who reported what beside a margin is known of the levels' own reports only
        self._sums = [self._margin(column) for column in self.columns]
        self.level: Final = self._sums[0] if len(self._sums) == 1 else self._agreed(self._sums)

    def cells(self, column: int) -> list[Cell]:
        """The cells that the margin over a column sums."""
        values = sorted({part[column] for part in self._parts if part[column] is not None}, key=str)
        return [(*self._cell[:column], value, *self._cell[column + 1 :]) for value in values]

    def used(self, node: int, column: int) -> list[Cell]:
        """The parts that a value was summed from, at one division and one of the level's periods."""
        for margin, over in zip(self._sums, self.columns, strict=True):
            if margin.known[node, column] and margin.value[node, column] == self.level.value[node, column]:
                return self.cells(over)
        return []

    def _levels(self, column: int) -> list[Level]:
        if self._ends is not None:
            return [self._rollup.cumulative(cell, self._ends) for cell in self.cells(column)]
        return [self._rollup.level(cell, self._grain) for cell in self.cells(column)]

    def _margin(self, column: int) -> Level:
        levels = self._levels(column)
        common = self._rollup.measure.time == "standard"
        total = Level.empty(levels[0].value.shape[0], levels[0].start, levels[0].stop, levels[0].value.dtype)
        for level in levels:
            if common:
                total.mixed |= total.known & level.known & (total.value != level.value)
                total.value = np.where(level.known, level.value, total.value)
            else:
                total.value = total.value + level.value
            total.known |= level.known
            total.mixed |= level.mixed
            total.flags |= level.flags
        total.known &= ~total.mixed
        return total

    def _agreed(self, sums: list[Level]) -> Level:
        """The margins' common value; one that leaves no report out goes before those that do."""
        left_out = np.stack([self._left_out(column) for column in self.columns])
        present = np.stack([margin.known | margin.mixed for margin in sums])
        complete = present & ~left_out
        use = np.where(complete.any(axis=0), complete & (np.cumsum(complete, axis=0) == 1), present)
        agreed = Level.empty(sums[0].value.shape[0], sums[0].start, sums[0].stop, sums[0].value.dtype)
        for margin, used in zip(sums, use, strict=True):
            agreed.mixed |= used & (margin.mixed | (agreed.known & (agreed.value != margin.value)))
            agreed.value = np.where(used & margin.known, margin.value, agreed.value)
            agreed.known |= used & margin.known
            agreed.flags |= np.where(used, margin.flags, 0).astype(np.uint8)
        agreed.known &= ~agreed.mixed
        return agreed

    def _left_out(self, column: int) -> Bools:
        """Where a report that is blank in this column bears on the value, so that the margin misses it."""
        rollup = self._rollup
        reports = rollup.reports
        blank = rollup.numbers([part for part in self._parts if part[column] is None])
        rows = np.flatnonzero(np.isin(reports.cell, blank))
        years = rollup.years
        months = np.zeros((len(rollup.places), (years[1] - years[0] + 1) * 12), np.bool_)
        months[reports.node[rows], reports.last[rows] - years[0] * 12] = True
        rollup.places.sum_up(months, np.logical_or)
        if self._ends is not None:
            firsts, lasts = self._ends // 12 * 12, self._ends
        else:
            length = LENGTHS[self._grain]
            firsts = np.arange(years[0] * 12, (years[1] + 1) * 12, length)
            lasts = firsts + length - 1
            if rollup.measure.time == "stock":
                firsts = lasts - 12
        seen = np.concatenate([np.zeros((len(months), 1), np.int64), np.cumsum(months, axis=1)], axis=1)
        low = np.clip(firsts - years[0] * 12, 0, months.shape[1])
        high = np.clip(lasts - years[0] * 12 + 1, 0, months.shape[1])
        out: Bools = seen[:, high] > seen[:, low]
        return out


class _Below(Level):
    """What lies below each division, joined as the climb goes up."""

    def __init__(self, level: Level, places: Places, combine: str, rest: Rest | None) -> None:
        empty = Level.empty(len(level.value), level.start, level.stop, level.value.dtype, ranked=level.rank is not None)
        super().__init__(**vars(empty))
        self._level, self._places, self._combine = level, places, combine
        self._open = np.ones(len(places), np.bool_)
        if rest is not None:
            self._open[rest.nodes] = False

    def climb(self) -> Iterator[Ints]:
        """The divisions of each depth, deepest first, but for those that are known; what the caller settles for them
        counts above them.
        """
        places, level = self._places, self._level
        depth = places.depth
        steps = {int(depth[nodes[0]]): (nodes, starts, parents) for nodes, starts, parents in places.steps()}
        for current in range(int(depth.max(initial=0)), -1, -1):
            yield np.flatnonzero((depth == current) & self._open)
            if current:
                nodes, starts, parents = steps[current]
                self._join(level, nodes, starts, parents)

    def _join(self, level: Level, nodes: Ints, starts: Ints, parents: Ints) -> None:
        def joined(values: Any, ufunc: np.ufunc) -> Any:
            return ufunc.reduceat(values[nodes], starts, axis=0)

        self.known[parents] = joined(level.known, np.logical_or)
        self.mixed[parents] = joined(level.mixed, np.logical_or)
        self.flags[parents] = joined(level.flags, np.bitwise_or)
        self.reported[parents] = joined(level.reported, np.logical_or)
        if self.rank is not None and level.rank is not None:
            self.rank[parents] = joined(level.rank, np.maximum)
        if self._combine == "sum":
            self.value[parents] = joined(level.value, np.add)
        else:
            beyond = 10**40 if level.value.dtype == object else 1 << 62
            least = joined(np.where(level.known, level.value, beyond), np.minimum)
            most = joined(np.where(level.known, level.value, -beyond), np.maximum)
            self.mixed[parents] |= self.known[parents] & (least != most)
            self.value[parents] = np.where(self.known[parents], most, 0)
        self.known[parents] &= ~self.mixed[parents]


def _put(level: Level, at: tuple[Ints, Ints], value: Any, estimated: Bools, choice: int) -> None:
    level.value[at] = value
    level.known[at] = True
    level.flags[at] = np.where(estimated, ESTIMATED, 0)
    level.choice[at] = choice


def _take(level: Level, source: Level, chosen: Bools, choice: int, nodes: Ints | None = None) -> None:
    """Copy what `source` has where it is chosen; `chosen` has a row for each of `nodes`."""
    rows, columns = np.nonzero(chosen)
    if nodes is not None:
        rows = nodes[rows]
    at = (rows, columns)
    level.value[at] = source.value[at]
    level.known[at] = source.known[at]
    level.mixed[at] = source.mixed[at]
    level.flags[at] = source.flags[at]
    level.choice[at] = choice


def _merged_in_time(finer: Level, count: int) -> Level:
    """The sums of `count` periods each."""

    def merged(values: Any) -> Any:
        return values.reshape(values.shape[0], -1, count)

    total = Level.empty(len(finer.value), finer.start // count, finer.stop // count, finer.value.dtype)
    total.value = merged(finer.value).sum(axis=2)
    total.known = merged(finer.known).any(axis=2)
    total.mixed = merged(finer.mixed).any(axis=2)
    total.flags = np.bitwise_or.reduce(merged(finer.flags), axis=2)
    total.known &= ~total.mixed
    return total
