"""A form that came back: its cells found by their marks, whatever was renamed or moved."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from libminsheng.errors import FactsError, Fault, Place
from libminsheng.facts.book import BROKEN, Book, Cell, Sheet, address, read_book
from libminsheng.facts.key import KEY_SHEET, MARK, FormKey, FormSheet, FormTable, Line, read_key

__all__ = ["Filled", "Spot", "form_key", "gather", "is_form", "located", "read_form"]

_MARK: Final = re.compile(rf"{re.escape(MARK)}([a-z]+)(\d*)")
_SPACES: Final = re.compile(r"\s|_x000[AaDd]_")
_BASE: Final = ("division", "period", "measure", "value", "unit", "scenario", "basis", "approximate", "note")


class Spot(NamedTuple):
    """Where a value stands: its row, its cell (``表!C7``), and the cells of what is said beside it."""

    row: int
    cell: str
    beside: Mapping[str, str] = {}


@dataclass
class Filled:
    """The values of a form, one after another, with what is wrong."""

    file: str
    rows: list[dict[str, str | None]] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, of: Mapping[str, str | None], cell: Cell | None, spot: Spot, *, hidden: bool, formulas: bool) -> None:
        """One value; a cell that can hold none is a fault of it."""
        code = _wrong(cell, hidden=hidden, formulas=formulas)
        if cell is not None and code:
            place = Place(self.file, row=len(self.rows), column="value")
            self.faults.append(Fault(code, place, {"value": cell.text}))
        self.rows.append({**of, "value": None if code or cell is None else cell.text})
        self.spots.append(spot)

    @property
    def header(self) -> list[str]:
        names = dict.fromkeys(name for row in self.rows for name in row)
        return [*_BASE, *(name for name in names if name not in _BASE)]

    @property
    def frame(self) -> pl.DataFrame:
        """One row a cell of the form, blank ones included."""
        return pl.DataFrame(self.rows, schema=dict.fromkeys(self.header, pl.String))


def _wrong(cell: Cell | None, *, hidden: bool, formulas: bool) -> str | None:
    """Why a cell holds no value that could be taken, as the code of a message."""
    if cell is None:
        return None
    if cell.kind == "error":
        return "facts.excel_error"
    if cell.formula and not formulas:
        return "forms.formula"
    if cell.kind == "date":
        return "forms.date"
    if cell.kind == "truth":
        return "forms.truth"
    return "forms.hidden" if hidden and cell.text.strip() else None


def is_form(path: Path) -> bool:
    """Whether a workbook may be a form of `template`: it has a sheet that is hidden or called as the key's."""
    try:
        with zipfile.ZipFile(path) as archive:
            book = archive.read("xl/workbook.xml")
    except BROKEN:
        return False
    return KEY_SHEET.encode() in book or re.search(rb'state="(?:very)?[hH]idden"', book) is not None


def form_key(book: Book) -> FormKey | None:
    """The key of a form, wherever in the workbook it is; None if the workbook is no form.

    Raises
    ------
    FactsError
        If it is damaged, or lost although sheets bear its marks.
    """
    for sheet in book.sheets:
        if sheet.hidden or sheet.name == KEY_SHEET:
            texts: list[str] = []
            while (cell := sheet.cells.get((len(texts) + 1, 1))) is not None:
                texts.append(cell.text)
            key = read_key(texts, Place(book.file, item=sheet.name))
            if key is not None:
                return key
            if sheet.name == KEY_SHEET:
                raise FactsError(Fault("forms.key_damaged", Place(book.file, item=sheet.name)))
    return None


def read_form(path: Path, only: str | None = None) -> Filled | None:
    """The values of a form, or None if the workbook is none.

    Parameters
    ----------
    path
        An xlsx.
    only
        Read this sheet and leave the others out.

    Raises
    ------
    FactsError
        If it is a form whose key is damaged, or that has lost everything.
    """
    key = form_key(read_book(path, lambda name, hidden: hidden or name == KEY_SHEET))
    return None if key is None else gather(read_book(path), key, only)


