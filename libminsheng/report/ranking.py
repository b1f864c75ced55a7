"""Rankings laid out for reading, and for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import Language, current_language, say
from libminsheng.report.condition import condition_tone, condition_words
from libminsheng.report.formulas import name_of
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.html import grid_fragment
from libminsheng.report.numbers import fraction_text, grouped
from libminsheng.report.rows import Row, headings, new_book, rows_csv, write_rows
from libminsheng.scoring.frames import RANKING_COLUMNS
from libminsheng.scoring.ranking import Ranked, Ranking

__all__ = ["ranking_csv", "ranking_grid", "ranking_html", "ranking_workbook"]

_SHOWN: Final = 60
"""Rows that a notebook shows of a long ranking."""
_NUMBERS: Final = ("rank", "value", "reported", "expected")
_BEFORE: Final = ("rank", "indicator", "edition", "division", "period")
_AFTER: Final = ("value", "unit", "status", "flags", "reported", "expected", "missing")


def ranking_grid(ranking: Ranking, lang: Language | None = None, *, limit: int | None = None) -> Grid:
    """One row a division: place, name, value, unit, status; without a value a dash for the place.

    Parameters
    ----------
    ranking
        What `rank` gave.
    lang
        The language of names, periods and statuses.
    limit
        Show so many rows at most; a note says how many more there are.
    """
    lang = lang or current_language()
    shown = ranking if limit is None else ranking[:limit]
    notes = [fault.text(lang) for fault in ranking.figures.notes[:20]]
    if len(shown) < len(ranking):
        notes.insert(0, say("report.more", lang, count=len(ranking) - len(shown)))
    names = ("rank", "division", "value", "unit", "status")
    return Grid(
        _caption(ranking, lang),
        [say(f"report.column_{name}", lang) for name in names],
        [Section("", [_cells(place, ranking, lang) for place in shown])],
        frozenset({0, 2}),
        notes,
    )


def ranking_html(ranking: Ranking, lang: Language | None = None, *, limit: int | None = _SHOWN) -> str:
    """What a notebook shows of a ranking: the first 60 rows, and how many more there are."""
    return grid_fragment(ranking_grid(ranking, lang, limit=limit), lang)


def ranking_csv(ranking: Ranking, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """The columns of `Ranking.frame` as CSV in UTF-8; several flags or missing operands are joined by ``;``."""
    own = breakdown_columns(ranking.by, RANKING_COLUMNS)
    rows_csv((*_BEFORE, *own.values(), *_AFTER), (_row(place, own) for place in ranking), target, bom=bom)


def ranking_workbook(ranking: Ranking, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """The columns of `Ranking.frame` as a sheet, with the divisions' names behind them."""
    lang = lang or current_language()
    own = breakdown_columns(ranking.by, RANKING_COLUMNS)
    words = headings((*_BEFORE, *own.values(), *_AFTER, "division_name"), own.values(), lang)
    tree = ranking.figures.tree
    rows = ({**_row(place, own), "division_name": tree.name(place.figure.division)} for place in ranking)
    with new_book(target, len(ranking)) as book:
        write_rows(book, say("report.ranking", lang), words, rows, numbers=_NUMBERS)


def _caption(ranking: Ranking, lang: Language) -> str:
    indicator = ranking.indicator
    better = say(f"report.better_{ranking.better}", lang)
    if ranking.target is not None:
        target = fraction_text(ranking.target)
        better = say("report.ranked_against", lang, better=better, target=target, unit=indicator.unit)
    ranked = sum(place.rank is not None for place in ranking)
    parts = [
        indicator.name.in_(lang),
        ranking.period.text(lang),
        *(f"{column}={value}" for column, value in ranking.by.items()),
        better,
        *([say("report.ranked_printed", lang)] if ranking.ties == "printed" else []),
        say("report.count_ranked", lang, ranked=ranked, count=len(ranking)),
    ]
    return " · ".join(parts)


def _cells(place: Ranked, ranking: Ranking, lang: Language) -> list[Cell]:
    figure = place.figure
    tone = condition_tone(figure.status, figure.flags)
    missing = [name_of(code, ranking.figures.catalogue, lang) for code in figure.missing]
    condition = condition_words(figure.status, figure.flags, missing, lang, coverage=figure.coverage)
    return [
        Cell("—" if place.rank is None else str(place.rank), "quiet" if place.rank is None else "plain"),
        Cell(ranking.figures.tree.name(figure.division)),
        Cell(grouped(figure.value, figure.indicator.decimals), "plain" if figure.value is not None else tone),
        Cell(figure.unit),
        Cell(condition, tone),
    ]


def _row(place: Ranked, own: Mapping[str, str]) -> Row:
    figure = place.figure
    return {
        **{own[name]: cell for name, cell in figure.by.items()},
        "rank": None if place.rank is None else str(place.rank),
        "indicator": figure.indicator.code,
        "edition": figure.indicator.edition,
        "division": figure.division,
        "period": str(figure.period),
        "value": None if figure.value is None else f"{figure.value:f}",
        "unit": figure.unit,
        "status": figure.status,
        "flags": ";".join(figure.flags),
        "reported": str(figure.coverage.reported),
        "expected": str(figure.coverage.expected),
        "missing": ";".join(figure.missing),
    }
