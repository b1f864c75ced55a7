"""The quantities of a bulletin laid out for reading: value, unit, what is counted, and which measure that may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from libminsheng.bulletin.drafts import draft_facts
from libminsheng.bulletin.match import Match
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.read import Bulletin
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Language, current_language, say
from libminsheng.report.export import harmless
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.numbers import grouped

__all__ = ["drafts_csv", "quantities_grid"]


def quantities_grid(matches: Sequence[Match], catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """A row for each quantity, with the measure that it is, or the likeliest and why it is not plain."""
    lang = lang or current_language()
    names = ("text", "value", "unit", "of", "division", "period", "measure", "score")
    rows = [_row(one, catalogue, lang) for one in matches]
    matched = sum(one.outcome == "matched" for one in matches)
    caption = say("bulletin.quantities", lang, count=len(matches), matched=matched)
    headers = [_heading(name, lang) for name in names] if rows else []
    return Grid(caption, headers, [Section("", rows)], frozenset({1, 7}), wrap=48)


def _heading(name: str, lang: Language) -> str:
    own = name in ("text", "of", "score")
    return say(f"bulletin.column_{name}", lang) if own else say(f"report.column_{name}", lang)


def drafts_csv(bulletin: Bulletin, catalogue: Catalogue, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """The draft facts as CSV in UTF-8; with a byte order mark if `bom`, by which Excel knows UTF-8."""
    harmless(draft_facts(bulletin, catalogue)).write_csv(target, include_bom=bom)


def _row(one: Match, catalogue: Catalogue, lang: Language) -> list[Cell]:
    quantity = one.quantity
    best = quantity.candidates[0] if quantity.candidates else None
    name = "" if best is None else catalogue.measures[best.measure].name.in_(lang)
    if one.outcome == "matched":
        measure = Cell(name)
    else:
        reason = say(f"bulletin.match_{one.outcome}", lang)
        measure = Cell(f"{name} ({reason})" if name else reason, "warn" if one.outcome == "ambiguous" else "quiet")
    return [
        Cell(quantity.text),
        Cell(("≈ " if quantity.approximate else "") + _value(quantity)),
        Cell(quantity.unit),
        Cell(quantity.of),
        Cell(quantity.division or "", "quiet"),
        Cell(quantity.period or "", "quiet"),
        measure,
        Cell("" if best is None else f"{best.score:f}", "quiet"),
    ]


def _value(quantity: Quantity) -> str:
    exponent = quantity.value.as_tuple().exponent
    return grouped(quantity.value, max(0, -exponent) if isinstance(exponent, int) else 0)