def gather(book: Book, key: FormKey, only: str | None = None) -> Filled:
    """Every value of a form by its marks."""
    filled = Filled(book.file)
    if only is not None and only not in [sheet.name for sheet in book.sheets]:
        names = ", ".join(sheet.name for sheet in book.sheets if not sheet.hidden)
        raise FactsError(Fault("facts.no_sheet", Place(book.file), {"sheet": only, "sheets": names}))
    corners: dict[str, list[tuple[Sheet, int, int]]] = {}
    for sheet in book.sheets:
        for (row, column), cell in sheet.cells.items():
            if cell.text.startswith(f"{MARK}s"):
                corners.setdefault(cell.text[len(MARK) :].strip(), []).append((sheet, row, column))
    for one in key.sheets:
        found = corners.get(one.mark, [])
        if not found:
            if only is None:
                values = {"sheet": one.name, "what": one.of.get("division", one.name)}
                filled.faults.append(Fault("forms.sheet_lost", Place(book.file), values))
            continue
        sheet, row, column = found[0]
        if only is not None and sheet.name != only:
            continue
        for other, at, across in found[1:]:
            place = Place(book.file, cell=f"{other.name}!{address(at, across)}")
            values = {"mark": f"{MARK}{one.mark}", "other": f"{sheet.name}!{address(row, column)}"}
            filled.faults.append(Fault("forms.mark_twice", place, values))
        _Page(filled, sheet, one, key.table(one), row, column).read()
    return filled


class _Page:
    """One sheet of a form while it is being read."""

    def __init__(self, filled: Filled, sheet: Sheet, form: FormSheet, table: FormTable, row: int, column: int) -> None:
        self.filled, self.sheet, self.form, self.table = filled, sheet, form, table
        self.row, self.column = row, column
        self.rows: dict[int, int] = {}
        self.columns: dict[int, int] = {}
        self.heads: dict[int, int] = {}
        self.remarks: dict[str, int] = {}

    def place(self, row: int, column: int) -> Place:
        return Place(self.filled.file, cell=f"{self.sheet.name}!{address(row, column)}")

    def read(self) -> None:
        self._find_marks()
        lost = [(self.table.rows, self.rows), (self.table.columns, self.columns)]
        for lines, found in lost:
            for at, line in enumerate(lines):
                if at not in found:
                    place = Place(self.filled.file, item=self.sheet.name)
                    self.filled.faults.append(Fault("forms.line_lost", place, {"what": " ".join(line.label)}))
        if not self.rows or not self.columns:
            return
        self._refuse_outside()
        self._forget_swapped()
        for at, row in sorted(self.rows.items(), key=lambda pair: pair[1]):
            self._read_row(self.table.rows[at], row)

    def _find_marks(self) -> None:
        for (row, column), cell in self.sheet.cells.items():
            found = _MARK.fullmatch(cell.text.strip()) if cell.text.startswith(MARK) else None
            if found is None or (row != self.row and column != self.column):
                continue
            name, digits = found[1], found[2]
            if name == "r" and digits and column == self.column:
                self._note(self.rows, int(digits), row, cell, (row, column), len(self.table.rows))
            elif name in ("c", "h") and digits and row == self.row:
                known, most = (
                    (self.columns, len(self.table.columns)) if name == "c" else (self.heads, len(self.table.heads))
                )
                self._note(known, int(digits), column, cell, (row, column), most)
            elif name in self.table.remarks and not digits and row == self.row:
                self.remarks.setdefault(name, column)

    def _note(self, known: dict[int, int], mark: int, at: int, cell: Cell, spot: tuple[int, int], most: int) -> None:
        if mark in known:
            first = address(known[mark], self.column) if known is self.rows else address(self.row, known[mark])
            values = {"mark": cell.text.strip(), "other": first}
            self.filled.faults.append(Fault("forms.mark_twice", self.place(*spot), values))
        elif mark < most:
            known[mark] = at

    def _forget_swapped(self) -> None:
        """Lines whose words are those of another line: sorting leaves the marks behind."""
        top = min(self.rows.values())
        seen_rows = {
            at: tuple(self.sheet.text(row, self.heads[head]) for head in sorted(self.heads))
            for at, row in self.rows.items()
        }
        labels = [tuple(line.label[head] for head in sorted(self.heads)) for line in self.table.rows]
        for at in _swapped(seen_rows, labels):
            head = self.heads[min(self.heads)]
            values = {"seen": " ".join(seen_rows[at]), "meant": " ".join(labels[at])}
            self.filled.faults.append(Fault("forms.swapped", self.place(self.rows[at], head), values))
            del self.rows[at]
        seen_columns = {
            at: ("".join(self.sheet.text(row, column) for row in range(self.row + 1, top)),)
            for at, column in self.columns.items()
        }
        labels = [line.label for line in self.table.columns]
        for at in _swapped(seen_columns, labels):
            values = {"seen": seen_columns[at][0], "meant": labels[at][0]}
            place = self.place(self.row + 1, self.columns[at])
            self.filled.faults.append(Fault("forms.swapped", place, values))
            del self.columns[at]

    def _refuse_outside(self) -> None:
        """Numbers beside the form, which somebody believes to have reported."""
        rows, columns = set(self.rows.values()), set(self.columns.values())
        marked = columns | set(self.heads.values()) | set(self.remarks.values()) | {self.column}
        top = min(rows, default=0)
        for (row, column), cell in sorted(self.sheet.cells.items()):
            beside = row in rows and column not in marked
            below = column in columns and row not in rows and row > top
            if cell.kind == "number" and (beside or below):
                self.filled.faults.append(Fault("forms.unmarked", self.place(row, column), {"value": cell.text}))

    def _read_row(self, line: Line, row: int) -> None:
        said = {name: self.sheet.text(row, column) or None for name, column in self.remarks.items()}
        beside = {name: f"{self.sheet.name}!{address(row, column)}" for name, column in self.remarks.items()}
        if said.get("scenario") is None:
            said.pop("scenario", None)
        for at, column in sorted(self.columns.items(), key=lambda pair: pair[1]):
            of: dict[str, str | None] = {**self.form.of, **line.of, **self.table.columns[at].of, **said}
            hidden = self.sheet.hidden or self.sheet.is_hidden(row, column)
            spot = Spot(row, f"{self.sheet.name}!{address(row, column)}", beside)
            self.filled.add(of, self.sheet.cells.get((row, column)), spot, hidden=hidden, formulas=False)


