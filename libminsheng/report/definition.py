"""One definition laid out for reading: an indicator with its editions side by side, a measure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.source import Source
from libminsheng.errors import Language, say
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.words import domain_words, joined
from libminsheng.vocabulary.domains import find_service

__all__ = [
    "bounds_words",
    "dates_words",
    "defined_grid",
    "in_force_words",
    "indicator_grid",
    "measure_grid",
    "measures_grid",
    "page_grid",
    "service_words",
    "source_words",
]

_WIDE = 88
"""Columns of a terminal that a text beside its label may take."""


def indicator_grid(
    editions: Sequence[Indicator], catalogue: Catalogue | None = None, lang: Language | None = None
) -> Grid:
    """The editions of one indicator side by side, a row for each thing that a definition says."""
    columns = [_definition(edition, catalogue, lang) for edition in editions]
    names = [name for name in columns[0] if any(column[name].text for column in columns)]
    rows = [[Cell(say(f"report.{name}", lang), "quiet"), *(column[name] for column in columns)] for name in names]
    caption = f"{editions[0].name.in_(lang)} · {editions[0].code}"
    several = len(editions) > 1
    headers = [say("report.edition", lang), *(_edition(edition, lang) for edition in editions)]
    return Grid(caption, headers, [Section("", rows)], wrap=44 if several else _WIDE)


def measure_grid(measure: Measure, catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """What a measure is, and the indicators that use it."""
    values = {
        "unit": measure.unit,
        "decimals": str(measure.decimals),
        "time": say(f"report.time_{measure.time}", lang),
        "year_starts": str(measure.year_starts),
        "breakdowns": joined(measure.breakdowns, lang),
        "definition": "" if measure.definition is None else measure.definition.in_(lang),
        "source": "" if measure.source is None else source_words(measure.source, lang),
        "aliases": joined(measure.aliases, lang),
        "pack": measure.pack,
        "used_by": joined((user.key for user in catalogue.used_by(measure.code)), lang),
    }
    return page_grid(f"{measure.name.in_(lang)} · {measure.code}", values.items(), lang)


def page_grid(caption: str, values: Iterable[tuple[str, str]], lang: Language | None = None) -> Grid:
    """Labels with their texts, those that are empty left out; labels are names of messages."""
    rows = [[Cell(say(f"report.{name}", lang), "quiet"), Cell(text)] for name, text in values if text]
    return Grid(caption, [], [Section("", rows)], wrap=_WIDE)


def defined_grid(caption: str, indicators: Iterable[Indicator], lang: Language | None = None) -> Grid:
    """Indicators one below the other: key, name, unit, formula."""
    headers = [say(f"report.column_{name}", lang) for name in ("code", "name", "unit", "formula")]
    return Grid(caption, headers, [Section("", [indicator_row(one, lang) for one in indicators])])


def measures_grid(caption: str, measures: Iterable[Measure], lang: Language | None = None) -> Grid:
    """Measures one below the other: code, name, unit, time nature."""
    headers = [say(f"report.column_{name}", lang) for name in ("code", "name", "unit", "time")]
    return Grid(caption, headers, [Section("", [measure_row(one, lang) for one in measures])])


def indicator_row(indicator: Indicator, lang: Language | None) -> list[Cell]:
    """One line about an indicator; editions that are not the default stand back."""
    key = indicator.code if indicator.edition == "1" else indicator.key
    tone: Tone = "plain" if indicator.default else "quiet"
    texts = (key, indicator.name.in_(lang), indicator.unit, str(indicator.tree))
    return [Cell(text, tone) for text in texts]


def measure_row(measure: Measure, lang: Language | None) -> list[Cell]:
    """One line about a measure."""
    texts = (measure.code, measure.name.in_(lang), measure.unit, say(f"report.time_{measure.time}", lang))
    return [Cell(text) for text in texts]


def source_words(source: Source | None, lang: Language | None = None) -> str:
    """Where a definition comes from: document, clause, and whether somebody has read it there."""
    if source is None:
        return say("report.unverified", lang)
    parts = [part for part in (source.document, source.clause) if part]
    mark = say("report.verified" if source.verified else "report.unverified", lang)
    return say("report.marked", lang, text=" · ".join(parts), mark=mark)


def service_words(keys: Iterable[int | str], lang: Language | None = None) -> str:
    """Services by number and name, in a row.

    >>> service_words((6, 47), "zh")
    '6 儿童健康管理、47 老年人健康管理'
    """
    return joined((str(find_service(key) or key) for key in keys), lang)


def bounds_words(indicator: Indicator, lang: Language | None = None) -> str:
    """The bounds of an indicator as an interval, or that it has none."""
    if indicator.bounds is None:
        return say("report.bounds_none", lang)
    low, high = indicator.bounds
    return f"[{'−∞' if low is None else f'{low:f}'}, {'∞' if high is None else f'{high:f}'}]"


def in_force_words(indicator: Indicator, lang: Language | None = None) -> str:
    """The days on which an edition is in force."""
    return dates_words(indicator.valid_from, indicator.valid_to, lang)


def dates_words(start: datetime.date | None, end: datetime.date | None, lang: Language | None = None) -> str:
    """The days from one to another, either of them open."""
    if start and end:
        return say("report.in_force_between", lang, start=start, end=end)
    if start:
        return say("report.in_force_from", lang, start=start)
    return say("report.in_force_until", lang, end=end) if end else say("report.in_force_always", lang)


def _edition(indicator: Indicator, lang: Language | None) -> str:
    return f"{indicator.edition} · {say('report.default_edition', lang)}" if indicator.default else indicator.edition


def _definition(indicator: Indicator, catalogue: Catalogue | None, lang: Language | None) -> dict[str, Cell]:
    source: Tone = "plain" if indicator.verified else "warn"
    return {
        "formula": Cell(str(indicator.tree)),
        "in_words": Cell("" if catalogue is None else formula_in_words(indicator.tree, catalogue, lang)),
        "unit": Cell(indicator.unit),
        "decimals": Cell(str(indicator.decimals)),
        "rounding": Cell(say(f"report.rounding_{indicator.rounding}", lang)),
        "bounds": Cell(bounds_words(indicator, lang)),
        "better": Cell("" if indicator.better is None else say(f"report.better_{indicator.better}", lang)),
        "domain": Cell(domain_words(indicator.domain, lang)),
        "services": Cell(service_words(indicator.services, lang)),
        "in_force": Cell(in_force_words(indicator, lang)),
        "source": Cell(source_words(indicator.source, lang), source),
        "definition": Cell(indicator.description.in_(lang)),
        "aliases": Cell(joined(indicator.aliases, lang)),
        "pack": Cell(indicator.pack),
        "cases": Cell("" if catalogue is None else _cases(indicator, catalogue, lang)),
    }


def _cases(indicator: Indicator, catalogue: Catalogue, lang: Language | None) -> str:
    names = [case.name for case in catalogue.cases_of(indicator)]
    return say("report.counted", lang, count=len(names), names=joined(names, lang)) if names else ""
