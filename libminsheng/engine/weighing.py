"""The mean of a standard over those who reported it, weighed by heads."""

from __future__ import annotations

from typing import Any

import numpy as np

from libminsheng.engine.levels import FINER, GAPS, OWN, Bools, Level
from libminsheng.engine.places import Ints
from libminsheng.engine.reported import Series, Times
from libminsheng.engine.sums import Cell

__all__ = ["weigh"]


def weigh(
    standard: Series, heads: Series, cells: tuple[Cell, Cell], times: Times, rows: Ints
) -> tuple[Any, Any, Bools, Bools]:
    """Σ(standard × heads) and Σ heads over the reporters; where there is such a pair; where one cannot be added.

    A division that reported the standard itself weighs it by its heads; one that reported only
    heads, by the standard that all below it share; any other is the sum of those below it.
    """
    places = standard.places
    periods, back = np.unique(times.periods, return_inverse=True)
    shape = (len(places), len(periods))
    price = _Side(standard.level(cells[0], times.grain), periods, shape)
    count = _Side(heads.level(cells[1], times.grain), periods, shape)
    there = price.there & count.there
    own = there & (price.own(places) | (count.own(places) & price.known))
    broken = own & ~(price.known & count.known)
    wide = object in (price.value.dtype, count.value.dtype) or not _fits(price.value, count.value, len(places))
    value = price.value.astype(object) if wide else price.value
    top = np.where(own & ~broken, value * count.value, 0)
    bottom = np.where(own & ~broken, count.value, 0)
    paired = own.copy()
    for nodes, starts, parents in places.steps():
        free = ~own[parents]
        top[parents] += np.where(free, np.add.reduceat(top[nodes], starts, axis=0), 0)
        bottom[parents] += np.where(free, np.add.reduceat(bottom[nodes], starts, axis=0), 0)
        paired[parents] |= free & np.logical_or.reduceat(paired[nodes], starts, axis=0)
        broken[parents] |= free & np.logical_or.reduceat(broken[nodes], starts, axis=0)
    pick = np.ix_(np.maximum(rows, 0), back)
    here = (rows >= 0)[:, None]
    return top[pick], bottom[pick], paired[pick] & here, broken[pick] & here


class _Side:
    """One of the two operands over the periods asked for."""

    def __init__(self, level: Level, periods: Ints, shape: tuple[int, int]) -> None:
        columns, inside = level.columns(periods)
        if level.value.shape[1] == 0:
            self.value: Any = np.zeros(shape, np.int64)
            self.known = self.there = np.zeros(shape, np.bool_)
            self._itself = self.known
            return
        self.value = np.where(inside, level.value[:, columns], 0)
        self.known = level.known[:, columns] & inside
        self.there = (level.known | level.mixed)[:, columns] & inside
        self._itself = np.isin(level.choice[:, columns], (OWN, GAPS, FINER))

    def own(self, places: Any) -> Bools:
        """Where a division reported it itself, or nobody below it did."""
        below = self.there
        children = np.zeros_like(below)
        for nodes, starts, parents in places.steps():
            children[parents] = np.logical_or.reduceat(below[nodes], starts, axis=0)
        own: Bools = self.there & (self._itself | ~children)
        return own


def _fits(price: Any, count: Any, places: int) -> bool:
    def most(values: Any) -> int:
        return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0

    return most(price) * most(count) * places < 1 << 62