def _swapped(seen: Mapping[int, tuple[str, ...]], labels: Sequence[tuple[str, ...]]) -> Iterator[int]:
    plain = [tuple(_SPACES.sub("", part) for part in label) for label in labels]
    known = set(plain)
    for at, words in list(seen.items()):
        shown = tuple(_SPACES.sub("", part) for part in words)
        if shown != plain[at] and shown in known:
            yield at


def located(
    frame: pl.DataFrame, faults: Sequence[Fault], spots: Mapping[str, Sequence[Spot]]
) -> tuple[pl.DataFrame, list[Fault]]:
    """Facts and faults of forms, which were numbered one after another, with the rows and cells that they stand in."""
    table = pl.DataFrame(
        [(file, at, spot.row, spot.cell) for file, some in spots.items() for at, spot in enumerate(some)],
        schema={"file": pl.String, "row": pl.UInt32, "at": pl.UInt32, "cell": pl.String},
        orient="row",
    )
    joined = frame.join(table, on=["file", "row"], how="left", maintain_order="left")
    placed = joined.with_columns(pl.coalesce("at", "row").alias("row")).drop("at")
    found = {(fault.code, fault.place): fault for fault in (_placed(one, spots) for one in faults)}
    return placed, list(found.values())


def _placed(fault: Fault, spots: Mapping[str, Sequence[Spot]]) -> Fault:
    place, values = fault.place, dict(fault.values)
    first = values.get("first")
    if isinstance(first, int) and (some := spots.get(str(values.get("file") or place.file))):
        values["first"] = some[first].row
    some = spots.get(place.file or "", ())
    if some and place.row is not None and place.cell is None:
        spot = some[place.row]
        cell = spot.beside.get(place.column or "", spot.cell)
        place = replace(place, row=spot.row, column=None, cell=cell)
    return Fault(fault.code, place, values, fault.near)
