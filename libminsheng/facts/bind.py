"""Binding facts to definitions: names to codes, units to the measure's, decimals to whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from libminsheng.errors import DivisionError, FactsError, Fault, Place, UnitError, nearest
from libminsheng.facts.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.units import unit

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["Bound", "bind", "usable", "wrong_words"]

_ROOM = 10**38 - 1
_KEYS = ("row", "file", "cell", "value", "unit", "approximate", "source", "note", "reported")


@dataclass(frozen=True)
class Bound:
    """Facts whose divisions and measures are codes and whose values count the measure's smallest unit."""

    frame: pl.DataFrame
    facts: Facts


def bind(facts: Facts, catalogue: Catalogue, tree: DivisionTree) -> Bound:
    """Make facts ready to be summed.

    Raises
    ------
    FactsError
        For every unknown measure, division and unit, for values with too many decimals, and for
        keys that turn out to be one; the good rows are with it.
    """
    frame, faults = usable(facts.frame, catalogue, tree)
    if faults:
        raise FactsError(*faults, facts=Facts(frame, (), facts.blank_rows))
    smallest = _factors(frame, catalogue)
    joined = frame.join(smallest, on=["measure", "unit"], how="left", nulls_equal=True, maintain_order="left")
    scale = _scale(frame)
    physical = joined["value"].to_physical()
    whole = pl.DataFrame({"digits": physical, "up": joined["up"], "down": joined["down"]})
    minor = whole.select((pl.col("digits") * pl.col("up") // pl.col("down")).alias("value_minor")).to_series()
    assert scale >= 0
    names = [name for name in frame.columns if name not in ("value", "unit")]
    return Bound(frame.select(names).with_columns(minor.cast(pl.Int128).alias("value_minor")), facts)


def usable(frame: pl.DataFrame, catalogue: Catalogue, tree: DivisionTree) -> tuple[pl.DataFrame, list[Fault]]:
    """The rows that fit the definitions, their names turned into codes, and what is wrong with the others."""
    faults: list[Fault] = []
    measures = _read(frame, "measure", lambda text: _measure(text, catalogue), faults)
    divisions = _read(frame, "division", lambda text: _division(text, tree), faults)
    coded = frame.with_columns(measure=measures, division=divisions)
    faults.extend(_unit_faults(coded, catalogue))
    bad = {(fault.place.file, fault.place.row) for fault in faults}
    if bad:
        coded = _without(coded, bad)
    decimals = list(_decimal_faults(coded, catalogue))
    faults.extend(decimals)
    if decimals:
        coded = _without(coded, {(fault.place.file, fault.place.row) for fault in decimals})
    keys = [name for name in coded.columns if name not in _KEYS]
    if len(coded) and coded.select(pl.struct(keys).is_duplicated().any()).item():
        from libminsheng.facts.read import without_twice

        coded, twice = without_twice(coded)
        faults.extend(twice)
    return coded, faults


def wrong_words(frame: pl.DataFrame, catalogue: Catalogue, tree: DivisionTree) -> list[Fault]:
    """The unknown names and unfitting units of rows that cannot be used for another reason."""
    faults: list[Fault] = []
    named = frame.filter(pl.col("measure").is_not_null())
    coded = named.with_columns(measure=_read(named, "measure", lambda text: _measure(text, catalogue), faults))
    _read(frame.filter(pl.col("division").is_not_null()), "division", lambda text: _division(text, tree), faults)
    return [*faults, *_unit_faults(coded, catalogue)]


def _without(frame: pl.DataFrame, bad: set[tuple[str | None, int | None]]) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"file": [file for file, _ in bad], "row": [row for _, row in bad]},
        schema_overrides={"row": frame["row"].dtype},
    )
    return frame.join(rows, on=["file", "row"], how="anti", maintain_order="left")


