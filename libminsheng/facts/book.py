"""Workbooks cell by cell: what stands in each, and whether it is a formula, a date, merged or hidden.

Tables of facts are read by fastexcel; a form needs more than values.
"""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, Literal
from xml.etree import ElementTree

from libminsheng.errors import FactsError, Fault, Place
from libminsheng.facts.values import shortest_decimal

__all__ = ["BROKEN", "Book", "Cell", "Sheet", "address", "letters", "number", "read_book", "refuse_bomb", "spans"]

LARGEST_SHEET: Final = 2_000_000_000
"""Bytes that a workbook may have when it is unpacked."""

STEEPEST: Final = 500
"""Times that a sheet may grow when it is unpacked; real sheets stay below 50."""

BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, RuntimeError, EOFError, OSError, KeyError,
)  # fmt: skip
"""What reading a damaged archive may raise."""

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_SHORT = re.compile(r"-?\d{1,15}")
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Built-in number formats that show a number as a date or a time, the Chinese ones among them."""
_DATE_LETTERS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|General', re.IGNORECASE)

Kind = Literal["number", "text", "date", "error", "truth"]
Spot = tuple[int, int]
"""Row and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows: a number as its shortest decimal, a date as 2017-09-01, a text as it is."""

    text: str
    kind: Kind = "text"
    formula: bool = False


@dataclass
class Sheet:
    """The cells of a sheet that hold something, by row and column."""

    name: str
    hidden: bool = False
    cells: dict[Spot, Cell] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)

    def text(self, row: int, column: int) -> str:
        cell = self.cells.get((row, column))
        return cell.text.strip() if cell else ""

    def is_hidden(self, row: int, column: int) -> bool:
        return row in self.hidden_rows or any(first <= column <= last for first, last in self.hidden_columns)


@dataclass(frozen=True)
class Book:
    """A workbook's sheets in their order."""

    file: str
    sheets: tuple[Sheet, ...]


def letters(column: int) -> str:
    """The letters by which a spreadsheet calls a column, counted from 1.

    >>> letters(1), letters(27)
    ('A', 'AA')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def number(text: str) -> int:
    """The number of a column, from 1, by its letters."""
    result = 0
    for letter in text:
        result = result * 26 + ord(letter) - 64
    return result


def address(row: int, column: int) -> str:
    """A cell as a spreadsheet calls it.

    >>> address(7, 3)
    'C7'
    """
    return f"{letters(column)}{row}"


def spans(merged: str) -> tuple[Spot, Spot]:
    """The first and the last cell of a range: ``A1:C2``.

    >>> spans("A1:C2")
    ((1, 1), (2, 3))
    """
    found = _ADDRESS.findall(merged)
    (left, top), (right, bottom) = found[0], found[-1]
    return (int(top), number(left)), (int(bottom), number(right))


def read_book(path: Path, wanted: Callable[[str, bool], bool] = lambda _name, _hidden: True) -> Book:
    """Read the sheets of a workbook: all, or those that are `wanted` by their name and by whether they are hidden.

    Raises
    ------
    FactsError
        If it is none, or would unpack to more than a machine holds.
    """
    place = Place(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, place)
            return Book(str(path), tuple(_sheets(archive, wanted)))
    except FactsError:
        raise
    except (*BROKEN, ValueError, IndexError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise FactsError(Fault("facts.not_readable", place, {"kind": "xlsx", "reason": reason})) from None


def refuse_bomb(archive: zipfile.ZipFile, place: Place) -> None:
    """Look at what the archive says of itself before anything is unpacked."""
    size = 0
    for member in archive.infolist():
        size += member.file_size
        steep = member.file_size > 10_000_000 and member.file_size > STEEPEST * max(member.compress_size, 1)
        if steep or size > LARGEST_SHEET:
            values = {"member": member.filename, "size": size // 1_000_000}
            raise FactsError(Fault("facts.bomb", place, values))


def _sheets(archive: zipfile.ZipFile, wanted: Callable[[str, bool], bool]) -> Iterator[Sheet]:
    relations = _parsed(archive, "xl/_rels/workbook.xml.rels")
    targets = {one.get("Id"): str(one.get("Target")).lstrip("/") for one in relations}
    book = _parsed(archive, "xl/workbook.xml")
    texts, dates = _shared(archive), _date_styles(archive)
    since = 1904 if any(_tag(one) == "workbookPr" and _true(one.get("date1904")) for one in book.iter()) else 1900
    for one in book.iter():
        if _tag(one) == "sheet":
            key = next((value for name, value in one.attrib.items() if name.endswith("}id")), None)
            target = targets[key]
            sheet = Sheet(str(one.get("name")), hidden=one.get("state") in ("hidden", "veryHidden"))
            if not wanted(sheet.name, sheet.hidden):
                continue
            with archive.open(target if target.startswith("xl/") else f"xl/{target}") as stream:
                _fill(sheet, stream, texts, dates, since)
            yield sheet


def _parsed(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(part))  # noqa: S314  # its size was checked; entities are not expanded


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _true(text: str | None) -> bool:
    return text in ("1", "true")


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_words(item) for item in _parsed(archive, "xl/sharedStrings.xml") if _tag(item) == "si"]


def _words(item: ElementTree.Element) -> str:
    """The text of an item without the pronunciation that may go with it."""
    parts = []
    for child in item:
        if _tag(child) == "t":
            parts.append(child.text or "")
        elif _tag(child) == "r":
            parts.extend(one.text or "" for one in child if _tag(one) == "t")
    return "".join(parts)


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """The styles, by number, under which a number is a date."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    styles = _parsed(archive, "xl/styles.xml")
    own = {
        int(one.get("numFmtId", "0")): bool(_DATE_LETTERS.search(_QUOTED.sub("", one.get("formatCode", ""))))
        for one in styles.iter()
        if _tag(one) == "numFmt"
    }
    cells = next((one for one in styles if _tag(one) == "cellXfs"), ())
    numbers = [int(one.get("numFmtId", "0")) for one in cells]
    return frozenset(at for at, form in enumerate(numbers) if own.get(form, form in _DATES))


