"""The hidden key of a form: what each of its cells means, for a machine.

A form that goes to an office comes back with its sheets renamed, its headers reworded, a row inserted
above and a column moved. Its words are therefore for people only. What a cell means is told by two
marks that move with it, in a hidden row and a hidden column (``ms:r12``, ``ms:c3``), and by the key: a
sheet that no menu shows, with the form's rows, columns and sheets as JSON, and their digest.

::

    A1  minsheng-form
    A2  1                       the version of the key
    A3  3f0c…                   SHA-256 of the JSON
    A4… {"tables":[…],…}        the JSON, cut where a cell is full
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from libminsheng.errors import FactsError, Fault, Place

__all__ = ["KEY_SHEET", "MARK", "REMARKS", "FormKey", "FormSheet", "FormTable", "Line", "key_cells", "read_key"]

KEY_SHEET: Final = "_minsheng"
MAGIC: Final = "minsheng-form"
VERSION: Final = "1"
MARK: Final = "ms:"
"""What each mark of a row, column or sheet begins with."""
REMARKS: Final = ("scenario", "approximate", "note")
"""Columns beside the values, that hold for every value of their row."""
_FULL: Final = 30_000


@dataclass(frozen=True)
class Line:
    """A row or a column of values: what it says of them, and the words that people see."""

    of: Mapping[str, str] = field(hash=False)
    label: tuple[str, ...]


@dataclass(frozen=True)
class FormTable:
    """Rows and columns of values; `heads` are the columns that hold the rows' words."""

    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    heads: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class FormSheet:
    """A sheet: its mark, its name as it was made, what it says of all its values, and its table."""

    mark: str
    name: str
    of: Mapping[str, str] = field(hash=False)
    table: int


@dataclass(frozen=True)
class FormKey:
    """What every cell of a form means."""

    tables: tuple[FormTable, ...]
    sheets: tuple[FormSheet, ...]
    first: str = ""
    """The first cell of values, as the form was made."""

    def table(self, sheet: FormSheet) -> FormTable:
        return self.tables[sheet.table]

    @property
    def cells(self) -> int:
        """How many values the form asks for."""
        tables = [self.table(sheet) for sheet in self.sheets]
        return sum(len(table.rows) * len(table.columns) for table in tables)


def key_cells(key: FormKey) -> Iterator[str]:
    """The texts of the key sheet's first column."""
    tables = [
        {
            "rows": _packed(table.rows),
            "columns": _packed(table.columns),
            "heads": list(table.heads),
            "remarks": list(table.remarks),
        }
        for table in key.tables
    ]
    sheets = [{"mark": one.mark, "name": one.name, "of": dict(one.of), "table": one.table} for one in key.sheets]
    text = json.dumps({"tables": tables, "sheets": sheets, "first": key.first}, separators=(",", ":"))
    # spaces at a cell's end and what looks like an escaped letter of xlsx would not come back
    text = text.replace(" ", "\\u0020").replace("_x", "_\\u0078")
    yield MAGIC
    yield VERSION
    yield _digest(text)
    yield from (text[at : at + _FULL] for at in range(0, len(text), _FULL))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _packed(lines: Sequence[Line]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for line in lines for name in line.of))
    return {
        "names": names,
        "of": [[line.of.get(name) for name in names] for line in lines],
        "labels": [list(line.label) for line in lines],
    }


def _lines(packed: Mapping[str, Any]) -> tuple[Line, ...]:
    names = packed["names"]
    return tuple(
        Line({name: value for name, value in zip(names, values, strict=True) if value is not None}, tuple(label))
        for values, label in zip(packed["of"], packed["labels"], strict=True)
    )


def read_key(texts: Iterable[str], place: Place) -> FormKey | None:
    """The key that the first column of a sheet holds; None if it holds none.

    Raises
    ------
    FactsError
        If it is a key that has been changed, or of a version that is not known.
    """
    cells = list(texts)
    if not cells or cells[0] != MAGIC:
        return None
    if len(cells) < 4:
        raise FactsError(Fault("forms.key_damaged", place))
    _, version, digest, *parts = cells
    if version != VERSION:
        raise FactsError(Fault("forms.key_version", place, {"version": version, "known": VERSION}))
    text = "".join(parts)
    if _digest(text) != digest:
        raise FactsError(Fault("forms.key_damaged", place))
    try:
        read = json.loads(text)
        tables = tuple(
            FormTable(_lines(one["rows"]), _lines(one["columns"]), tuple(one["heads"]), tuple(one["remarks"]))
            for one in read["tables"]
        )
        sheets = tuple(FormSheet(one["mark"], one["name"], one["of"], one["table"]) for one in read["sheets"])
        key = FormKey(tables, sheets, read["first"])
        whole = _is_whole(key)
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        whole = False
    if not whole:
        raise FactsError(Fault("forms.key_damaged", place))
    return key


def _is_whole(key: FormKey) -> bool:
    """Whether every row, column and sheet says what a form says: anyone can work out a digest."""
    ofs = [one.of for one in key.sheets]
    for table in key.tables:
        ofs += [line.of for line in (*table.rows, *table.columns)]
        shown = all(len(line.label) == len(table.heads) for line in table.rows)
        if not shown or any(len(line.label) != 1 for line in table.columns) or not {*table.remarks} <= {*REMARKS}:
            return False
        said = [{*table.rows[0].of, *table.columns[0].of}] if table.rows and table.columns else [set[str]()]
        if any({"division", "period", "measure"} - one - {*sheet.of} for one in said for sheet in key.sheets):
            return False
    texts = [text for of in ofs for pair in of.items() for text in pair] + [sheet.mark for sheet in key.sheets]
    return all(isinstance(text, str) for text in texts) and all(
        0 <= sheet.table < len(key.tables) for sheet in key.sheets
    )