def _read(frame: pl.DataFrame, name: str, read: Callable[[str], str | Fault], faults: list[Fault]) -> pl.Series:
    known: dict[str, str | None] = {}
    wrong: dict[str, Fault] = {}
    for text in frame[name].unique().to_list():
        found = read(text)
        if isinstance(found, Fault):
            wrong[text], known[text] = found, text
        else:
            known[text] = found
    if wrong:
        for row, file, text in frame.filter(pl.col(name).is_in(list(wrong))).select("row", "file", name).iter_rows():
            fault = wrong[text]
            faults.append(Fault(fault.code, Place(file, row=row, column=name), fault.values, fault.near))
    return (
        frame[name].replace_strict(list(known), list(known.values()), return_dtype=pl.String) if known else frame[name]
    )


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


def _pairs(frame: pl.DataFrame) -> Sequence[tuple[str, str | None]]:
    return frame.select("measure", "unit").unique().rows()


def _unit_faults(frame: pl.DataFrame, catalogue: Catalogue) -> list[Fault]:
    wrong: dict[tuple[str, str | None], Fault] = {}
    for code, text in _pairs(frame):
        measure = catalogue.measures.get(code)
        if text is None or measure is None:
            continue
        try:
            if not unit(measure.unit).compatible(unit(text)):
                values = {"unit": text, "measure": code, "expected": measure.unit}
                wrong[code, text] = Fault("engine.unit_differs", values=values)
        except UnitError as error:
            wrong[code, text] = error.faults[0]
    if not wrong:
        return []
    return [
        Fault(
            wrong[code, text].code,
            Place(file, row=row, column="unit"),
            wrong[code, text].values,
            wrong[code, text].near,
        )
        for code, text, row, file in frame.select("measure", "unit", "row", "file").iter_rows()
        if (code, text) in wrong
    ]


def _scale(frame: pl.DataFrame) -> int:
    dtype = frame["value"].dtype
    return dtype.scale if isinstance(dtype, pl.Decimal) else 0


def _factors(frame: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """What a value's digits are multiplied by and divided by to count the measure's smallest unit."""
    rows: list[tuple[str, str | None, int, int]] = []
    for code, text in _pairs(frame):
        measure = catalogue.measures[code]
        factor = Fraction(10) ** (measure.decimals - _scale(frame))
        if text is not None:
            factor *= unit(text).factor / unit(measure.unit).factor
        rows.append((code, text, factor.numerator, factor.denominator))
    schema = {"measure": pl.String, "unit": pl.String, "up": pl.Int128, "down": pl.Int128}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _decimal_faults(frame: pl.DataFrame, catalogue: Catalogue) -> list[Fault]:
    """Values that would need more decimals than their measure has."""
    if frame.is_empty():
        return []
    joined = frame.join(
        _factors(frame, catalogue), on=["measure", "unit"], how="left", nulls_equal=True, maintain_order="left"
    )
    digits = pl.DataFrame({"digits": joined["value"].to_physical(), "up": joined["up"], "down": joined["down"]})
    room = pl.lit(_ROOM, pl.Int128) // pl.col("up")
    large = digits.select(pl.col("digits").abs() > room).to_series()
    odd = digits.select((pl.col("digits") * pl.col("up") % pl.col("down")) != 0).to_series() & ~large
    faults: list[Fault] = [
        Fault("facts.too_long", Place(file, row=row, column="value"), {"value": f"{value:f}", "most": 38})
        for value, row, file in joined.filter(large).select("value", "row", "file").iter_rows()
    ]
    for row in joined.filter(odd).select("measure", "value", "unit", "row", "file").iter_rows(named=True):
        measure: Any = catalogue.measures[row["measure"]]
        shown = f"{row['value'].normalize():f}" + (f" {row['unit']}" if row["unit"] else "")
        values = {"value": shown, "measure": measure.code, "decimals": measure.decimals}
        faults.append(Fault("engine.decimals", Place(row["file"], row=row["row"], column="value"), values))
    return faults
