"""Tables that were pasted as text: rows of cells, where the label of the row and the head of the column tell what counts.

A row is a line with at least two cells parted by tabs, bars, commas without blanks or three blanks. The unit of a bare number
stands in its column's head (参保人数（人）), in the row's cell of units, or in a line 单位：万元 above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from libminsheng.bulletin.numerals import SCALES
from libminsheng.bulletin.units import read_unit

__all__ = ["Cell", "find_cells", "unit_and_power"]

_PARTED = re.compile(r"[ ]*[\t|｜][ \t|｜]*|[ ]{3,}")
_NUMERIC = re.compile(r"-?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,6})?")
_SCALES = "|".join(sorted(SCALES, key=len, reverse=True))
_WITH_UNIT = re.compile(rf"({_NUMERIC.pattern})(?:{_SCALES})?(\D{{1,6}})")
"""A cell that has its unit in it: 104.7%, 3.2万人."""
_YEAR = re.compile(r"(?:19|20)\d\d年度?")
_UNIT_LINE = re.compile(r"(?:计量)?单位\s?:\s?([^\s,，。;)、]{1,10})")
_BRACKET = re.compile(r"\(([^()\s]{1,10})\)\s?$")
_SERIAL: Final = frozenset({"序号", "编号", "序", "no", "no.", "年份", "年度", "年"})
LONGEST: Final = 2000
"""Characters that a row may have; a longer line is prose."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number in a table: where it stands, its unit with what power of ten, what it counts, whether the cell has its own unit."""

    start: int
    end: int
    unit: str
    power: int
    of: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    start: int
    end: int
    text: str


def unit_and_power(text: str) -> tuple[str, int] | None:
    """A unit written by itself, and the power of ten in it: 万元 is 元 with 4.

    >>> unit_and_power("万人次"), unit_and_power("%"), unit_and_power("备注")
    (('人次', 4), ('%', 0), None)
    """
    for scale, power in SCALES.items():
        if text.startswith(scale) and len(text) > len(scale):
            found = read_unit(text, len(scale))
            if found and found.end == len(text):
                return found.unit, power
    found = read_unit(text, 0)
    if text == "月":
        return "月", 0
    return (found.unit, 0) if found and found.end == len(text) else None


def find_cells(plain: str) -> Iterator[Cell]:
    """The numbers of every table in a plain text, in order; serial numbers are passed over.

    >>> [(cell.unit, cell.of) for cell in find_cells("|项目|单位|完成|" + chr(10) + "|改厕|户|1215|")]
    [('户', '改厕完成')]
    """
    heads: list[_Part] = []
    unit: tuple[str, int] | None = None
    start = 0
    while start <= len(plain):
        end = plain.find("\n", start)
        end = len(plain) if end < 0 else end
        line = plain[start:end] if end - start <= LONGEST else ""
        stated = _UNIT_LINE.search(line)
        if stated and (given := unit_and_power(stated[1])):
            unit = given
        parts = _parts(line, start)
        if len(parts) < 2:
            if line.strip() and not stated:
                heads, unit = [], None
        elif not any(_numeric(part.text) for part in parts):
            heads = parts
        else:
            yield from _row(parts, heads, unit)
        start = end + 1


def _own_unit(text: str) -> bool:
    """Whether a cell is a number with its unit: 104.7%."""
    found = _WITH_UNIT.fullmatch(text)
    if found is None or _YEAR.fullmatch(text):
        return False
    unit = read_unit(found[2], 0)
    return unit is not None and unit.end == len(found[2])


def _numeric(text: str) -> bool:
    return _NUMERIC.fullmatch(text) is not None or _own_unit(text)


def _parts(line: str, at: int) -> list[_Part]:
    if not ("\t" in line or "|" in line or "｜" in line or "   " in line or _comma_row(line)):
        return []
    parts: list[_Part] = []
    begin = 0
    separators = re.finditer(",", line) if _comma_row(line) else _PARTED.finditer(line)
    for place, stop in [*((match.start(), match.end()) for match in separators), (len(line), len(line))]:
        text = line[begin:place]
        lead = len(text) - len(text.lstrip())
        stripped = text.strip()
        parts.append(_Part(at + begin + lead, at + begin + lead + len(stripped), stripped))
        begin = stop
    if parts and not parts[0].text:
        parts = parts[1:]
    return parts[:-1] if parts and not parts[-1].text else parts


def _comma_row(line: str) -> bool:
    """Whether a line is a row of a CSV: commas of ASCII, no blank after them, no sentence's signs."""
    return (
        "," in line
        and "\t" not in line
        and "|" not in line
        and not re.search(r"[，。；;！!]|, ", line)
        and (line.count(",") >= 2 or re.fullmatch(r"[^,\d]+,[^,]+", line) is not None)
        and not re.search(r"\d,\d{3}(?!\d)", line)
        and all(len(cell) <= 24 for cell in line.split(","))
    )


def _row(parts: list[_Part], heads: list[_Part], unit: tuple[str, int] | None) -> Iterator[Cell]:
    if sum(part.text != "" for part in parts) < 2:
        return
    label = next((part.text for part in parts if part.text and not _numeric(part.text)), "")
    in_row = next((given for part in parts if (given := unit_and_power(part.text))), None)
    if not heads and not (label and len(label) <= 24):
        return
    for column, part in enumerate(parts):
        own = _own_unit(part.text)
        if not own and not _NUMERIC.fullmatch(part.text):
            continue
        head = heads[column].text if len(heads) > column else ""
        serial = head.lower() in _SERIAL or (not head and column == 0)
        if serial:
            continue
        bracket = _BRACKET.search(head)
        by_head = unit_and_power(bracket[1]) if bracket else None
        row_bracket = _BRACKET.search(label)
        by_label = unit_and_power(row_bracket[1]) if row_bracket else None
        chosen = by_head or in_row or by_label or unit or ("", 0)
        name = head[: bracket.start()].strip() if bracket and by_head else head
        bare = label[: row_bracket.start()].strip() if row_bracket and by_label else label
        yield Cell(part.start, part.end, *chosen, bare + name if bare != name else name, own)
