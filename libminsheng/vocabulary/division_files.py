"""Division lists in CSV files: the shipped one, and those that people have."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

from libminsheng.errors import DivisionError, Fault, Place, nearest
from libminsheng.vocabulary.divisions import LEVELS, Division, Level, Succession, gb_level, gb_parent, short_code

__all__ = ["read_divisions", "read_shipped", "read_successions"]

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


def read_shipped() -> Iterator[Division]:
    """The list that comes with the library: see ``data/README.md`` for its edition and what is complete."""
    text = resources.files("libminsheng.vocabulary").joinpath("data/divisions-anhui-2023.csv").read_text("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        level: Level = row["level"]  # type: ignore[assignment]  # our own file, tested
        yield Division(row["code"], row["name"], row["parent"] or None, level)


def read_divisions(path: Path) -> list[tuple[Division, Place]]:
    """The divisions of a CSV with the place of each; parents by the codes' digits where no column gives them.

    Raises
    ------
    DivisionError
        For a file that cannot be read, missing columns, bad levels and dates, all of them at once.
    """
    rows, header = _rows(path, ("code",))
    by_digits = "parent" not in header
    faults: list[Fault] = []
    divisions: list[tuple[Division, Place]] = []
    for row, place in rows:
        code = row.get("code", "")
        if by_digits and not (code.isascii() and code.isdigit() and len(code) in (2, 4, 6, 9, 12)):
            faults.append(Fault("vocabulary.division_digits", place, {"code": code}))
            continue
        if by_digits:
            code = short_code(code.ljust(6, "0"))
        level = _level(row.get("level", ""), place, faults) or (gb_level(code) if by_digits else None)
        dates = [_date(row.get(name, ""), name, place, faults) for name in ("valid_from", "valid_to")]
        parent = gb_parent(code) if by_digits else row.get("parent") or None
        divisions.append((Division(code, row.get("name", ""), parent, level, *dates), place))
    if faults:
        raise DivisionError(*faults)
    if by_digits:
        known = {division.code for division, _ in divisions}
        divisions = [(_attached(division, known), place) for division, place in divisions]
    return divisions


def _attached(division: Division, known: set[str]) -> Division:
    """Under the nearest place above that the file has, or a root."""
    parent = division.parent
    while parent is not None and parent not in known:
        parent = gb_parent(parent)
    return Division(division.code, division.name, parent, division.level, division.valid_from, division.valid_to)


def read_successions(path: Path) -> list[Succession]:
    """Renumbered divisions: a CSV with the columns old, new, from.

    Raises
    ------
    DivisionError
        For a file that cannot be read, missing columns and bad dates.
    """
    rows, _ = _rows(path, ("old", "new", "from"))
    faults: list[Fault] = []
    found = []
    for row, place in rows:
        since = _date(row["from"], "from", place, faults)
        if not (row["old"] and row["new"]):
            faults.append(Fault("vocabulary.division_blank", place))
        elif since is None and not row["from"]:
            faults.append(Fault("vocabulary.division_date", place, {"column": "from", "text": ""}))
        elif since is not None:
            found.append(Succession(row["old"], row["new"], since))
    if faults:
        raise DivisionError(*faults)
    return found


def _rows(path: Path, needed: tuple[str, ...]) -> tuple[list[Row], list[str]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DivisionError(
            Fault("vocabulary.division_file", Place(str(path)), {"reason": error.strerror or str(error)})
        ) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise DivisionError(Fault("vocabulary.division_encoding", Place(str(path))))
    lines = list(csv.reader(io.StringIO(text)))
    header = [_HEADERS.get(name.strip(), name.strip().lower()) for name in lines[0]] if lines else []
    missing = [name for name in needed if name not in header]
    if missing:
        raise DivisionError(
            *(
                Fault(
                    "vocabulary.division_column",
                    Place(str(path)),
                    {"column": name},
                    partial(nearest, name, header),
                )
                for name in missing
            )
        )
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in line):
            cells = {name: cell.strip() for name, cell in zip(header, line, strict=False)}
            rows.append(({**dict.fromkeys(header, ""), **cells}, Place(str(path), row=number)))
    return rows, header


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
