"""Aggregate: the exact sum of what was reported under each key.

After this stage a fact is five numbers: which division, which period, which family (measure,
scenario, issuer), which cell (project and breakdowns), which basis; and its value is a whole
number of the measure's smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.engine.grouping import Groups, KeyColumn, distinct, group_sums
from libminsheng.engine.places import Ints
from libminsheng.engine.rows import Encoded, Rows, rows_of
from libminsheng.errors import DivisionError, FactsError, Fault, PeriodError, Place, UnitError, nearest
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit

__all__ = ["Cell", "Family", "Sums", "aggregate", "cells_under", "sum_rows"]

Cell = tuple[str | None, ...]
"""A value for the project and each breakdown column; None is the total over the column."""

SCENARIOS: Final = ("actual", "target", "baseline")
BASES: Final = ("period", "year_to_date")


class Family(NamedTuple):
    """Reports that may be compared and added: one measure, scenario and issuer."""

    measure: str
    scenario: str
    issuer: str | None


@dataclass(frozen=True)
class Sums:
    """What was reported, summed by key. The arrays have one entry a key, sorted by family first."""

    divisions: tuple[str, ...]
    periods: tuple[Period, ...]
    families: tuple[Family, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    division: Ints
    period: Ints
    family: Ints
    cell: Ints
    cumulative: npt.NDArray[np.bool_]
    total: npt.NDArray[Any]
    estimated: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.total)

    @cached_property
    def _starts(self) -> Ints:
        return np.searchsorted(self.family, np.arange(len(self.families) + 1))

    def of_family(self, family: Family) -> slice:
        """Where the entries of a family lie."""
        position = self.families.index(family)
        return slice(int(self._starts[position]), int(self._starts[position + 1]))

    @cached_property
    def by_measure(self) -> Mapping[tuple[str, str], tuple[Family, ...]]:
        """The families of each measure and scenario, one for each issuer."""
        found: dict[tuple[str, str], list[Family]] = {}
        for family in self.families:
            found.setdefault((family.measure, family.scenario), []).append(family)
        return {key: tuple(families) for key, families in found.items()}


def cells_under(cell: Cell, cells: Sequence[Cell]) -> npt.NDArray[np.bool_]:
    """For each of some cells, whether it is `cell` or a part of it."""
    if all(value is None for value in cell):
        return np.ones(len(cells), np.bool_)
    inside = [all(mine is None or mine == theirs for mine, theirs in zip(cell, other, strict=True)) for other in cells]
    return np.array(inside, np.bool_)


def aggregate(facts: object, catalogue: Catalogue, tree: DivisionTree) -> Sums:
    """Sum facts by key, exactly, and read what their keys mean.

    Raises
    ------
    FactsError
        For every unknown measure, unit, division, period, scenario or basis, and for values with
        more decimals than their measure has.
    """
    return sum_rows(rows_of(facts, catalogue, tree), catalogue, tree)


def sum_rows(rows: Rows, catalogue: Catalogue, tree: DivisionTree) -> Sums:
    """The same of rows whose texts are numbers already."""
    _check_decimals(rows, catalogue)
    first = ("measure", "scenario", "issuer", *rows.columns)
    names = (*(name for name in first if name in rows.keys), *(name for name in rows.keys if name not in first))
    groups = group_sums([rows.keys[name].key() for name in names], rows.values, rows.estimated)
    texts = {name: _Texts.of(rows.keys[name], codes) for name, codes in zip(names, groups.codes, strict=True)}
    return _read(texts, groups, rows.scale, rows.columns, catalogue, tree)


@dataclass(frozen=True)
class _Texts:
    """A grouped key column: each entry's number among the distinct texts."""

    known: list[str | None]
    codes: Ints

    @classmethod
    def of(cls, column: Encoded, codes: Ints) -> _Texts:
        known, numbers = distinct(codes)
        return cls(column.texts(known), numbers)


