"""What is known of the divisions whose reports are not looked at when others are rolled up again.

A division's rows depend on what lies at and below it, and on nothing beside it. So those that a correction did not touch
have the rows that they had; who rolls up the others puts them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from libminsheng.engine.levels import Level, Patched
from libminsheng.engine.places import Ints
from libminsheng.engine.sums import Cell, cells_under

__all__ = ["Levels", "NotKeptError", "Rest", "SoFar"]

Levels = Mapping[tuple[Cell, int], Patched]
"""Levels by their cell and grain."""
SoFar = Mapping[tuple[Cell, tuple[int, ...]], Patched]
"""Levels from a year's beginning, by their cell and last months."""


class NotKeptError(LookupError):
    """Something was asked of the rest that is not known any more."""


@dataclass(frozen=True)
class Rest:
    """The rows of those that stay as they were.

    nodes   their places among those that are rolled up
    rows    their rows in the levels
    levels, so_far   the levels as they were
    before, cells    the cells that anybody reported then, and reports now
    years, plain     see `Series`
    wide    whether values are Python's integers
    """

    nodes: Ints
    rows: Ints
    levels: Levels
    so_far: SoFar
    before: frozenset[Cell]
    cells: frozenset[Cell]
    years: tuple[int, int]
    plain: bool
    wide: bool

    def put(self, level: Level, cell: Cell, grain: int) -> None:
        """Put in the rows of a level.

        Raises
        ------
        NotKeptError
        """
        self._put(level, cell, self.levels.get((cell, grain)))

    def put_so_far(self, level: Level, cell: Cell, ends: tuple[int, ...]) -> None:
        """The same of a level from a year's beginning."""
        self._put(level, cell, self.so_far.get((cell, ends)))

    def _put(self, level: Level, cell: Cell, kept: Patched | None) -> None:
        if kept is not None:
            level.put(self.nodes, kept.at(self.rows))
        elif cells_under(cell, list(self.before)).any():
            raise NotKeptError
