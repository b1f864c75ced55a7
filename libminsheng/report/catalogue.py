"""Definitions laid out for reading: what the catalogue holds, what one indicator is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Name, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.errors import Language, say
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.words import domain_place, domain_words, joined
from libminsheng.vocabulary.text import Text

__all__ = ["catalogue_grid", "indicator_dict", "indicator_grid", "measure_dict", "measure_grid", "source_words"]


def catalogue_grid(
    catalogue: Catalogue,
    lang: Language | None = None,
    *,
    indicators: Sequence[Indicator] | None = None,
    measures: Sequence[Measure] = (),
    limit: int | None = None,
) -> Grid:
    """Indicators domain by domain, in the order of the packs; then measures, if any are given."""
    wanted = None if indicators is None else {indicator.key for indicator in indicators}
    listed = [one for pack in catalogue.packs for one in pack.indicators if wanted is None or one.key in wanted]
    ranked = sorted(listed, key=lambda indicator: domain_place(indicator.domain))
    shown = ranked if limit is None else ranked[:limit]
    sections = [
        Section(domain_words(domain, lang), [_listed(indicator, lang) for indicator in group])
        for domain, group in groupby(shown, key=lambda indicator: indicator.domain)
    ]
    if measures:
        rows = [
            [
                Cell(measure.code),
                Cell(measure.name.in_(lang)),
                Cell(measure.unit),
                Cell(say(f"report.time_{measure.time}", lang)),
            ]
            for measure in measures
        ]
        sections.append(Section(say("report.column_measure", lang), rows))
    counts = say(
        "report.count_indicators",
        lang,
        indicators=len(listed),
        measures=len(catalogue.measures) if indicators is None else len(measures),
        packs=len(catalogue.packs),
    )
    headers = [say(f"report.column_{name}", lang) for name in ("code", "name", "unit", "formula")]
    notes = [say("report.more", lang, count=len(ranked) - len(shown))] if len(shown) < len(ranked) else []
    return Grid(f"{say('report.catalogue', lang)} · {counts}", headers, sections, notes=notes)


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
    return Grid(caption, headers, [Section("", rows)], wrap=44 if several else 88)


def measure_grid(measure: Measure, catalogue: Catalogue, lang: Language | None = None) -> Grid:
    """What a measure is, and the indicators that use it."""
    values = {
        "unit": measure.unit,
        "decimals": str(measure.decimals),
        "time": say(f"report.time_{measure.time}", lang),
        "year_starts": str(measure.year_starts),
        "breakdowns": joined(measure.breakdowns, lang),
        "definition": "" if measure.definition is None else measure.definition.in_(lang),
        "source": "" if measure.source is None else str(measure.source),
        "aliases": joined(measure.aliases, lang),
        "pack": measure.pack,
        "used_by": joined((user.key for user in _users(measure.code, catalogue)), lang),
    }
    rows = [[Cell(say(f"report.{name}", lang), "quiet"), Cell(text)] for name, text in values.items() if text]
    return Grid(f"{measure.name.in_(lang)} · {measure.code}", [], [Section("", rows)], wrap=88)


def indicator_dict(indicator: Indicator, catalogue: Catalogue) -> dict[str, object]:
    """An indicator as JSON carries it; names and texts in both languages."""
    source = indicator.source
    bounds = indicator.bounds
    return {
        "code": indicator.code,
        "edition": indicator.edition,
        "name": _both(indicator.name),
        "formula": indicator.formula,
        "in_words": {
            "zh": formula_in_words(indicator.tree, catalogue, "zh"),
            "en": formula_in_words(indicator.tree, catalogue, "en"),
        },
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "rounding": indicator.rounding,
        "bounds": None if bounds is None else [None if bound is None else f"{bound:f}" for bound in bounds],
        "better": indicator.better,
        "domain": indicator.domain,
        "services": list(indicator.services),
        "source": None
        if source is None
        else {"document": source.document, "clause": source.clause, "verified": source.verified},
        "valid_from": None if indicator.valid_from is None else indicator.valid_from.isoformat(),
        "valid_to": None if indicator.valid_to is None else indicator.valid_to.isoformat(),
        "default": indicator.default,
        "description": _both(indicator.description),
        "aliases": list(indicator.aliases),
        "pack": indicator.pack,
        "cases": _cases(indicator, catalogue),
    }


def measure_dict(measure: Measure, catalogue: Catalogue) -> dict[str, object]:
    """A measure as JSON carries it."""
    return {
        "code": measure.code,
        "name": _both(measure.name),
        "unit": measure.unit,
        "time": measure.time,
        "decimals": measure.decimals,
        "year_starts": measure.year_starts,
        "breakdowns": list(measure.breakdowns),
        "definition": _both(measure.definition),
        "aliases": list(measure.aliases),
        "pack": measure.pack,
        "used_by": [user.key for user in _users(measure.code, catalogue)],
    }


def source_words(indicator: Indicator, lang: Language | None = None) -> str:
    """Where a definition comes from: document, clause, and whether somebody has read it there."""
    source = indicator.source
    if source is None:
        return say("report.unverified", lang)
    parts = [part for part in (source.document, source.clause) if part]
    mark = say("report.verified" if source.verified else "report.unverified", lang)
    return f"{' · '.join(parts)}（{mark}）" if lang == "zh" else f"{' · '.join(parts)} ({mark})"


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}


def _listed(indicator: Indicator, lang: Language | None) -> list[Cell]:
    key = indicator.code if indicator.edition == "1" else indicator.key
    tone: Tone = "plain" if indicator.default else "quiet"
    return [
        Cell(key, tone),
        Cell(indicator.name.in_(lang), tone),
        Cell(indicator.unit, tone),
        Cell(str(indicator.tree), tone),
    ]


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
        "bounds": Cell(_bounds(indicator, lang)),
        "better": Cell("" if indicator.better is None else say(f"report.better_{indicator.better}", lang)),
        "domain": Cell(domain_words(indicator.domain, lang)),
        "in_force": Cell(_in_force(indicator, lang)),
        "source": Cell(source_words(indicator, lang), source),
        "definition": Cell(indicator.description.in_(lang)),
        "aliases": Cell(joined(indicator.aliases, lang)),
        "pack": Cell(indicator.pack),
        "cases": Cell("" if catalogue is None else joined(_cases(indicator, catalogue), lang)),
    }


def _bounds(indicator: Indicator, lang: Language | None) -> str:
    if indicator.bounds is None:
        return say("report.bounds_none", lang)
    low, high = indicator.bounds
    return f"[{'−∞' if low is None else f'{low:f}'}, {'∞' if high is None else f'{high:f}'}]"


def _in_force(indicator: Indicator, lang: Language | None) -> str:
    start, end = indicator.valid_from, indicator.valid_to
    if start and end:
        return say("report.in_force_between", lang, start=start, end=end)
    if start:
        return say("report.in_force_from", lang, start=start)
    return say("report.in_force_until", lang, end=end) if end else say("report.in_force_always", lang)


def _users(code: str, catalogue: Catalogue) -> Iterable[Indicator]:
    for indicator in catalogue.indicators:
        if any(isinstance(node, Name) and node.code == code for node in walk(indicator.tree)):
            yield indicator


def _cases(indicator: Indicator, catalogue: Catalogue) -> list[str]:
    keys = (indicator.key, *((indicator.code,) if indicator.default else ()))
    return [case.name for case in catalogue.cases if any(figure.indicator in keys for figure in case.figures)]
