"""Binding facts to definitions: names to codes, units to the measure's, decimals to whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.errors import DivisionError, FactsError, Fault, Place, UnitError, nearest
from libminsheng.facts.coded import Coded, Texts, key_columns
from libminsheng.facts.decimals import DIGITS, scale_of
from libminsheng.facts.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.measure import Measure

__all__ = ["Bound", "bind", "usable", "wrong_words"]

_ROOM = 10**DIGITS - 1


@dataclass(frozen=True)
class Bound:
    """Facts whose divisions and measures are codes and whose values count the measure's smallest unit.

    `texts` are the key columns of `frame`, numbered.
    """

    frame: pl.DataFrame
    facts: Facts
    texts: Mapping[str, Texts] = field(repr=False)


def bind(facts: Facts, catalogue: Catalogue, tree: DivisionTree) -> Bound:
    """Make facts ready to be summed.

    Raises
    ------
    FactsError
        For every unknown measure, division and unit, for values with too many decimals, and for
        keys that turn out to be one; the good rows are with it.
    """
    coded = Coded.of(facts.frame, key_columns(facts.frame)) if facts.coded is None else facts.coded
    if not facts.fit(catalogue, tree):
        coded, faults = usable(coded, catalogue, tree)
        if faults:
            raise FactsError(*faults, facts=Facts.numbered(coded, (), facts.blank_rows, (catalogue, tree)))
    factors, pair = _factors(coded, catalogue)
    digits = coded.rest["value"].to_physical()
    if any((one.up, one.down) != (1, 1) for one in factors):
        up, down = _sides(factors, pair)
        whole = pl.DataFrame({"digits": digits, "up": up, "down": down})
        digits = whole.select(pl.col("digits") * pl.col("up") // pl.col("down")).to_series()
    names = [name for name in coded.order if name not in ("value", "unit")]
    texts = {name: column for name, column in coded.texts.items() if name != "unit"}
    frame = coded.frame.select(names).with_columns(digits.cast(pl.Int128).alias("value_minor"))
    return Bound(frame, facts, texts)


def usable(facts: Coded, catalogue: Catalogue, tree: DivisionTree) -> tuple[Coded, list[Fault]]:
    """The rows that fit the definitions, their names turned into codes, and what is wrong with the others."""
    from libminsheng.facts.read import without_twice

    bad = np.zeros(len(facts), np.bool_)
    faults: list[Fault] = []
    read: dict[str, Texts] = {}
    for name, of in (("measure", partial(_measure, catalogue=catalogue)), ("division", partial(_division, tree=tree))):
        read[name] = _read(facts, name, of, faults, bad)
    coded = facts.replaced(read)
    faults.extend(_unit_faults(coded, catalogue, bad))
    if bad.any():
        coded = coded.kept(~bad)
    decimals, odd = _decimal_faults(coded, catalogue)
    if decimals:
        faults.extend(decimals)
        coded = coded.kept(~odd)
    coded, twice = without_twice(coded)
    return coded, [*faults, *twice]


def wrong_words(frame: pl.DataFrame, catalogue: Catalogue, tree: DivisionTree) -> list[Fault]:
    """The unknown names and unfitting units of rows that cannot be used for another reason."""
    faults: list[Fault] = []
    named = _numbered(frame.filter(pl.col("measure").is_not_null()))
    placed = _numbered(frame.filter(pl.col("division").is_not_null()))
    measures = _read(named, "measure", partial(_measure, catalogue=catalogue), faults)
    _read(placed, "division", partial(_division, tree=tree), faults)
    return [*faults, *_unit_faults(named.replaced({"measure": measures}), catalogue)]


def _numbered(frame: pl.DataFrame) -> Coded:
    return Coded.of(frame, ("measure", "division", "unit"))


def _read(
    facts: Coded,
    name: str,
    read: Callable[[Any], str | Fault],
    faults: list[Fault],
    bad: npt.NDArray[np.bool_] | None = None,
) -> Texts:
    """A column with each text as the definitions call it; one that they do not know stays, and its rows are bad."""
    texts = facts.texts[name]
    found = [read(text) for text in texts.known]
    wrong = {number: one for number, one in enumerate(found) if isinstance(one, Fault)}
    if wrong:
        rows = texts.where(wrong)
        for at, place in zip(rows.tolist(), _places(facts, rows, name), strict=True):
            fault = wrong[int(texts.codes[at])]
            faults.append(Fault(fault.code, place, fault.values, fault.near))
        if bad is not None:
            bad[rows] = True
    return texts.replaced(
        [text if isinstance(one, Fault) else one for text, one in zip(texts.known, found, strict=True)]
    )


def _places(facts: Coded, rows: npt.NDArray[np.int64], name: str) -> list[Place]:
    found = facts.rest.select("row", "file")[rows]
    return [Place(file, row=row, column=name) for row, file in found.iter_rows()]


def _measure(text: str, catalogue: Catalogue) -> str | Fault:
    code = catalogue.measure_code(text)
    if code is not None:
        return code
    return Fault("engine.unknown_measure", values={"measure": text}, near=lambda: nearest(text, _names(catalogue)))


def _names(catalogue: Catalogue) -> list[str]:
    return [*catalogue.measures, *(one.name.zh for one in catalogue.measures.values() if one.name.zh)]


def _division(text: str, tree: DivisionTree) -> str | Fault:
    try:
        return tree.resolve(text)
    except DivisionError as error:
        return error.faults[0]


def _unit_faults(facts: Coded, catalogue: Catalogue, bad: npt.NDArray[np.bool_] | None = None) -> list[Fault]:
    pairs, pair = facts.together("measure", "unit")
    wrong: dict[int, Fault] = {}
    for number, (code, text) in enumerate(pairs):
        measure = catalogue.measures.get(code or "")
        if text is None or measure is None:
            continue
        try:
            if not unit(measure.unit).compatible(unit(text)):
                values = {"unit": text, "measure": code, "expected": measure.unit}
                wrong[number] = Fault("engine.unit_differs", values=values)
        except UnitError as error:
            wrong[number] = error.faults[0]
    if not wrong:
        return []
    rows = np.flatnonzero(np.isin(pair, list(wrong)))
    if bad is not None:
        bad[rows] = True
    told = (wrong[number] for number in pair[rows].tolist())
    return [
        Fault(fault.code, place, fault.values, fault.near)
        for fault, place in zip(told, _places(facts, rows, "unit"), strict=True)
    ]


def _factors(facts: Coded, catalogue: Catalogue) -> tuple[list[_Factor], npt.NDArray[np.int64]]:
    """What values' digits are multiplied by and divided by to count the measure's smallest unit; which each row has."""
    pairs, pair = facts.together("measure", "unit")
    scale = scale_of(facts.rest.schema["value"])
    factors = []
    for code, text in pairs:
        measure = catalogue.measures[str(code)]
        factor = Fraction(10) ** (measure.decimals - scale)
        if text is not None:
            factor *= unit(text).factor / unit(measure.unit).factor
        factors.append(_Factor(factor.numerator, factor.denominator, measure, text))
    return factors, pair


class _Factor(NamedTuple):
    up: int
    down: int
    measure: Measure
    unit: str | None


def _sides(factors: Sequence[_Factor], pair: npt.NDArray[np.int64]) -> tuple[pl.Series, pl.Series]:
    rows = pl.Series(pair)
    ups, downs = ([one.up for one in factors], [one.down for one in factors])
    return pl.Series(ups, dtype=pl.Int128).gather(rows), pl.Series(downs, dtype=pl.Int128).gather(rows)


def _decimal_faults(facts: Coded, catalogue: Catalogue) -> tuple[list[Fault], npt.NDArray[np.bool_]]:
    """Values that would need more decimals than their measure has, or more digits than there is room for."""
    none = np.zeros(len(facts), np.bool_)
    factors, pair = _factors(facts, catalogue)
    digits = facts.rest["value"].to_physical()
    bounds: tuple[Any, Any] = (digits.min(), digits.max())
    most = max((abs(int(bound)) for bound in bounds if bound is not None), default=0)
    if all(one.down == 1 and most * one.up <= _ROOM for one in factors):
        return [], none
    up, down = _sides(factors, pair)
    whole = pl.DataFrame({"digits": digits, "up": up, "down": down})
    room = pl.lit(_ROOM, pl.Int128) // pl.col("up")
    large = whole.select(pl.col("digits").abs() > room).to_series()
    odd = whole.select((pl.col("digits") * pl.col("up") % pl.col("down")) != 0).to_series() & ~large
    if not (large.any() or odd.any()):
        return [], none
    values = facts.rest["value"]
    faults = []
    rows = large.arg_true().to_numpy()
    for at, place in zip(rows.tolist(), _places(facts, rows, "value"), strict=True):
        faults.append(Fault("facts.too_long", place, {"value": f"{values[at]:f}", "most": DIGITS}))
    rows = odd.arg_true().to_numpy()
    for at, place in zip(rows.tolist(), _places(facts, rows, "value"), strict=True):
        factor = factors[int(pair[at])]
        shown = f"{values[at].normalize():f}" + (f" {factor.unit}" if factor.unit else "")
        told = {"value": shown, "measure": factor.measure.code, "decimals": factor.measure.decimals}
        faults.append(Fault("engine.decimals", place, told))
    return faults, (large | odd).to_numpy()
