"""A table before it is drawn: headings, sections of rows, notes below.

Figures, catalogues and results of cases are laid out as a `Grid` once; a terminal, a notebook
and a page draw the same grid each in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Cell", "Grid", "Section", "Tone"]

Tone = Literal["plain", "quiet", "good", "warn", "bad"]
"""How a cell is meant: as it is, in the background, well, with caution, wrong."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its tone."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading; without a title they follow the headings directly."""

    title: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, headings, sections and the notes below it.

    `right` names the columns whose cells are set to the right, as numbers are. `wrap` is the
    width, in columns of a terminal, at which the text of a cell goes on in a new line.
    """

    caption: str
    headers: Sequence[str]
    sections: Sequence[Section]
    right: frozenset[int] = frozenset()
    notes: Sequence[str] = ()
    wrap: int | None = None
