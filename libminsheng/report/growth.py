"""Comparisons with earlier periods laid out for reading, and for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from libminsheng.definitions.parse import parse
from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import Language, current_language, say
from libminsheng.report.condition import condition_tone, condition_words
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.html import grid_fragment
from libminsheng.report.numbers import grouped
from libminsheng.report.rows import Row, headings, new_book, rows_csv, write_rows
from libminsheng.scoring.comparison import Change, Comparison
from libminsheng.scoring.frames import COMPARISON_COLUMNS

__all__ = ["comparison_csv", "comparison_grid", "comparison_html", "comparison_workbook"]

_SHOWN: Final = 60
"""Rows that a notebook shows of a long comparison."""
_NUMBERS: Final = ("value", "base", "change")
_BEFORE: Final = ("indicator", "edition", "division", "period")
_BESIDE: Final = ("against", "value", "base", "unit", "change", "change_unit", "status")
_AFTER: Final = ("against", "value", "base", "change", "unit", "change_unit", "status", "flags", "missing")


def comparison_grid(comparison: Comparison, lang: Language | None = None, *, limit: int | None = None) -> Grid:
    """A section for each edition of an indicator: division, period, value, base, and the change with its sign.

    Parameters
    ----------
    comparison
        What `compare` gave.
    lang
        The language of names, periods and statuses.
    limit
        Show so many rows at most; a note says how many more there are.
    """
    lang = lang or current_language()
    shown = comparison if limit is None else comparison[:limit]
    sections: dict[str, list[Sequence[Cell]]] = {}
    for change in shown:
        sections.setdefault(_title(change, comparison, lang), []).append(_cells(change, comparison, lang))
    notes = [fault.text(lang) for fault in comparison.notes[:20]]
    if len(shown) < len(comparison):
        notes.insert(0, say("report.more", lang, count=len(comparison) - len(shown)))
    own = breakdown_columns(comparison.by, COMPARISON_COLUMNS).values()
    first = 2 + len(comparison.by)
    return Grid(
        say("report.count_changes", lang, count=f"{len(comparison):,}"),
        list(headings(("division", "period", *own, *_BESIDE), own, lang).values()),
        [Section(title, rows) for title, rows in sections.items()],
        frozenset({first + 1, first + 2, first + 4}),
        notes,
    )


def comparison_html(comparison: Comparison, lang: Language | None = None, *, limit: int | None = _SHOWN) -> str:
    """What a notebook shows of a comparison: the first 60 rows, and how many more there are."""
    return grid_fragment(comparison_grid(comparison, lang, limit=limit), lang)


def comparison_csv(comparison: Comparison, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """The columns of `Comparison.frame` as CSV in UTF-8; several flags or missing operands are joined by ``;``."""
    own = breakdown_columns(comparison.by, COMPARISON_COLUMNS)
    rows_csv((*_BEFORE, *own.values(), *_AFTER), (_row(change, own) for change in comparison), target, bom=bom)


def comparison_workbook(comparison: Comparison, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """The columns of `Comparison.frame` as a sheet, with the names of indicators and divisions behind them."""
    lang = lang or current_language()
    own = breakdown_columns(comparison.by, COMPARISON_COLUMNS)
    names = (*_BEFORE, *own.values(), *_AFTER, "indicator_name", "division_name")
    rows = (
        {
            **_row(change, own),
            "indicator_name": change.figure.indicator.name.in_(lang),
            "division_name": comparison.tree.name(change.figure.division),
        }
        for change in comparison
    )
    with new_book(target, len(comparison)) as book:
        write_rows(book, say("report.comparison", lang), headings(names, own.values(), lang), rows, numbers=_NUMBERS)


def _title(change: Change, comparison: Comparison, lang: Language) -> str:
    indicator = change.figure.indicator
    name = indicator.name.in_(lang)
    if len({edition.key for edition in comparison.editions if edition.code == indicator.code}) < 2:
        return name
    return f"{name}（{indicator.edition}）" if lang == "zh" else f"{name} ({indicator.edition})"


def _cells(change: Change, comparison: Comparison, lang: Language) -> list[Cell]:
    figure = change.figure
    tone = condition_tone(change.status, change.flags)
    everything = Cell(say("report.all_values", lang), "quiet")
    decimals = figure.indicator.decimals
    return [
        Cell(comparison.tree.name(figure.division)),
        Cell(figure.period.text(lang)),
        *(Cell(figure.by[name]) if name in figure.by else everything for name in comparison.by),
        Cell(say(f"report.against_{change.against}", lang)),
        Cell(grouped(figure.value, decimals)),
        Cell(grouped(change.base.value, decimals)),
        Cell(figure.unit),
        Cell(_signed(change), "plain" if change.change is not None else tone),
        Cell(change.unit),
        Cell(_condition(change, comparison, lang), tone),
    ]


def _signed(change: Change) -> str:
    """The change with its sign, as notices print it: ``+5.80``."""
    if change.change is None:
        return "—"
    sign = "+" if change.change > 0 else ""
    return sign + grouped(change.change, change.growth.indicator.decimals)


def _condition(change: Change, comparison: Comparison, lang: Language) -> str:
    if change.status == "zero_denominator" and change.base.exact == 0:
        return say("report.base_zero", lang)
    missing = [formula_in_words(parse(text), comparison.catalogue, lang) for text in change.missing]
    return condition_words(change.status, change.flags, missing, lang)


def _row(change: Change, own: Mapping[str, str]) -> Row:
    told = change.as_dict()
    plain = {name: told[name] for name in (*_BEFORE, *_AFTER) if name not in ("flags", "missing")}
    by = {own[name]: cell for name, cell in change.figure.by.items()}
    return {**by, **plain, "flags": ";".join(change.flags), "missing": ";".join(change.missing)}
