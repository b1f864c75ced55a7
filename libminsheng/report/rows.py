"""Rows of texts as a sheet of a workbook or as CSV.

In a sheet numbers are numbers, with their decimals as format, so that it can go on computing with them.
Codes are text, so that none loses its zeros; nothing that came from a file is ever written as a
formula; a number that a spreadsheet could not hold exactly (more than 15 digits) is written as text.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import polars as pl

from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import EvaluationError, Fault, Language, say
from libminsheng.report.export import harmless

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["Row", "headings", "new_book", "rows_csv", "write_notes", "write_rows"]

_ROWS: Final = 1_048_575
"""Rows that a sheet holds below its headings."""
_CREATED: Final = datetime.datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook's times have no zone
"""When every workbook says that it was made: the same rows are the same bytes, whose tag does not change by the second."""
_WIDTHS: Final = {
    "indicator": 30,
    "value": 14,
    "numerator": 18,
    "denominator": 18,
    "flags": 22,
    "missing": 30,
    "division": 14,
    "indicator_name": 34,
}

Row = Mapping[str, str | None]


def new_book(target: Path | BinaryIO, count: int) -> Workbook:
    """A workbook that is written when it is closed, with room for `count` rows in a sheet.

    Raises
    ------
    EvaluationError
        If there are more than a sheet holds.
    """
    from xlsxwriter import Workbook

    if count > _ROWS:
        raise EvaluationError(Fault("report.too_many_rows", values={"count": count, "most": _ROWS}))
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(target if not isinstance(target, Path) else str(target), options)
    book.set_properties({"created": _CREATED})
    return book


def headings(columns: Iterable[str], breakdowns: Iterable[str], lang: Language | None = None) -> dict[str, str]:
    """What stands above each column: of a breakdown its own name, unless another column is called so in words.

    >>> headings(("period", "sex", "状态", "status"), ("sex", "状态"), "zh")
    {'period': '时期', 'sex': 'sex', '状态': 'by_状态', 'status': '状态'}
    """
    names, own = list(columns), set(breakdowns)
    words = {name: say(f"report.column_{name}", lang) for name in names if name not in own}
    words |= breakdown_columns([name for name in names if name in own], words.values())
    return {name: words[name] for name in names}


def write_rows(
    book: Workbook, title: str, headings: Mapping[str, str], rows: Iterable[Row], *, numbers: Collection[str]
) -> None:
    """A sheet with a row of headings and one for each of `rows`, with the columns that `headings` names."""
    sheet: Worksheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "bottom": 1})
    formats: dict[int, Any] = {}
    for column, (name, heading) in enumerate(headings.items()):
        sheet.write_string(0, column, heading, bold)
        sheet.set_column(column, column, _WIDTHS.get(name, 12))
    line = 0
    for line, row in enumerate(rows, 1):
        for column, name in enumerate(headings):
            value = row.get(name)
            if value is None:
                continue
            if name in numbers and _fits(value):
                decimals = len(value.partition(".")[2])
                if decimals not in formats:
                    formats[decimals] = book.add_format({"num_format": "0" + "." * (decimals > 0) + "0" * decimals})
                sheet.write_number(line, column, float(value), formats[decimals])
            else:
                sheet.write_string(line, column, value)
    sheet.freeze_panes(1, 0)
    _on_paper(sheet)
    sheet.repeat_rows(0)
    if line:
        sheet.autofilter(0, 0, line, len(headings) - 1)


def write_notes(book: Workbook, title: str, lines: Sequence[tuple[str, str]]) -> None:
    """A sheet of names and texts."""
    sheet: Worksheet = book.add_worksheet(title)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    for line, (name, text) in enumerate(lines):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, text)
    _on_paper(sheet)


def _on_paper(sheet: Worksheet) -> None:
    """As it is printed: all columns beside each other on A4, however many pages it is long."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def rows_csv(columns: Sequence[str], rows: Iterable[Row], target: Path | BinaryIO, *, bom: bool = False) -> None:
    """Rows as CSV in UTF-8; with a byte order mark if `bom`, by which Excel knows UTF-8."""
    texts = [[row.get(name) for name in columns] for row in rows]
    frame = pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String), orient="row")
    harmless(frame).write_csv(target, include_bom=bom)


def _fits(text: str) -> bool:
    """Whether a spreadsheet's number shows this very number: it has 15 digits."""
    return len(Decimal(text).as_tuple().digits) <= 15
