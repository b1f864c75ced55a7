"""Levels that follow a correction: only the lines of the divisions it touched are summed again.

What a division has depends on what lies at and below it. So a correction changes the rows of the reporters that it
touched and of those above them, however many others there are: these are rolled up again, and what hangs below them
beside these lines has the rows that it had (see `rest`). Where a correction does more than that, where it reaches beyond
the years that there were or fills in other columns, all is rolled up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from libminsheng.engine.levels import Bools, Level, Patched
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.reported import ROOM, Series
from libminsheng.engine.reports import Reports
from libminsheng.engine.rest import Levels, NotKeptError, Rest, SoFar
from libminsheng.engine.standing import is_stacked
from libminsheng.engine.sums import Cell, Sums

__all__ = ["Extent", "Followed", "Line", "Renewal", "renew"]

_MOST_PATCHED: Final = 512
"""Divisions whose rows lie beside a level; where there are more, it is written anew."""

_MOST_ROWS: Final = 4096
"""Divisions that are looked up in such a level; who asks for more has it written anew."""


@dataclass(frozen=True)
class Extent:
    """Who reports, for which cells, how many reports there are at most, and how large they are."""

    reporters: Bools
    cells: frozenset[Cell]
    count: int
    largest: int

    @classmethod
    def of(cls, series: Series) -> Extent:
        """The extent of all that was reported."""
        reports = series.reports
        late = reports.cumulative
        reporters = np.zeros(len(series.places), np.bool_)
        reporters[reports.node] = True
        reporters[late.node] = True
        cells = np.zeros(len(series.sums.cells), np.bool_)
        cells[reports.cell] = cells[late.cell] = True
        largest = max(abs(int(reports.value.max())), abs(int(reports.value.min()))) if len(reports) else 0
        reported = frozenset(series.sums.cells[cell] for cell in np.flatnonzero(cells).tolist())
        return cls(reporters, reported, len(reports) + len(late.node), largest)


@dataclass(frozen=True)
class Line:
    """Divisions with all above them, and what hangs directly below these.

    nodes   the divisions and all above them
    every   these and those directly below them, by their places
    beside  where in `every` those are that are not among `nodes`
    places  `every` by themselves
    """

    nodes: Ints
    every: Ints
    beside: Ints
    places: Places

    @classmethod
    def of(cls, nodes: Ints, places: Places) -> Line:
        nodes = np.unique(np.concatenate([nodes, places.above_all(nodes)]))
        every = np.unique(np.concatenate([nodes, *(places.children(node) for node in nodes.tolist())]))
        above = places.parent[every]
        parent = np.where(above >= 0, np.searchsorted(every, above), -1)
        beside = np.flatnonzero(~np.isin(every, nodes))
        return cls(nodes, every, beside, Places(("",) * len(every), parent))


@dataclass(frozen=True)
class Renewal:
    """A family after a correction.

    line    the lines that were rolled up again
    few     what their divisions report, by the places of the line
    series  all of it
    moved   whether others report than before
    """

    line: Line
    few: Series
    series: Series
    moved: bool


class Followed(Series):
    """A family whose levels were taken over; its reports are read only where somebody wants them."""

    def __init__(
        self,
        before: Series,
        extent: Extent,
        levels: Levels,
        so_far: SoFar,
        whole: Callable[[], Series],
        *,
        plain: bool,
        wide: bool,
    ) -> None:
        self.__dict__.update(measure=before.measure, places=before.places, years=before.years, plain=plain)
        self.wide = wide
        """Whether values are Python's integers."""
        self.extent = extent
        self.whole = whole
        """Makes the family from everything that was reported."""
        self._patched = dict(levels)
        self._patched_so_far = dict(so_far)

    @property
    def entire(self) -> Series:
        if "_entire" not in self.__dict__:
            self.__dict__["_entire"] = self.whole()
        found: Series = self.__dict__["_entire"]
        return found

    def __getattr__(self, name: str) -> Any:
        if name not in ("reports", "sums", "rollup"):
            raise AttributeError(name)
        return getattr(self.entire, name)

    def level(self, cell: Cell, grain: int) -> Level:
        return _whole(self._patched, (cell, grain)) or self.entire.level(cell, grain)

    def cumulative(self, cell: Cell, ends: Ints) -> Level:
        return _whole(self._patched_so_far, (cell, tuple(ends.tolist()))) or self.entire.cumulative(cell, ends)

    def level_at(self, cell: Cell, grain: int, rows: Ints) -> tuple[Level, Ints]:
        return _some(self._patched.get((cell, grain)), rows) or (self.level(cell, grain), rows)

    def cumulative_at(self, cell: Cell, ends: Ints, rows: Ints) -> tuple[Level, Ints]:
        patched = self._patched_so_far.get((cell, tuple(ends.tolist())))
        return _some(patched, rows) or (self.cumulative(cell, ends), rows)

    def stretches(self) -> list[dict[Any, Any]]:
        entire = self.__dict__.get("_entire")
        return [self._patched_so_far, *([] if entire is None else entire.stretches())]

    def kept(self) -> tuple[Levels, SoFar]:
        levels, so_far = self._patched.copy(), self._patched_so_far.copy()
        entire = self.__dict__.get("_entire")
        if entire is not None and (entire.years, entire.reports.value.dtype == object) == (self.years, self.wide):
            more, more_so_far = entire.kept()
            levels = {**more, **levels}
            if entire.plain == self.plain:  # levels of a plain family do not tell who reported the year so far
                so_far = {**more_so_far, **so_far}
        return levels, so_far


