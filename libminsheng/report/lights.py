"""What is watched laid out for reading: lights, pace, forecast, what is still needed; the roll-up first."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

from libminsheng.definitions.lights import Light
from libminsheng.definitions.parse import parse
from libminsheng.engine.frame import breakdown_columns
from libminsheng.errors import Language, current_language, say
from libminsheng.report.condition import condition_words
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.html import grid_fragment
from libminsheng.report.numbers import grouped
from libminsheng.report.rows import headings, new_book, rows_csv, write_rows
from libminsheng.report.words import flag_words, joined, status_words
from libminsheng.scoring.frames import MONITOR_COLUMNS
from libminsheng.scoring.watched import Monitor, Overall, Watched

__all__ = ["light_words", "monitor_csv", "monitor_grid", "monitor_html", "monitor_workbook"]

_TONES: Final[Mapping[Light | None, Tone]] = {
    "red": "bad", "yellow": "warn", "green": "good", "blue": "good", None: "quiet",
}  # fmt: skip
_SIGNS: Final[Mapping[Light | None, str]] = {"red": "●", "yellow": "▲", "green": "○", "blue": "◎", None: "–"}
"""A shape beside each colour, for those who do not see it and for paper."""
_SHOWN: Final = 60
_NUMBERS: Final = ("actual", "target", "pace", "forecast", "needed")
_BEFORE: Final = ("division", "division_name", "period")
_AFTER: Final = ("watch", "light", "actual", "target", "unit", "pace", "forecast", "needed", "status")
_CONDITION: Final = ("flags", "missing")
"""Beside the status, where a row stands alone; a table says them with it."""


def light_words(light: Light | None, lang: Language | None = None) -> str:
    """A light as people say it, with its shape.

    >>> light_words("red", "zh")
    '● 红'
    """
    word = say(f"report.light_{light or 'none'}", lang)
    return f"{_SIGNS[light]} {word}"


def monitor_grid(found: Monitor, lang: Language | None = None, *, limit: int | None = None) -> Grid:
    """A section for each division and breakdown; its heading has the lights rolled up."""
    lang = lang or current_language()
    shown = found[:] if limit is None else found[:limit]
    overall = {(one.division, tuple(one.by.items())): one for one in found.overall}
    sections = []
    for key, group in groupby(shown, key=lambda one: (one.division, tuple(one.by.items()))):
        rows = [_row(one, found, lang) for one in group]
        sections.append(Section(_title(overall[key], found, lang), rows))
    notes = [fault.text(lang) for fault in found.figures.notes[:20]]
    if len(shown) < len(found):
        notes.insert(0, say("report.more", lang, count=len(found) - len(shown)))
    return Grid(
        say("report.monitor", lang, period=found.period.text(lang), count=len(found)),
        [say(f"report.column_{name}", lang) for name in _AFTER],
        sections,
        frozenset({2, 3, 5, 6, 7}),
        notes,
    )


def monitor_html(found: Monitor, lang: Language | None = None) -> str:
    """What a notebook shows of monitoring."""
    return grid_fragment(monitor_grid(found, lang, limit=_SHOWN), lang)


def monitor_csv(found: Monitor, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """One row a watched thing: the columns of `Monitor.frame`, as CSV in UTF-8; codes are those of JSON.

    Several flags or missing operands are joined by ``;``.
    """
    columns = [*_BEFORE, *_own(found).values(), "watch", "aspect", "rule", *_AFTER[1:], *_CONDITION]
    rows_csv(columns, [row | codes for row, codes in zip(_texts(found), _codes(found), strict=True)], target, bom=bom)


def monitor_workbook(found: Monitor, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """One row a watched thing in words, as a sheet of a workbook."""
    lang = lang or current_language()
    words = headings(_columns(found), _own(found).values(), lang)
    rows = _texts(found, lang)
    with new_book(target, len(rows)) as book:
        write_rows(book, say("report.lights", lang), words, rows, numbers=_NUMBERS)


def _columns(found: Monitor) -> list[str]:
    return [*_BEFORE, *_own(found).values(), *_AFTER, *_CONDITION]


def _own(found: Monitor) -> dict[str, str]:
    """The columns of the breakdowns."""
    return breakdown_columns(dict.fromkeys(name for one in found for name in one.by), MONITOR_COLUMNS)


def _codes(found: Monitor) -> list[dict[str, str | None]]:
    """What a row says in codes rather than words."""
    return [
        {
            "watch": one.watch.code,
            "aspect": one.watch.aspect,
            "rule": one.rule.code,
            "light": one.light,
            "status": one.status,
            "flags": ";".join(one.flags),
            "missing": ";".join(one.missing),
        }
        for one in found
    ]


def _texts(found: Monitor, lang: Language | None = None) -> list[dict[str, str | None]]:
    lang = lang or current_language()
    own = _own(found)
    return [
        {
            "division": one.division,
            "division_name": found.figures.tree.name(one.division),
            "period": str(one.period),
            **{own[name]: cell for name, cell in one.by.items()},
            "watch": one.name.in_(lang),
            "light": None if one.light is None else say(f"report.light_{one.light}", lang),
            "actual": None if one.actual is None else f"{one.actual:f}",
            "target": None if one.target is None else f"{one.target:f}",
            "unit": one.unit,
            "pace": None if one.pace is None else f"{one.pace:f}",
            "forecast": None if one.forecast is None else f"{one.forecast:f}",
            "needed": None if one.needed is None else f"{one.needed:f}",
            "status": status_words(one.status, lang),
            "flags": joined((flag_words(flag, lang) for flag in one.flags), lang),
            "missing": ";".join(one.missing),
        }
        for one in found
    ]


def _title(one: Overall, found: Monitor, lang: Language) -> str:
    where = " · ".join(
        [found.figures.tree.name(one.division), *(f"{column}={value}" for column, value in one.by.items())]
    )
    counts = joined((f"{light_words(light, lang)} {count}" for light, count in one.counts.items() if count), lang)
    words = say(
        "report.overall",
        lang,
        where=where,
        light=light_words(one.light, lang),
        budget=light_words(one.budget, lang),
        goal=light_words(one.goal, lang),
        counts=counts or "–",
    )
    return words if not one.without else words + say("report.overall_without", lang, count=one.without)


def _row(one: Watched, found: Monitor, lang: Language) -> list[Cell]:
    decimals = one.figure.indicator.decimals
    tone = _TONES[one.light]
    missing = [formula_in_words(parse(text), found.figures.catalogue, lang) for text in one.missing]
    sound = one.status == "ok" and not one.flags
    words = "" if sound else condition_words(one.status, one.flags, missing, lang)
    target = grouped(one.target, decimals) if one.aim is not None else _range(one)
    return [
        Cell(one.name.in_(lang)),
        Cell(light_words(one.light, lang), tone),
        Cell(grouped(one.actual, decimals)),
        Cell(target),
        Cell("" if one.unit == "1" else one.unit),
        Cell(_number(one.pace, 2, "%")),
        Cell(_number(one.forecast, decimals)),
        Cell(_number(one.needed, decimals)),
        Cell(words, "bad" if one.status != "ok" else "plain"),
    ]


def _number(value: Decimal | None, decimals: int, unit: str = "") -> str:
    return "" if value is None else f"{grouped(value, decimals)}{' ' + unit if unit else ''}"


def _range(one: Watched) -> str:
    low, high = one.watch.low, one.watch.high
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:f}'}–{'' if high is None else f'{high:f}'}"
