"""Figures as an xlsx workbook: one sheet of figures, one of receipt and notes.

The columns are those of `Figures.frame`, and two more with the names behind the codes.

Numbers are numbers with their indicator's decimals as format, so that a sheet can go on
computing with them. Codes are text, so that none loses its zeros, and nothing that came from a
file is ever written as a formula. A number that a spreadsheet could not hold exactly (more than
15 digits) is written as text.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import polars as pl

from libminsheng.engine import Figures
from libminsheng.errors import EvaluationError, Fault, Language, current_language, say
from libminsheng.report.export import text_frame
from libminsheng.report.figures import FIXED_COLUMNS

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["figures_workbook"]

_NUMBERS: Final = ("value", "numerator", "denominator", "reported", "expected")
_WIDTHS: Final = {
    "indicator": 30,
    "value": 14,
    "numerator": 18,
    "denominator": 18,
    "flags": 22,
    "missing": 30,
    "division": 14,
}
_ROWS: Final = 1_048_575
"""Rows that a sheet holds below its headings."""


def figures_workbook(figures: Figures, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """Write figures as a workbook.

    Parameters
    ----------
    figures
        What was evaluated.
    target
        A path or a stream of bytes.
    lang
        The language of headings and names.

    Raises
    ------
    EvaluationError
        If there are more figures than a sheet has rows.
    """
    from xlsxwriter import Workbook

    if len(figures) > _ROWS:
        raise EvaluationError(Fault("report.too_many_rows", values={"count": len(figures), "most": _ROWS}))
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(target if not isinstance(target, Path) else str(target), options) as book:
        _figures_sheet(book, figures, lang or current_language())
        _receipt_sheet(book, figures, lang or current_language())


def _figures_sheet(book: Workbook, figures: Figures, lang: Language) -> None:
    sheet: Worksheet = book.add_worksheet(say("report.figures", lang))
    bold = book.add_format({"bold": True, "bottom": 1})
    formats: dict[int, Any] = {}
    frame = _named(text_frame(figures), figures, lang)
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, _heading(name, lang), bold)
        sheet.set_column(column, column, _WIDTHS.get(name, 12))
    for line, row in enumerate(frame.iter_rows(named=True), 1):
        for column, (name, value) in enumerate(row.items()):
            if value is None:
                continue
            if name in _NUMBERS and _fits(str(value)):
                decimals = len(str(value).partition(".")[2])
                if decimals not in formats:
                    formats[decimals] = book.add_format({"num_format": "0" + "." * (decimals > 0) + "0" * decimals})
                sheet.write_number(line, column, float(value), formats[decimals])
            else:
                sheet.write_string(line, column, str(value))
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _named(frame: pl.DataFrame, figures: Figures, lang: Language) -> pl.DataFrame:
    """With the names of indicators and divisions behind the other columns."""
    places = {code: figures.tree.name(code) for code in frame["division"].unique()}
    first = frame.select("indicator").with_row_index("at").unique("indicator", keep="first")
    names = {code: figures[at].indicator.name.in_(lang) for at, code in first.iter_rows()}
    return frame.with_columns(
        pl.col("indicator").replace(names).alias("indicator_name"),
        pl.col("division").replace(places).alias("division_name"),
    )


def _receipt_sheet(book: Workbook, figures: Figures, lang: Language) -> None:
    sheet: Worksheet = book.add_worksheet(say("report.receipt", lang))
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    lines = [(say(f"report.receipt_{name}", lang), str(value)) for name, value in _receipt(figures)]
    lines += [(say("report.notes", lang), fault.text(lang)) for fault in figures.notes]
    for line, (name, text) in enumerate(lines):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, text)


def _receipt(figures: Figures) -> list[tuple[str, object]]:
    values = figures.receipt.as_dict()
    return [(name, values[name]) for name in ("facts", "definitions", "options", "tree", "version") if name in values]


def _heading(name: str, lang: Language) -> str:
    fixed = (*FIXED_COLUMNS, "indicator_name", "division_name")
    return say(f"report.column_{name}", lang) if name in fixed else name


def _fits(text: str) -> bool:
    """Whether a spreadsheet's number shows this very number: it has 15 digits."""
    return len(Decimal(text).as_tuple().digits) <= 15
