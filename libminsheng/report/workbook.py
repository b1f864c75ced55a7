"""Figures as an xlsx workbook: one sheet of figures, one of receipt and notes.

The columns are those of `Figures.frame`, and two more with the names behind the codes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import polars as pl

from libminsheng.engine import Figures
from libminsheng.errors import Language, current_language, say
from libminsheng.report.export import text_frame
from libminsheng.report.figures import by_columns
from libminsheng.report.rows import headings, new_book, write_notes, write_rows

if TYPE_CHECKING:
    from xlsxwriter import Workbook

__all__ = ["figures_workbook"]

_NUMBERS: Final = ("value", "numerator", "denominator", "reported", "expected")


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
    with new_book(target, len(figures)) as book:
        _figures_sheet(book, figures, lang or current_language())
        _receipt_sheet(book, figures, lang or current_language())


def _figures_sheet(book: Workbook, figures: Figures, lang: Language) -> None:
    frame = _named(text_frame(figures), figures, lang).cast(pl.String)
    words = headings(frame.columns, by_columns(frame), lang)
    write_rows(book, say("report.figures", lang), words, frame.iter_rows(named=True), numbers=_NUMBERS)


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
    lines = [(say(f"report.receipt_{name}", lang), str(value)) for name, value in _receipt(figures)]
    lines += [(say("report.notes", lang), fault.text(lang)) for fault in figures.notes]
    write_notes(book, say("report.receipt", lang), lines)


def _receipt(figures: Figures) -> list[tuple[str, object]]:
    values = figures.receipt.as_dict()
    return [(name, values[name]) for name in ("facts", "definitions", "options", "tree", "version") if name in values]
