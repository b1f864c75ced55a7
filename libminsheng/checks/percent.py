"""Per cent for percentage points (百分比与百分点): 5.8 % of growth is not 5.8 percentage points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import polars as pl

from libminsheng.checks.finding import Finding, Severity
from libminsheng.checks.panel import Panel
from libminsheng.checks.ruled import cut
from libminsheng.checks.sentences import guesses, sentence
from libminsheng.checks.settings import Settings
from libminsheng.errors import UnitError
from libminsheng.vocabulary.units import Unit, unit

__all__ = ["percent"]

_PLACES = ("file", "row", "division", "period")


def percent(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A measure in 百分点 that was reported in %, or one in % (a rate, the growth of an amount) in 百分点.

    The two are converted to one another without a word, because their factor is the same; what is
    meant differs.
    """
    rule = settings.rule()
    facts = panel.facts
    if rule is None or facts is None or "unit" not in facts.columns:
        return
    pairs = facts.select(pl.col("measure", "unit").cast(pl.String)).drop_nulls().unique().iter_rows()
    confused = [
        (pl.col("measure").cast(pl.String) == name) & (pl.col("unit").cast(pl.String) == text)
        for name, text in pairs
        if _confused(panel, name, text)
    ]
    if not confused:
        return
    columns = [name for name in _PLACES if name in facts.columns]
    rows = facts.filter(pl.any_horizontal(confused)).select(*columns, "measure", "unit", "value")
    shown, more = cut(range(len(rows)), rule)
    for row in rows[: len(shown)].iter_rows(named=True):
        measure = panel.catalogue.measures[panel.catalogue.measure_code(row["measure"]) or ""]
        words = sentence("percent_for_points", measure=measure.name, expected=measure.unit, given=row["unit"])
        yield Finding(
            rule.finding,
            cast("Severity", rule.severity),
            {**{name: row[name] for name in columns}, "measure": measure.code},
            seen=f"{row['value']} {row['unit']}",
            hypotheses=guesses(rule),
            words=words,
            rule=rule.code,
        )
    yield from more


def _confused(panel: Panel, name: str, text: str) -> bool:
    """Whether a measure of rates was reported in points, or the reverse."""
    code = panel.catalogue.measure_code(name)
    try:
        given, own = unit(text), unit(panel.catalogue.measures[code or ""].unit)
    except (KeyError, UnitError):
        return False
    return _is_percent(own) and _is_percent(given) and own.points != given.points


def _is_percent(one: Unit) -> bool:
    return one.is_ratio and one.factor.denominator == 100
