"""What every division has at every period of one length: the shape that roll-up produces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.engine.places import Ints

__all__ = [
    "BELOW",
    "CARRIED",
    "ESTIMATED",
    "FINER",
    "GAPS",
    "NOTHING",
    "OWN",
    "PARTS",
    "Level",
    "Patched",
]

NOTHING: Final = 0
OWN: Final = 1
GAPS: Final = 2
FINER: Final = 3
BELOW: Final = 4
PARTS: Final = 5
"""Where a value comes from: the division's own report; its own cumulative reports with a gap;
its own reports of parts of the total; the divisions below it; the parts of the period."""

CARRIED: Final = 1
ESTIMATED: Final = 2

Bools = npt.NDArray[np.bool_]


@dataclass
class Level:
    """Divisions × periods of one length, the first of which has the number `start`.

    value      whole numbers of the measure's smallest unit; 0 where there is none
    known      whether there is a value
    mixed      there are values, but they cannot be added (`not_additive`)
    flags      CARRIED and ESTIMATED, of any report that stands in the value
    choice     where the value comes from
    reported   whether the division or one below it reported this very period
    rank       how recent the value is (stocks and standards): 8 × last month + grain
    """

    start: int
    value: npt.NDArray[Any]
    known: Bools
    mixed: Bools
    flags: npt.NDArray[np.uint8]
    choice: npt.NDArray[np.uint8]
    reported: Bools
    rank: Ints | None = None

    @classmethod
    def empty(cls, places: int, start: int, stop: int, dtype: Any, *, ranked: bool = False) -> Level:
        shape = (places, max(stop - start, 0))
        return cls(
            start,
            np.zeros(shape, dtype),
            np.zeros(shape, np.bool_),
            np.zeros(shape, np.bool_),
            np.zeros(shape, np.uint8),
            np.zeros(shape, np.uint8),
            np.zeros(shape, np.bool_),
            np.full(shape, -1, np.int64) if ranked else None,
        )

    def at(self, rows: Ints) -> Level:
        """The rows of these divisions."""
        return Level(
            self.start,
            self.value[rows],
            self.known[rows],
            self.mixed[rows],
            self.flags[rows],
            self.choice[rows],
            self.reported[rows],
            None if self.rank is None else self.rank[rows],
        )

    def put(self, rows: Ints, other: Level) -> None:
        """Give these divisions the rows of another level, in its order."""
        for name in ("value", "known", "mixed", "flags", "choice", "reported"):
            getattr(self, name)[rows] = getattr(other, name)
        if self.rank is not None and other.rank is not None:
            self.rank[rows] = other.rank

    def with_rows(self, rows: Ints, other: Level) -> Level:
        """A level in which these divisions have the rows of another one, in its order."""
        level = self.at(np.arange(len(self.value)))
        level.put(rows, other)
        return level

    @property
    def nbytes(self) -> int:
        columns = (self.value, self.known, self.mixed, self.flags, self.choice, self.reported)
        return sum(column.nbytes for column in columns) + (0 if self.rank is None else self.rank.nbytes)

    @property
    def stop(self) -> int:
        return self.start + int(self.value.shape[1])

    def columns(self, periods: Ints) -> tuple[Ints, Bools]:
        """The columns of these periods, and which of them the level has at all."""
        inside = (periods >= self.start) & (periods < self.stop)
        return np.where(inside, periods - self.start, 0), inside


@dataclass(frozen=True)
class Patched:
    """A level in which some divisions, `nodes` in their order, have other rows than in `base`: those of `few`."""

    base: Level
    nodes: Ints
    few: Level

    @classmethod
    def of(cls, level: Level) -> Patched:
        """A level as it is."""
        none = np.zeros(0, np.int64)
        return cls(level, none, level.at(none))

    @property
    def nbytes(self) -> int:
        return self.base.nbytes + self.few.nbytes

    def at(self, rows: Ints) -> Level:
        """The rows of these divisions."""
        level = self.base.at(rows)
        spots = np.searchsorted(self.nodes, rows)
        here = np.flatnonzero(np.append(self.nodes, -1)[spots] == rows)
        return level.with_rows(here, self.few.at(spots[here])) if len(here) else level

    def whole(self) -> Level:
        """The level with all rows in their place."""
        return self.base.with_rows(self.nodes, self.few) if len(self.nodes) else self.base
