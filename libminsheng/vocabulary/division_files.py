"""Division lists in CSV files: the shipped one, and those that people have."""

from __future__ import annotations

import csv
import datetime
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final, Generic, TypeVar

from libminsheng.errors import Fault, Place, nearest
from libminsheng.vocabulary.divisions import LEVELS, Division, Level, Succession, gb_level, gb_parent, short_code

__all__ = ["Listing", "read_divisions", "read_shipped", "read_successions"]

_HEADERS: Final = {
    "代码": "code",
    "区划代码": "code",
    "行政区划代码": "code",
    "名称": "name",
    "区划名称": "name",
    "上级": "parent",
    "上级代码": "parent",
    "级别": "level",
    "层级": "level",
    "生效": "valid_from",
    "失效": "valid_to",
    "旧代码": "old",
    "新代码": "new",
    "日期": "from",
}
_LEVELS: Final = {"省级": "province", "地级": "prefecture", "县级": "county", "乡级": "township", "村级": "village"}

Row = tuple[Mapping[str, str], Place]
Kind = TypeVar("Kind", Division, Succession)


@dataclass
class Listing(Generic[Kind]):
    """What a file holds, each with its place, and all that is wrong with it."""

    rows: list[tuple[Kind, Place]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)
    """Codes as the file writes them, to the short form that its divisions have."""


def read_shipped() -> Iterator[Division]:
    """The list that comes with the library: see ``data/README.md`` for its edition and what is complete."""
    text = resources.files("libminsheng.vocabulary").joinpath("data/divisions-anhui-2023.csv").read_text("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        level: Level = row["level"]  # type: ignore[assignment]  # our own file, tested
        yield Division(row["code"], row["name"], row["parent"] or None, level)


def read_divisions(path: Path) -> Listing[Division]:
    """The divisions of a CSV; parents by the codes' digits where no column gives them.

    The 2, 4, 6, 9 or 12 digits of such a bare list are brought to one form: 34 and 340000000000 are 340000.
    """
    header, rows, faults = _rows(path, ("code",))
    if "parent" not in header:
        return _by_digits(path, rows, faults)
    listing: Listing[Division] = Listing(faults=faults)
    for row, place in rows:
        listing.rows.append((_division(row, row["code"], row["parent"] or None, None, place, faults), place))
    return listing


def _division(
    row: Mapping[str, str], code: str, parent: str | None, level: Level | None, place: Place, faults: list[Fault]
) -> Division:
    level = _level(row.get("level", ""), place, faults) or level
    dates = [_date(row.get(name, ""), name, place, faults) for name in ("valid_from", "valid_to")]
    return Division(code, row.get("name", ""), parent, level, *dates)


def _by_digits(path: Path, rows: list[Row], faults: list[Fault]) -> Listing[Division]:
    listing: Listing[Division] = Listing(faults=faults)
    if rows and not any(_has_digits(row["code"]) for row, _ in rows):
        faults.append(Fault("vocabulary.division_column", Place(str(path)), {"column": "parent"}))
        return listing
    drafts: list[tuple[Division, Place]] = []
    for row, place in rows:
        written = row["code"]
        if not written:
            drafts.append((_division(row, "", None, None, place, faults), place))
        elif not _has_digits(written):
            faults.append(Fault("vocabulary.division_digits", place, {"code": written}))
        else:
            code = short_code(written.ljust(6, "0"))
            drafts.append((_division(row, code, None, gb_level(code), place, faults), place))
            if written != code:
                listing.spellings[written] = code
    known = {division.code for division, _ in drafts}
    listing.rows = [(replace(division, parent=_above(division.code, known)), place) for division, place in drafts]
    return listing


def _has_digits(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 9, 12)


def _above(code: str, known: set[str]) -> str | None:
    """The nearest place above that the file has; None for a root."""
    parent = gb_parent(code) if code else None
    while parent is not None and parent not in known:
        parent = gb_parent(parent)
    return parent


def read_successions(path: Path) -> Listing[Succession]:
    """Renumbered divisions: a CSV with the columns old, new, from."""
    _, rows, faults = _rows(path, ("old", "new", "from"))
    listing: Listing[Succession] = Listing(faults=faults)
    for row, place in rows:
        since = _date(row["from"], "from", place, faults)
        if not (row["old"] and row["new"]):
            faults.append(Fault("vocabulary.division_blank", place))
        elif since is None and not row["from"]:
            faults.append(Fault("vocabulary.division_date", place, {"column": "from", "text": ""}))
        elif since is not None:
            listing.rows.append((Succession(row["old"], row["new"], since), place))
    return listing


def _rows(path: Path, needed: tuple[str, ...]) -> tuple[list[str], list[Row], list[Fault]]:
    """The header, the rows by its names, and what keeps the file or some of its rows from being read.

    A row that ends early is blank in the rest: many a list leaves out the commas at its end.
    """
    text, fault = _text(path)
    if fault is not None:
        return [], [], [fault]
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    lines: list[list[str]] = []
    try:
        lines.extend(reader)
    except csv.Error as error:
        return [], [], [Fault("vocabulary.division_row", Place(str(path), row=len(lines) + 1), {"reason": str(error)})]
    header = [_HEADERS.get(name.strip(), name.strip().lower()) for name in lines[0]] if lines else []
    faults = [
        Fault("vocabulary.division_column_twice", Place(str(path), row=1), {"column": name})
        for name, count in Counter(header).items()
        if count > 1 and (name in needed or name in _HEADERS.values())
    ]
    faults += [
        Fault("vocabulary.division_column", Place(str(path)), {"column": name}, partial(nearest, name, header))
        for name in needed
        if name not in header
    ]
    if faults:
        return header, [], faults
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        place = Place(str(path), row=number)
        if any(cell.strip() for cell in line[len(header) :]):
            faults.append(Fault("vocabulary.division_cells", place, {"count": len(line), "columns": len(header)}))
        elif any(cell.strip() for cell in line):
            cells = {name: cell.strip() for name, cell in zip(header, line, strict=False)}
            rows.append(({**dict.fromkeys(header, ""), **cells}, place))
    return header, rows, faults


def _text(path: Path) -> tuple[str, Fault | None]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return "", Fault("vocabulary.division_file", Place(str(path)), {"reason": error.strerror or str(error)})
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding), None
        except UnicodeDecodeError:
            continue
    return "", Fault("vocabulary.division_encoding", Place(str(path)))


def _level(text: str, place: Place, faults: list[Fault]) -> Level | None:
    word = _LEVELS.get(text, text)
    if not word:
        return None
    if word not in LEVELS:
        values = {"text": text, "levels": ", ".join(LEVELS)}
        faults.append(Fault("vocabulary.division_level", place, values, partial(nearest, text, LEVELS)))
        return None
    return word


def _date(text: str, column: str, place: Place, faults: list[Fault]) -> datetime.date | None:
    if not text:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        faults.append(Fault("vocabulary.division_date", place, {"column": column, "text": text}))
        return None
