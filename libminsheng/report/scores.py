"""Scorecards laid out for reading: item by item, with the arithmetic, the total and the grade."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Final

from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import Language, current_language, say
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.html import grid_fragment
from libminsheng.report.numbers import grouped
from libminsheng.report.rows import headings, new_book, rows_csv, write_rows
from libminsheng.report.words import flag_words, joined, status_words
from libminsheng.scoring.frames import SCORES_COLUMNS
from libminsheng.scoring.points import shown
from libminsheng.scoring.scorecard import Points, Scorecard, Scores

__all__ = ["scores_csv", "scores_grid", "scores_html", "scores_workbook"]

_SHOWN: Final = 20
"""Scorecards that a notebook shows of a long list."""
_NUMBERS: Final = ("value", "weight", "points", "total")
_BEFORE: Final = ("scheme", "division", "division_name", "period")
_CONDITION: Final = ("flags", "missing")
_AFTER: Final = ("item", "indicator", "value", "unit", "weight", "points", "status", "arithmetic", "total", "grade")


def scores_grid(scores: Scores, lang: Language | None = None, *, limit: int | None = None) -> Grid:
    """A section for each scorecard; its heading has the total and the grade."""
    lang = lang or current_language()
    shown_cards = scores[:] if limit is None else scores[:limit]
    names = ("item", "value", "unit", "target", "weight", "points", "arithmetic")
    sections = [Section(_title(card, scores, lang), _rows(card, lang)) for card in shown_cards]
    notes = [fault.text(lang) for fault in scores.notes[:20]]
    schemes = scores.schemes or (scores.scheme,)
    if not all(scheme.verified for scheme in schemes):
        notes.append(say("report.scheme_unverified", lang))
    if len(shown_cards) < len(scores):
        notes.insert(0, say("report.more_cards", lang, count=len(scores) - len(shown_cards)))
    return Grid(
        f"{scores.scheme.name.in_(lang)} · {joined((scheme.key for scheme in schemes), lang)}",
        [say(f"report.column_{name}", lang) for name in names],
        sections,
        frozenset({1, 3, 4, 5}),
        notes,
    )


def scores_html(scores: Scores, lang: Language | None = None) -> str:
    """What a notebook shows of scores."""
    return grid_fragment(scores_grid(scores, lang, limit=_SHOWN), lang)


def scores_csv(scores: Scores, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """One row an item: the columns of `Scores.frame`, and the arithmetic, as CSV in UTF-8.

    Codes are those of JSON, whatever the language; only the arithmetic is in words.
    """
    columns = ["scheme", "edition", *_BEFORE[1:], *_own(scores).values(), "item", "group", *_AFTER[1:], *_CONDITION]
    rows_csv(columns, [row | codes for row, codes in zip(_texts(scores), _codes(scores), strict=True)], target, bom=bom)


def scores_workbook(scores: Scores, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """One row an item in words, as a sheet of a workbook."""
    lang = lang or current_language()
    words = headings(_columns(scores), _own(scores).values(), lang)
    rows = _texts(scores, lang)
    with new_book(target, len(rows)) as book:
        write_rows(book, say("report.scores", lang), words, rows, numbers=_NUMBERS)


def _columns(scores: Scores) -> list[str]:
    return [*_BEFORE, *_own(scores).values(), *_AFTER]


def _own(scores: Scores) -> dict[str, str]:
    """The columns of the breakdowns."""
    return breakdown_columns(dict.fromkeys(name for card in scores for name in card.by), SCORES_COLUMNS)


def _codes(scores: Scores) -> list[dict[str, str | None]]:
    """What a row says in codes rather than words."""
    return [
        {
            "scheme": card.scheme.code,
            "edition": card.scheme.edition,
            "item": one.item.code,
            "group": one.item.group,
            "flags": ";".join(one.flags),
            "missing": ";".join(one.missing),
            "status": one.status,
            "grade": None if card.grade is None else card.grade.code,
        }
        for card in scores
        for one in card.points
    ]


def _texts(scores: Scores, lang: Language | None = None) -> list[dict[str, str | None]]:
    lang = lang or current_language()
    own = _own(scores)
    return [
        {
            "scheme": card.scheme.key,
            "division": card.division,
            "division_name": scores.figures.tree.name(card.division),
            "period": str(card.period),
            **{own[name]: cell for name, cell in card.by.items()},
            "item": one.name.in_(lang),
            "indicator": one.item.indicator,
            "value": None if one.figure is None or one.figure.value is None else f"{one.figure.value:f}",
            "unit": None if one.figure is None else one.figure.unit,
            "weight": shown(one.weight),
            "points": None if one.points is None else f"{one.points:f}",
            "status": status_words(one.status, lang),
            "arithmetic": one.arithmetic(lang),
            "total": None if card.total is None else f"{card.total:f}",
            "grade": None if card.grade is None else card.grade.name.in_(lang),
        }
        for card in scores
        for one in card.points
    ]


def _title(card: Scorecard, scores: Scores, lang: Language) -> str:
    parts = [scores.figures.tree.name(card.division), card.period.text(lang)]
    parts += [f"{column}={value}" for column, value in card.by.items()]
    where = " · ".join(parts)
    scheme = card.scheme
    if card.total is None:
        earned, of = card.so_far
        names = {one.item.code: one.name.in_(lang) for one in card.points}
        lacking = joined((names[code] for code in card.missing), lang)
        return say("report.card_open", lang, where=where, earned=earned, of=of, names=lacking)
    total = grouped(card.total, scheme.decimals)
    grade = card.grade.name.in_(lang) if card.grade else ""
    return say("report.card", lang, where=where, total=total, of=f"{scheme.total:f}", grade=grade).rstrip()


def _rows(card: Scorecard, lang: Language) -> list[list[Cell]]:
    rows = []
    group = None
    for one in card.points:
        if one.item.group != group:
            group = one.item.group
            found = card.scheme.group(group)
            if found is not None and len(card.scheme.groups) < len(card.points):
                rows.append(_group(card, found.code, found.name.in_(lang)))
        rows.append(_row(one, lang))
    return rows


def _group(card: Scorecard, code: str, name: str) -> list[Cell]:
    inside = [one for one in card.points if one.item.group == code]
    weight = shown(sum((one.weight for one in inside), Fraction(0)))
    return [Cell(name, "quiet"), Cell(""), Cell(""), Cell(""), Cell(weight, "quiet"), Cell(""), Cell("")]


def _row(one: Points, lang: Language) -> list[Cell]:
    figure, item = one.figure, one.item
    value = "—" if figure is None else grouped(figure.value, figure.indicator.decimals)
    target = "" if one.target is None else f"{one.target:f}"
    if item.target == "reported" and one.target is None:
        target = say("report.target_reported", lang)
    words = one.arithmetic(lang)
    if one.flags:
        words += "；" if lang == "zh" else "; "
        words += joined((flag_words(flag, lang) for flag in one.flags), lang)
    tone: Tone = "bad" if one.earned is None else "plain"
    return [
        Cell(one.name.in_(lang)),
        Cell(value, "plain" if figure is not None and figure.value is not None else tone),
        Cell("" if figure is None or figure.unit == "1" else figure.unit),
        Cell(target),
        Cell(shown(one.weight)),
        Cell("—" if one.points is None else f"{one.points:f}", tone),
        Cell(words, tone),
    ]