def _read(
    texts: Mapping[str, _Texts],
    groups: Groups,
    scale: int | None,
    columns: tuple[str, ...],
    catalogue: Catalogue,
    tree: DivisionTree,
) -> Sums:
    count = len(groups.totals)
    faults: list[Fault] = []
    found = [_measure(text, catalogue, faults) for text in texts["measure"].known]
    resolved = [_division(text, tree, faults) for text in texts["division"].known]
    scenario = _choice("scenario", texts, SCENARIOS, count, faults)
    cumulative = _choice("basis", texts, BASES, count, faults)
    if faults:
        raise FactsError(*faults)
    measures = [measure for measure in found if measure]
    measure = texts["measure"].codes
    starts = np.array([measure.year_starts for measure in measures], np.int64)[measure]
    periods, period = _periods(texts["period"], starts, faults)
    totals = groups.totals
    if scale is not None:
        factors, entry = _factors(measures, measure, texts.get("unit"), scale, faults)
        totals = _in_smallest_units(totals, factors, entry)
    if faults:
        raise FactsError(*faults)
    issuer = texts.get("issuer") or _Texts([None], np.zeros(count, np.int64))
    families, family = _distinct(
        [[measure.code for measure in measures], SCENARIOS, issuer.known], [measure, scenario, issuer.codes], count
    )
    cells, cell = _distinct([texts[name].known for name in columns], [texts[name].codes for name in columns], count)
    current = [tree.successor(code) or code for code in resolved]
    divisions = sorted(set(current))
    place = {code: number for number, code in enumerate(divisions)}
    division = np.array([place[code] for code in current], np.int64)[texts["division"].codes]
    keys = [family, cell, division, period, cumulative]
    if "unit" not in texts and _all_differ(measures, current, periods, texts):
        merged = Groups(tuple(keys), totals, groups.marked)
    else:
        merged = group_sums([KeyColumn.of(key) for key in keys], totals, groups.marked)
    if current != resolved:
        _refuse_two_lives(resolved, texts["division"].codes, keys, merged)
    return Sums(
        tuple(divisions),
        tuple(periods),
        tuple(Family(*family) for family in families),
        columns,
        tuple(cells),
        family=merged.codes[0],
        cell=merged.codes[1],
        division=merged.codes[2],
        period=merged.codes[3],
        cumulative=merged.codes[4].astype(np.bool_),
        total=merged.totals,
        estimated=merged.marked,
    )


def _all_differ(
    measures: list[Measure], divisions: list[str], periods: list[Period], texts: Mapping[str, _Texts]
) -> bool:
    """Whether no two texts mean the same thing, so that the grouped keys are the keys themselves."""
    known = {name: len(texts[name].known) for name in texts}
    return (
        len(set(divisions)) == known["division"]
        and len({measure.code for measure in measures}) == known["measure"]
        and len(periods) == known["period"]
        and all(known.get(name, 1) == 1 for name in ("scenario", "basis"))
    )


def _measure(text: str | None, catalogue: Catalogue, faults: list[Fault]) -> Measure | None:
    code = catalogue.measure_code(text) if text else None
    if code is None:
        known = catalogue.measures
        fault = Fault("engine.unknown_measure", values={"measure": text}, near=lambda: nearest(str(text), known))
        faults.append(fault)
        return None
    return catalogue.measures[code]


def _division(text: str | None, tree: DivisionTree, faults: list[Fault]) -> str:
    try:
        return tree.resolve(text or "")
    except DivisionError as error:
        faults.extend(error.faults)
        return ""


def _choice(name: str, texts: Mapping[str, _Texts], choices: tuple[str, ...], count: int, faults: list[Fault]) -> Ints:
    """The number of each entry's word among `choices`; a blank is the first."""
    if name not in texts:
        return np.zeros(count, np.int64)
    numbers = []
    for text in texts[name].known:
        word = text or choices[0]
        if word not in choices:
            values = {"column": name, "value": word, "choices": ", ".join(choices)}
            faults.append(Fault("engine.unknown_word", Place(column=name), values))
        numbers.append(choices.index(word) if word in choices else 0)
    return np.array(numbers, np.int64)[texts[name].codes]


def _periods(texts: _Texts, starts: Ints, faults: list[Fault]) -> tuple[list[Period], Ints]:
    """Read each period in the statistical year of the measure that it was reported for."""
    pairs, codes = _distinct([texts.known, list(range(13))], [texts.codes, starts], len(starts))
    periods: dict[Period, int] = {}
    numbers = []
    for text, year_starts in pairs:
        try:
            period = Period.parse(text or "", year_starts)
        except PeriodError as error:
            faults.extend(error.faults)
            continue
        numbers.append(periods.setdefault(period, len(periods)))
    return list(periods), codes if faults else np.array(numbers, np.int64)[codes]


class _Factor(NamedTuple):
    """What a value is multiplied by to count its measure's smallest unit: `up` / `down`."""

    up: int
    down: int


def _factor(measure: Measure, text: str | None, scale: int, faults: list[Fault]) -> _Factor:
    factor = Fraction(10) ** (measure.decimals - scale)
    if text is not None:
        try:
            own, given = unit(measure.unit), unit(text)
        except UnitError as error:
            faults.extend(error.faults)
            return _Factor(1, 1)
        if not own.compatible(given):
            values = {"unit": text, "measure": measure.code, "expected": measure.unit}
            faults.append(Fault("engine.unit_differs", Place(column="unit"), values))
            return _Factor(1, 1)
        factor *= given.factor / own.factor
    return _Factor(factor.numerator, factor.denominator)