def _whole(kept: dict[Any, Patched], key: Any) -> Level | None:
    """A level with all its rows in their place, and kept so."""
    found = kept.get(key)
    if found is not None and len(found.nodes):
        found = kept[key] = Patched.of(found.whole())
    return None if found is None else found.base


def _some(patched: Patched | None, rows: Ints) -> tuple[Level, Ints] | None:
    if patched is None or len(rows) > _MOST_ROWS:
        return None
    return patched.at(np.maximum(rows, 0)), np.where(rows >= 0, np.arange(len(rows)), -1)


def renew(
    before: Series, few: Reports, sums: Sums, line: Line, cells: frozenset[Cell], whole: Callable[[], Series]
) -> Renewal | None:
    """A family after a correction, if its levels can follow it.

    Parameters
    ----------
    few, sums
        What the divisions of the line report now, their places numbered as in `line.places`.
    cells
        The cells that anybody reports now.
    whole
        Makes the family from everything that was reported.
    """
    known = before.extent
    levels, so_far = before.kept()
    wide = _is_wide(levels, so_far)
    if (
        wide is None
        or not _reaches_no_further(before, few)
        or (cells != known.cells and not _simple(cells | known.cells))
    ):
        return None
    reporters = known.reporters.copy()
    reporters[line.nodes] = False
    reporters[line.every[few.node]] = True
    reporters[line.every[few.cumulative.node]] = True
    plain = before.plain and len(_patterns(cells)) <= 1 and not is_stacked(reporters, before.places)
    rest = Rest(line.beside, line.every[line.beside], levels, so_far, known.cells, cells, before.years, plain, wide)
    mine = Series(few, sums, line.places, before.measure, rest)
    own = Extent.of(mine)
    extent = Extent(reporters, cells, known.count + own.count, max(known.largest, own.largest))
    if not wide and (mine.reports.value.dtype == object or extent.largest * extent.count >= ROOM):
        return None
    for cell, grain in levels:
        _try(partial(mine.level, cell, grain))
    if plain or not before.plain:  # reports with gaps, of which plain levels know no more
        for cell, ends in so_far:
            _try(partial(mine.cumulative, cell, np.array(ends, np.int64)))
    fresh, fresh_so_far = mine.kept()
    after = Followed(
        before,
        extent,
        {key: _renewed(levels.get(key), level, line, len(before.places)) for key, level in fresh.items()},
        {key: _renewed(so_far.get(key), level, line, len(before.places)) for key, level in fresh_so_far.items()},
        whole,
        plain=plain,
        wide=wide,
    )
    return Renewal(line, mine, after, bool((reporters != known.reporters).any()))


def _reaches_no_further(before: Series, few: Reports) -> bool:
    first, last = few.years
    return first >= before.years[0] and last + (before.measure.time == "stock") <= before.years[1]


def _patterns(cells: Iterable[Cell]) -> set[tuple[bool, ...]]:
    """The sets of columns that cells fill in."""
    return {tuple(value is not None for value in cell) for cell in cells}


def _simple(cells: Iterable[Cell]) -> bool:
    """Whether all of them that fill in some columns fill in the same, so that others like them sum up by the same one."""
    return sum(any(pattern) for pattern in _patterns(cells)) <= 1


def _is_wide(levels: Levels, so_far: SoFar) -> bool | None:
    """Whether values are Python's integers; None where nothing is kept."""
    for kept in (*levels.values(), *so_far.values()):
        return bool(kept.base.value.dtype == object)
    return None


def _try(work: Callable[[], object]) -> None:
    """Roll up what can be; what else was kept is rolled up as a whole when it is asked for."""
    try:
        work()
    except NotKeptError:
        return


def _renewed(before: Patched | None, fresh: Patched, line: Line, count: int) -> Patched:
    """A level with these lines anew; where there was none, nobody else has anything."""
    level = fresh.base
    if before is None:
        nothing = Level.empty(count, level.start, level.stop, level.value.dtype, ranked=level.rank is not None)
        before = Patched.of(nothing)
    every = np.unique(np.concatenate([before.nodes, line.nodes]))
    few = before.at(every).with_rows(
        np.searchsorted(every, line.nodes), level.at(np.searchsorted(line.every, line.nodes))
    )
    after = Patched(before.base, every, few)
    return after if len(every) <= _MOST_PATCHED else Patched.of(after.whole())
