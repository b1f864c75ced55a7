"""Forms made, filled in and mistreated as offices do it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

import libminsheng as ms

KEY = "_minsheng"
Fact = tuple[Any, ...]


def pages(book: openpyxl.Workbook) -> list[Worksheet]:
    return [sheet for sheet in book.worksheets if sheet.title != KEY]


def corner(sheet: Worksheet) -> tuple[int, int]:
    """Where the sheet's mark stands."""
    return next((c.row, c.column) for row in sheet.iter_rows() for c in row if str(c.value).startswith("ms:s"))


def value_cells(sheet: Worksheet) -> Iterator[Any]:
    """The cells that ask for a number, row by row: those that may be changed and are no text."""
    for row in sheet.iter_rows():
        for cell in row:
            if not cell.protection.locked and cell.number_format != "@":
                yield cell


def enter(path: Path, values: Iterable[Any]) -> Path:
    """Fill the value cells in, in reading order; None leaves one blank."""
    rest = iter(values)

    def fill(book: openpyxl.Workbook) -> None:
        for sheet in pages(book):
            for cell in value_cells(sheet):
                cell.value = next(rest, None)

    return edited(path, fill)


def edited(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def mistreated(book: openpyxl.Workbook) -> None:
    """Sheets and headers renamed, two rows put in above, the first and the last value column exchanged."""
    for number, sheet in enumerate(pages(book), 1):
        sheet.title = f"改名{number}"
        row, _ = corner(sheet)
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        marks = {str(cell.value): cell.column for cell in sheet[row] if cell.value}
        for column in marks.values():
            if sheet.cell(row + 1, column).value:
                sheet.cell(row + 1, column).value = f"另一种说法{column}"
        columns = [column for mark, column in marks.items() if mark.startswith("ms:c")]
        one, other = min(columns), max(columns)
        for line in range(row, sheet.max_row + 1):
            a, b = sheet.cell(line, one), sheet.cell(line, other)
            a.value, b.value = b.value, a.value
        sheet.insert_rows(1, 2)
        sheet.row_dimensions[row].hidden = False
        sheet.row_dimensions[row + 2].hidden = True


def through_libreoffice(path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice saves it."""
    folder.mkdir(exist_ok=True)
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is not installed"
    profile = f"-env:UserInstallation={(folder / 'profile').absolute().as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / path.name


def told(facts: ms.Facts) -> dict[Fact, tuple[Decimal, str]]:
    """Each fact by its key, with its value and unit."""
    columns = sorted(facts.breakdowns)
    found = {}
    for row in facts.frame.iter_rows(named=True):
        by = tuple((name, row[name]) for name in columns if row[name] is not None)
        key = (row["division"], row["period"], row["measure"], row["scenario"], by)
        assert key not in found
        found[key] = (row["value"], row["unit"])
    return found
