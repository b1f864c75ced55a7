"""Levels that follow a correction: only the lines of the divisions it touched are summed again.

Where reports are plain (no reporter above another, see `standing`), what a division has is the sum of what lies below
it. So a correction changes the rows of the reporters that it touched and of those above them, however many others there
are. Where it does more than that, where a reporter is new or gone or fills in other columns, all is rolled up again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from libminsheng.engine.levels import BELOW, Bools, Level
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.reported import ROOM, Series, cells_under
from libminsheng.engine.reports import Reports
from libminsheng.engine.standing import filled_columns, plain_cumulative, plain_level
from libminsheng.engine.sums import Family, Sums

__all__ = ["Extent", "Renewal", "renew"]


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

    def __getattr__(self, name: str) -> Any:
        if name not in ("reports", "sums", "rollup"):
            raise AttributeError(name)
        whole = self._whole()
        self.__dict__.update(reports=whole.reports, sums=whole.sums, rollup=whole.rollup)
        return self.__dict__[name]


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
    for (cell, grain), level in before._levels.items():
        chosen = cells_under(cell, few.cells)[mine.reports.cell]
        fresh = plain_level(mine.reports, chosen, alone, grain, before.years)
        after._levels[cell, grain] = _joined(level, fresh, nodes, before.places)
    for (cell, ends), level in before._so_far.items():
        under = cells_under(cell, few.cells)
        late = under[mine.reports.cumulative.cell]
        fresh = plain_cumulative(mine.reports, under[mine.reports.cell], late, alone, np.array(ends, np.int64))
        after._so_far[cell, ends] = _joined(level, fresh, nodes, before.places)
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


def _joined(level: Level, fresh: Level, nodes: Ints, places: Places) -> Level:
    """A level with the rows of these reporters, and of all above them, anew."""
    value, known, flags, choice = level.value.copy(), level.known.copy(), level.flags.copy(), level.choice.copy()
    value[nodes], known[nodes], flags[nodes], choice[nodes] = fresh.value, fresh.known, fresh.flags, fresh.choice
    for node in places.above_all(nodes).tolist():
        children = places.children(node)
        value[node] = value[children].sum(axis=0)
        known[node] = known[children].any(axis=0)
        flags[node] = np.bitwise_or.reduce(flags[children], axis=0)
        choice[node] = np.where(known[node], BELOW, 0)
    return replace(level, value=value, known=known, flags=flags, choice=choice)
