"""The mean of a standard over those who reported it, weighed by heads."""

from __future__ import annotations

from typing import Any

import numpy as np

from libminsheng.engine.levels import FINER, GAPS, OWN, PARTS, Bools
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
    price = _Side(standard, cells[0], times.grain, periods, shape)
    count = _Side(heads, cells[1], times.grain, periods, shape)
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

    def __init__(self, series: Series, cell: Cell, grain: int, periods: Ints, shape: tuple[int, int]) -> None:
        level = series.level(cell, grain)
        columns, inside = level.columns(periods)
        if level.value.shape[1] == 0:
            self.value: Any = np.zeros(shape, np.int64)
            self.known = self.there = np.zeros(shape, np.bool_)
            self._itself = self.known
            return
        self.value = np.where(inside, level.value[:, columns], 0)
        self.known = level.known[:, columns] & inside
        self.there = (level.known | level.mixed)[:, columns] & inside
        self._itself = _reported_itself(series, cell, grain)[:, columns] & inside

    def own(self, places: Any) -> Bools:
        """Where a division reported it itself, or nobody below it did."""
        below = self.there
        children = np.zeros_like(below)
        for nodes, starts, parents in places.steps():
            children[parents] = np.logical_or.reduceat(below[nodes], starts, axis=0)
        own: Bools = self.there & (self._itself | ~children)
        return own


def _reported_itself(series: Series, cell: Cell, grain: int) -> Bools:
    """Where a division's value rests on its own report, of the whole period or of one of its parts."""
    level = series.level(cell, grain)
    itself: Bools = np.isin(level.choice, (OWN, GAPS, FINER))
    parts = level.choice == PARTS
    if parts.any():
        finer = _reported_itself(series, cell, grain - 1)
        itself |= parts & finer.reshape(len(finer), -1, finer.shape[1] // max(level.choice.shape[1], 1)).any(axis=2)
    return itself


def _fits(price: Any, count: Any, places: int) -> bool:
    def most(values: Any) -> int:
        return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0

    return most(price) * most(count) * places < 1 << 62
