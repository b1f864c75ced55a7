"""From a pack as it was read to a pack: formulas read, names turned into codes, words and sources in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from libminsheng.definitions.formula import Formula
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, LightStep, Watch
from libminsheng.definitions.load import Draft, Placer
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Case, Pack
from libminsheng.definitions.parse import Parsed, read_formula
from libminsheng.definitions.row import SourceRow
from libminsheng.definitions.rule import RULED, Rule
from libminsheng.definitions.scheme import Band, Grade, Group, Item, Scheme
from libminsheng.definitions.scheme_rows import ItemRow
from libminsheng.definitions.source import Source
from libminsheng.errors import Fault, FormulaError, Place, UnitError
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import unit

__all__ = ["finished"]


def finished(
    draft: Draft, names: Callable[[str], str | None], odd: Iterable[str], faults: list[Fault]
) -> tuple[Pack, dict[str, Parsed]]:
    """The pack of a draft, its formulas read and names turned into codes, with what was read of each formula."""
    places: dict[str, Placer] = {}
    measures = tuple(_measures(draft, places, faults))
    parsed: dict[str, Parsed] = {}
    indicators = tuple(_indicators(draft, names, odd, parsed, places, faults))
    cases = tuple(Case(draft.id, row, place) for row, place in draft.cases)
    row = draft.pack
    pack = Pack(
        draft.id,
        _words(row.title),
        row.edition,
        row.licence,
        tuple(row.requires),
        measures,
        indicators,
        cases,
        places,
        draft.builtin,
        schemes=tuple(_schemes(draft, places)),
        light_rules=tuple(_light_rules(draft, places)),
        watches=tuple(_watches(draft, names, odd, places, faults)),
        rules=tuple(_rules(draft, names, odd, places, faults)),
        unread=draft.unread,
    )
    return pack, parsed


def _measures(draft: Draft, places: dict[str, Placer], faults: list[Fault]) -> Iterator[Measure]:
    for row, place in draft.measures:
        key = f"measure:{row.code}"
        try:
            unit(row.unit)
        except UnitError as error:
            faults.extend(_placed(error.faults, place("unit"), row.code))
            continue
        places.setdefault(key, place)
        yield Measure(
            row.code,
            _words(row.name),
            unit=row.unit,
            time=row.time,
            decimals=row.decimals,
            year_starts=row.year_starts,
            breakdowns=row.breakdowns,
            aliases=row.aliases,
            definition=_words(row.definition),
            source=_source(row.source),
            pack=draft.id,
        )


def _indicators(
    draft: Draft,
    names: Callable[[str], str | None],
    odd: Iterable[str],
    parsed: dict[str, Parsed],
    places: dict[str, Placer],
    faults: list[Fault],
) -> Iterator[Indicator]:
    for row, place in draft.indicators:
        try:
            found = read_formula(row.formula, names, odd)
        except FormulaError as error:
            faults.extend(_placed(error.faults, place("formula"), row.code))
            continue
        key = f"{row.code}@{row.edition}"
        parsed.setdefault(key, found)
        places.setdefault(f"indicator:{key}", place)
        yield Indicator(
            row.code,
            found.tree,
            row.unit,
            _words(row.name),
            row.edition,
            row.decimals,
            row.rounding,
            row.bounds,
            row.better,
            row.domain,
            _source(row.source),
            row.valid_from,
            row.valid_to,
            row.default,
            _words(row.description),
            tuple(row.aliases),
            tuple(row.services),
            draft.id,
        )


def _schemes(draft: Draft, places: dict[str, Placer]) -> Iterator[Scheme]:
    for row, place in draft.schemes:
        places.setdefault(f"scheme:{row.code}@{row.edition}", place)
        yield Scheme(
            row.code,
            row.edition,
            _words(row.name),
            tuple(map(_item, row.items)),
            row.total,
            tuple(Group(group.code, _words(group.name), group.weight, group.if_missing) for group in row.groups),
            tuple(Grade(grade.code, _words(grade.name), grade.least) for grade in row.grades),
            row.composite,
            row.missing,
            row.decimals,
            row.rounding,
            row.domain,
            _source(row.source),
            row.valid_from,
            row.valid_to,
            row.default,
            _words(row.description),
            tuple(row.aliases),
            draft.id,
        )


def _item(row: ItemRow) -> Item:
    return Item(
        row.indicator,
        row.code or row.indicator.partition("@")[0],
        _words(row.name),
        row.group,
        row.weight,
        row.method,
        row.better,
        row.target,
        row.passing,
        row.step,
        row.deduct,
        row.part_step,
        tuple(Band(band.least, band.most, band.share, _words(band.label)) for band in row.bands),
        row.zero_target,
    )


def _light_rules(draft: Draft, places: dict[str, Placer]) -> Iterator[LightRule]:
    for row, place in draft.lights:
        places.setdefault(f"light:{row.code}", place)
        steps = tuple(LightStep(step.light, step.below) for step in row.steps)
        yield LightRule(
            row.code,
            _words(row.name),
            row.compares,
            steps,
            row.zero_target,
            _source(row.source),
            _words(row.description),
            draft.id,
        )


def _watches(
    draft: Draft,
    names: Callable[[str], str | None],
    odd: Iterable[str],
    places: dict[str, Placer],
    faults: list[Fault],
) -> Iterator[Watch]:
    for row, place in draft.watches:
        formulas: dict[str, Formula | None] = {"actual": None, "target": None}
        code = row.code or row.measure or ""
        told = len(faults)
        for part in formulas:
            text = getattr(row, part)
            try:
                formulas[part] = None if text is None else read_formula(text, names, odd).tree
            except FormulaError as error:
                faults.extend(_placed(error.faults, place(part), code))
        if len(faults) > told:
            continue
        places.setdefault(f"watch:{code}", place)
        low, high = row.range or (None, None)
        yield Watch(
            code,
            row.light,
            _words(row.name),
            row.measure,
            formulas["actual"],
            formulas["target"],
            low,
            high,
            row.strict,
            row.aspect,
            _source(row.source),
            draft.id,
        )


def _rules(
    draft: Draft,
    names: Callable[[str], str | None],
    odd: Iterable[str],
    places: dict[str, Placer],
    faults: list[Fault],
) -> Iterator[Rule]:
    for row, place in draft.rules:
        formulas: dict[str, Formula | None] = {"left": None, "right": None}
        for part in formulas:
            text = getattr(row, part)
            try:
                formulas[part] = None if text is None else read_formula(text, names, odd).tree
            except FormulaError as error:
                faults.extend(_placed(error.faults, place(part), row.code))
        key = f"rule:{row.code}"
        places[f"{key}#2" if key in places else key] = place
        yield Rule(
            row.code,
            row.check,
            row.finding or RULED.get(row.check, row.check),
            row.severity,
            formulas["left"],
            row.comparison,
            formulas["right"],
            row.missing,
            row.tolerance,
            row.low,
            row.high,
            row.unit,
            row.year_to_date,
            tuple(names(text) or text for text in row.measures),
            dict(row.settings),
            _words(row.name),
            None if row.words is None else _words(row.words),
            tuple((_words(one.what), one.weight) for one in row.hypotheses),
            _source(row.source),
            draft.id,
            tuple(row.things),
            tuple(row.units),
        )


def _placed(faults: Iterable[Fault], place: Place, item: str) -> Iterator[Fault]:
    for fault in faults:
        where = Place(place.file, place.line, position=fault.place.position, item=item)
        yield Fault(fault.code, where, fault.values, fault.near)


def _words(name: Any) -> Text:
    return Text(name.zh, name.en)


def _source(row: SourceRow | None) -> Source | None:
    return None if row is None else Source(row.document, row.clause, row.verified)