def _factors(
    measures: list[Measure], measure: Ints, units: _Texts | None, scale: int, faults: list[Fault]
) -> tuple[list[_Factor], Ints]:
    """The factors that occur, and which of them each entry has."""
    known = units.known if units else [None]
    codes = units.codes if units else np.zeros(len(measure), np.int64)
    pairs, entry = _distinct([list(range(len(measures))), known], [measure, codes], len(measure))
    factors = [_factor(measures[number], text, scale, faults) for number, text in pairs]
    return factors, entry


def _in_smallest_units(totals: npt.NDArray[Any], factors: list[_Factor], entry: Ints) -> npt.NDArray[Any]:
    most = max((factor.up for factor in factors), default=1)
    if totals.dtype != object and len(totals) and most * max(abs(int(totals.max())), abs(int(totals.min()))) >= 1 << 62:
        totals = totals.astype(object)
    up = np.array([factor.up for factor in factors], totals.dtype)[entry]
    down = np.array([factor.down for factor in factors], totals.dtype)[entry]
    scaled: npt.NDArray[Any] = totals * up // down
    return scaled


def _check_decimals(rows: Rows, catalogue: Catalogue) -> None:
    """Refuse values with more decimals than their measure has, row by row, before they are summed."""
    if rows.scale is None or (rows.scale == 0 and "unit" not in rows.keys):
        return
    texts = {
        name: _Texts.of(rows.keys[name], rows.keys[name].codes) for name in ("measure", "unit") if name in rows.keys
    }
    faults: list[Fault] = []
    measures = [_measure(text, catalogue, faults) for text in texts["measure"].known]
    if faults:
        raise FactsError(*faults)
    known = [measure for measure in measures if measure]
    factors, entry = _factors(known, texts["measure"].codes, texts.get("unit"), rows.scale, faults)
    if faults:
        raise FactsError(*faults)
    if all(factor.down == 1 for factor in factors):
        return
    down = np.array([factor.down for factor in factors], rows.values.dtype)[entry]
    bad = np.flatnonzero(rows.values % down != 0)
    if len(bad):
        raise FactsError(
            *(
                Fault(
                    "engine.decimals",
                    Place(row=int(row) + 1, column="value"),
                    {
                        "value": Fraction(int(rows.values[row]), 10**rows.scale).__float__(),
                        "measure": known[texts["measure"].codes[row]].code,
                        "decimals": known[texts["measure"].codes[row]].decimals,
                    },
                )
                for row in bad[:1000]
            )
        )


def _distinct(known: Sequence[Sequence[Any]], codes: Sequence[Ints], count: int) -> tuple[list[tuple[Any, ...]], Ints]:
    """The combinations of several columns' values that occur, in order, and which one each entry has."""
    if not codes:
        return [()], np.zeros(count, np.int64)
    varying = [number for number, column in enumerate(codes) if count and (column[0] != column).any()]
    if len(varying) == 1 and _all_occur(codes[varying[0]], len(known[varying[0]])):
        fixed = [values[int(column[0])] for values, column in zip(known, codes, strict=True)]
        alone = varying[0]
        return [(*fixed[:alone], value, *fixed[alone + 1 :]) for value in known[alone]], codes[alone]
    packed = np.zeros(count, np.int64)
    for number in varying:
        packed = distinct(packed * len(known[number]) + codes[number])[1]
    first = np.zeros(int(packed.max(initial=-1)) + 1, np.int64)
    first[packed[::-1]] = np.arange(count)[::-1]
    combinations = [
        tuple(values[int(column[row])] for values, column in zip(known, codes, strict=True)) for row in first.tolist()
    ]
    return combinations, packed


def _all_occur(codes: Ints, size: int) -> bool:
    """Whether every number below `size` occurs."""
    present = np.zeros(size, np.bool_)
    present[codes] = True
    return bool(present.all())


def _refuse_two_lives(resolved: list[str], division: Ints, keys: Sequence[Ints], merged: Groups) -> None:
    """A division's old and new code may not both report one thing: it would be counted twice."""
    numbers = {code: number for number, code in enumerate(sorted(set(resolved)))}
    own = np.array([numbers[code] for code in resolved], np.int64)[division]
    apart = group_sums([KeyColumn.of(key) for key in (*keys, own)], np.zeros(len(own), np.int64))
    if len(apart.totals) == len(merged.totals):
        return
    codes = list(numbers)
    shared = np.stack(apart.codes[:-1], axis=1)
    twin = np.flatnonzero((shared[1:] == shared[:-1]).all(axis=1))
    pairs = {(codes[apart.codes[-1][row]], codes[apart.codes[-1][row + 1]]) for row in twin.tolist()}
    raise FactsError(*(Fault("engine.two_lives", values={"old": a, "new": b}) for a, b in sorted(pairs)))
