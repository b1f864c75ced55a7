"""Levels that follow a correction: only the lines of the divisions it touched are summed again.

Where reports are plain (no reporter above another, see `standing`), what a division has is the sum of what lies below
it. So a correction changes the rows of the reporters that it touched and of those above them, however many others there
are. Where it does more than that, where a reporter is new or gone or fills in other columns, all is rolled up again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from libminsheng.engine.levels import BELOW, Bools, Level, Patched
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.reported import ROOM, Series, cells_under
from libminsheng.engine.reports import Reports
from libminsheng.engine.standing import filled_columns, plain_cumulative, plain_level
from libminsheng.engine.sums import Cell, Family, Sums

__all__ = ["Extent", "Renewal", "renew"]

_MOST_PATCHED: Final = 512
"""Divisions whose rows lie beside a level; where there are more, it is written anew."""

_MOST_ROWS: Final = 4096
"""Divisions that are looked up in such a level; who asks for more has it written anew."""


@dataclass(frozen=True)
class Extent:
    """What tells whether a correction leaves a plain family as it is: who reports, in which columns, how much at most."""

    reporters: Bools
    pattern: int
    count: int
    largest: int

    @classmethod
    def of(cls, series: Series) -> Extent:
        """The extent of a family that is plain."""
        reports = series.reports
        late = reports.cumulative
        reporters = np.zeros(len(series.places), np.bool_)
        reporters[reports.node] = True
        reporters[late.node] = True
        cells = reports.cell if len(reports) else late.cell
        pattern = int(filled_columns(series.sums.cells)[cells[0]]) if len(cells) else 0
        return cls(reporters, pattern, len(reports) + len(late.node), _largest(reports))


def _largest(reports: Reports) -> int:
    if not len(reports):
        return 0
    return max(abs(int(reports.value.max())), abs(int(reports.value.min())))


@dataclass(frozen=True)
class Renewal:
    """A family after a correction: the places of the reporters touched, their reports by themselves, all of them."""

    nodes: Ints
    few: Series
    series: Series


class _Followed(Series):
    """A plain family whose levels were taken over; its reports are read only where somebody wants them."""

    def __init__(self, before: Series, extent: Extent, whole: Callable[[], Series]) -> None:
        self.__dict__.update(measure=before.measure, places=before.places, years=before.years, plain=True)
        self.extent = extent
        self._levels = {}
        self._so_far = {}
        self._whole = whole
        self.patched: dict[tuple[Cell, int], Patched] = {}
        self.patched_so_far: dict[tuple[Cell, tuple[int, ...]], Patched] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in ("reports", "sums", "rollup"):
            raise AttributeError(name)
        whole = self._whole()
        self.__dict__.update(reports=whole.reports, sums=whole.sums, rollup=whole.rollup)
        return self.__dict__[name]

    def level(self, cell: Cell, grain: int) -> Level:
        if (cell, grain) in self.patched:
            self._levels[cell, grain] = self.patched.pop((cell, grain)).whole()
        return super().level(cell, grain)

    def cumulative(self, cell: Cell, ends: Ints) -> Level:
        key = (cell, tuple(ends.tolist()))
        if key in self.patched_so_far:
            self._so_far[key] = self.patched_so_far.pop(key).whole()
        return super().cumulative(cell, ends)

    def level_at(self, cell: Cell, grain: int, rows: Ints) -> tuple[Level, Ints]:
        return _some(self.patched.get((cell, grain)), rows) or super().level_at(cell, grain, rows)

    def cumulative_at(self, cell: Cell, ends: Ints, rows: Ints) -> tuple[Level, Ints]:
        patched = self.patched_so_far.get((cell, tuple(ends.tolist())))
        return _some(patched, rows) or super().cumulative_at(cell, ends, rows)

    def kept(self) -> tuple[dict[tuple[Cell, int], Patched], dict[tuple[Cell, tuple[int, ...]], Patched]]:
        levels, so_far = super().kept()
        return levels | self.patched, so_far | self.patched_so_far


def _some(patched: Patched | None, rows: Ints) -> tuple[Level, Ints] | None:
    if patched is None or len(rows) > _MOST_ROWS:
        return None
    return patched.at(np.maximum(rows, 0)), np.where(rows >= 0, np.arange(len(rows)), -1)


def renew(before: Series, family: Family, few: Sums, nodes: Ints, whole: Callable[[], Series]) -> Renewal | None:
    """A family after a correction, if it is as plain as before.

    Parameters
    ----------
    few
        The sums of the divisions touched, as they are now.
    nodes
        The place of each of the divisions of `few`.
    whole
        Makes the series from everything that was reported.
    """
    if not before.plain or family not in few.families:
        return None
    alone = Places(tuple(str(number) for number in range(len(nodes))), np.full(len(nodes), -1))
    reports = Reports.of(few, family, before.measure, np.arange(len(nodes)))
    mine = Series(reports, few, alone, before.measure)
    extent = _extent(before, mine, nodes)
    if extent is None:
        return None
    after = _Followed(before, extent, whole)
    levels, so_far = before.kept()
    for (cell, grain), level in levels.items():
        chosen = cells_under(cell, few.cells)[mine.reports.cell]
        fresh = plain_level(mine.reports, chosen, alone, grain, before.years)
        after.patched[cell, grain] = _renewed(level, fresh, nodes, before.places)
    for (cell, ends), level in so_far.items():
        under = cells_under(cell, few.cells)
        late = under[mine.reports.cumulative.cell]
        fresh = plain_cumulative(mine.reports, under[mine.reports.cell], late, alone, np.array(ends, np.int64))
        after.patched_so_far[cell, ends] = _renewed(level, fresh, nodes, before.places)
    return Renewal(nodes, mine, after)


def _extent(before: Series, mine: Series, nodes: Ints) -> Extent | None:
    """The extent after a correction; None where the family may not be plain in the same way any more."""
    known = before.extent
    own = Extent.of(mine)
    cells = np.concatenate([mine.reports.cell, mine.reports.cumulative.cell])
    patterns = filled_columns(mine.sums.cells)[cells]
    first, last = mine.years
    count, largest = known.count + own.count, max(known.largest, own.largest)
    if (
        not own.reporters.all()
        or not known.reporters[nodes].all()
        or (patterns != known.pattern).any()
        or first < before.years[0]
        or last > before.years[1]
        or mine.reports.value.dtype == object
        or largest * count >= ROOM
    ):
        return None
    return replace(known, largest=largest)


def _renewed(level: Patched, fresh: Level, nodes: Ints, places: Places) -> Patched:
    """A level with the rows of these reporters, and of all above them, anew."""
    above = places.above_all(nodes)
    every = np.unique(np.concatenate([level.nodes, nodes, above]))
    few = level.at(every).with_rows(np.searchsorted(every, nodes), fresh)
    after = Patched(level.base, every, few)
    for node in above.tolist():
        children, row = after.at(places.children(node)), np.searchsorted(every, node)
        few.value[row] = children.value.sum(axis=0)
        few.known[row] = children.known.any(axis=0)
        few.flags[row] = np.bitwise_or.reduce(children.flags, axis=0)
        few.choice[row] = np.where(few.known[row], BELOW, 0)
    return after if len(every) <= _MOST_PATCHED else Patched.of(after.whole())