def _fill(sheet: Sheet, stream: IO[bytes], texts: list[str], dates: frozenset[int], since: int) -> None:
    row = 0
    for _, element in ElementTree.iterparse(stream):  # noqa: S314  # its size was checked; entities are not expanded
        kind = _tag(element)
        if kind == "c":
            found = _ADDRESS.fullmatch(element.get("r", ""))
            cell = _cell(element, texts, dates, since) if len(element) else None
            if found and cell is not None:
                sheet.cells[int(found[2]), number(found[1])] = cell
        elif kind == "row":
            row = int(element.get("r", row + 1))
            if _true(element.get("hidden")):
                sheet.hidden_rows.add(row)
            element.clear()
        elif kind == "col" and _true(element.get("hidden")):
            sheet.hidden_columns.append((int(element.get("min", "0")), int(element.get("max", "0"))))
        elif kind == "mergeCell" and _ADDRESS.match(element.get("ref", "")):
            sheet.merged.append(str(element.get("ref")))


def _cell(element: ElementTree.Element, texts: list[str], dates: frozenset[int], since: int) -> Cell | None:
    parts: Mapping[str, ElementTree.Element] = {_tag(child): child for child in element}
    formula = "f" in parts
    raw = parts["v"].text if "v" in parts else None
    kind = element.get("t", "n")
    if kind == "inlineStr":
        text = _words(parts["is"]) if "is" in parts else ""
        return Cell(text) if text.strip() else None
    if raw is None or not raw.strip():
        return Cell("", formula=True) if formula else None
    if kind == "s":
        text = texts[int(raw)]
        return Cell(text, formula=formula) if text.strip() else None
    if kind == "n":
        if int(element.get("s", "0")) in dates:
            return Cell(_date(float(raw), since), "date", formula)
        return Cell(_shortest(raw), "number", formula)
    known: dict[str, Kind] = {"e": "error", "b": "truth", "d": "date"}
    return Cell(raw, known.get(kind, "text"), formula)


def _shortest(raw: str) -> str:
    if _SHORT.fullmatch(raw):
        return raw
    text = shortest_decimal(float(raw))
    return text.removesuffix(".0")


def _date(days: float, since: int) -> str:
    start = datetime.date(1904, 1, 1) if since == 1904 else datetime.date(1899, 12, 30)
    try:
        return (start + datetime.timedelta(days=int(days))).isoformat()
    except OverflowError:
        return _shortest(repr(days))
