"""Tables on a terminal or in a text file, aligned where Chinese and Latin letters meet.

A Chinese character is two columns wide. The text is the same on a terminal and in a pipe; on a
terminal that shows colours, `rich` colours it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, TextIO

from libminsheng.report.grid import Cell, Grid, Tone
from libminsheng.report.words import one_line

__all__ = ["display_width", "print_grid", "table_text"]

_STYLES: Final[dict[Tone, str]] = {"plain": "", "quiet": "dim", "good": "green", "warn": "yellow", "bad": "red"}
_GAP: Final = "  "
Part = tuple[str, str]
"""A stretch of text and rich's style for it."""


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> display_width("民生 ms")
    7
    """
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def table_text(grid: Grid) -> str:
    r"""A grid as plain text, without colours; it ends with a line break.

    >>> from libminsheng.report.grid import Section
    >>> rows = [[Cell("筛查率"), Cell("99.61")], [Cell("量"), Cell("8")]]
    >>> print(table_text(Grid("", ["指标", "数值"], [Section("", rows)], frozenset({1}))), end="")
    指标     数值
    ------  -----
    筛查率  99.61
    量          8
    """
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in _lines(grid))


def print_grid(grid: Grid, stream: TextIO) -> None:
    """Write a grid to a stream: in colours if it is a terminal, else as `table_text`."""
    if not stream.isatty():
        stream.write(table_text(grid))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for line in _lines(grid):
        console.print(Text.assemble(*line))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _lines(grid: Grid) -> Iterator[list[Part]]:
    widths = _widths(grid)
    if grid.caption:
        yield [(one_line(grid.caption), "bold")]
        yield []
    if grid.headers:
        yield _line([Cell(header) for header in grid.headers], widths, grid.right, "bold")
        yield [(_GAP.join("-" * width for width in widths), "dim")]
    for number, section in enumerate(grid.sections):
        if section.title:
            if number:
                yield []
            yield [(one_line(section.title), "bold cyan")]
        for row in section.rows:
            for part in _folded(row, grid.wrap):
                yield _line(part, widths, grid.right)
    if grid.notes:
        yield []
        for note in grid.notes:
            yield [(one_line(note), "")]


def _widths(grid: Grid) -> list[int]:
    widths = [display_width(one_line(header)) for header in grid.headers]
    for section in grid.sections:
        for row in section.rows:
            for position, cell in enumerate(row):
                width = display_width(one_line(cell.text))
                width = width if grid.wrap is None else min(width, grid.wrap)
                if position >= len(widths):
                    widths.append(width)
                elif width > widths[position]:
                    widths[position] = width
    return widths


def _folded(row: Sequence[Cell], wrap: int | None) -> Iterator[Sequence[Cell]]:
    """A row as the lines it takes when no cell may be wider than `wrap`."""
    if wrap is None:
        yield row
        return
    columns = [[Cell(text, cell.tone) for text in _wrapped(one_line(cell.text), wrap)] for cell in row]
    for texts in zip_longest(*columns, fillvalue=Cell("")):
        yield list(texts)


def _wrapped(text: str, width: int) -> list[str]:
    """A text in lines no wider than `width`, broken after a space or beside a wide character."""
    lines, line = [""], 0
    for word in re.findall(r"[\x21-\x7e]+ ?|.", text):
        taken = display_width(word.rstrip())
        if line and line + taken > width:
            lines.append("")
            line = 0
        for character in word:
            if line + _character_width(character) > width and not character.isspace():
                lines.append("")
                line = 0
            lines[-1] += character
            line += _character_width(character)
    return [part.rstrip() for part in lines]


def _line(row: Sequence[Cell], widths: Sequence[int], right: frozenset[int], style: str | None = None) -> list[Part]:
    parts: list[Part] = []
    for position, cell in enumerate(row):
        text = one_line(cell.text)
        blank = " " * (widths[position] - display_width(text))
        if position:
            parts.append((_GAP, ""))
        before, after = (blank, "") if position in right else ("", blank)
        parts += [(before, ""), (text, _STYLES[cell.tone] if style is None else style), (after, "")]
    return parts
