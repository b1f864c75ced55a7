"""Random panels whose values are clean, by family, and their checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

import libminsheng as ms
from libminsheng.checks import Finding, check
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.rule import Rule

__all__ = ["CODES", "FAMILIES", "Values", "catalogue", "code", "found", "frame", "label", "tree"]

Values = npt.NDArray[np.float64]

CODES: Final = ("unit_slip", "swapped_values", "digits_transposed", "outlier")
UNITS: Final = {"paid": "元", "spent": "元", "granted": "万元", "heads": "人", "visits": "人次", "covered": "%"}
STANDARDS: Final = ("in_homes", "at_home")


@cache
def catalogue() -> Catalogue:
    """The built-in rules over six measures."""
    flows = [ms.Measure(code, unit=unit, time="flow") for code, unit in UNITS.items()]
    standards = [ms.Measure(code, unit="元/月", time="standard") for code in STANDARDS]
    pair = Rule("standards", "swapped_values", "swapped_values", "warning", measures=STANDARDS)
    return ms.catalogue(packs=[ms.Pack("series", measures=(*flows, *standards), rules=(pair,))])


def code(number: int) -> str:
    """A division's code."""
    return f"d{number:03d}"


def label(month: int) -> str:
    """A period's label; month 0 is January 2016."""
    return f"{2016 + month // 12}-{month % 12 + 1:02d}"


@cache
def tree(count: int, groups: int = 0) -> ms.DivisionTree:
    """Divisions side by side, or below so many parents."""
    below = [ms.Division(code(n), code(n), f"g{n % groups}" if groups else None) for n in range(count)]
    return ms.DivisionTree.from_divisions([*below, *(ms.Division(f"g{n}", f"g{n}") for n in range(groups))])


def frame(panel: Mapping[str, Values], names: Callable[[int], str] = code) -> pl.DataFrame:
    """Facts of measures, each divisions × months; NaN was not reported."""
    parts = []
    for measure, values in panel.items():
        rows, columns = values.shape
        part = {
            "division": np.repeat([names(row) for row in range(rows)], columns),
            "period": np.tile([label(column) for column in range(columns)], rows),
            "measure": [measure] * values.size,
            "value": values.ravel(),
        }
        parts.append(pl.DataFrame(part).filter(pl.col("value").is_not_nan()).cast({"value": pl.Decimal(38, 2)}))
    return pl.concat(parts).cast({"value": pl.String})


def found(facts: Any, divisions: int = 0, groups: int = 0, only: tuple[str, ...] = CODES) -> list[Finding]:
    """The findings about single values."""
    where = tree(divisions, groups) if divisions else None
    return list(check(facts, catalogue=catalogue(), tree=where, only=only))


def _levels(rng: np.random.Generator, rows: int) -> Values:
    return np.exp(rng.normal(6, 1, (rows, 1)))


def _noise(rng: np.random.Generator, rows: int, columns: int, spread: float) -> Values:
    return np.exp(rng.normal(0, spread, (rows, columns)))


def _lognormal(spread: float) -> Callable[..., Values]:
    return lambda rng, rows, columns: np.round(_levels(rng, rows) * _noise(rng, rows, columns, spread))


def _poisson(mean: float) -> Callable[..., Values]:
    return lambda rng, rows, columns: rng.poisson(mean, (rows, columns)).astype(float)


def _laplace(rng: np.random.Generator, rows: int, columns: int) -> Values:
    return np.round(_levels(rng, rows) * np.exp(rng.laplace(0, 0.4, (rows, columns))))


def _pareto(rng: np.random.Generator, rows: int, columns: int) -> Values:
    return np.round(_levels(rng, rows) * (rng.pareto(1.5, (rows, columns)) + 1))


def _seasonal(rng: np.random.Generator, rows: int, columns: int) -> Values:
    begins = rng.integers(0, 12, (rows, 1))
    wave = np.exp(1.2 * np.sin(2 * np.pi * (np.arange(columns) + begins) / 12))
    return np.round(_levels(rng, rows) * wave * _noise(rng, rows, columns, 0.15))


def _once_a_year(rng: np.random.Generator, rows: int, columns: int) -> Values:
    paid = np.arange(columns) % 12 == rng.integers(0, 12, (rows, 1))
    return np.round(_levels(rng, rows) * np.where(paid, 20, 1) * _noise(rng, rows, columns, 0.15))


def _growing(rng: np.random.Generator, rows: int, columns: int) -> Values:
    growth = np.exp(rng.normal(0.05, 0.05, (rows, 1)) * np.arange(columns))
    return np.round(_levels(rng, rows) * growth * _noise(rng, rows, columns, 0.1))


def _sparse(rng: np.random.Generator, rows: int, columns: int) -> Values:
    amounts = np.round(_levels(rng, rows) * 100 * _noise(rng, rows, columns, 1))
    return np.where(rng.random((rows, columns)) < 0.7, 0, amounts)


def _constant(rng: np.random.Generator, rows: int, columns: int) -> Values:
    return np.repeat(np.round(_levels(rng, rows)), columns, axis=1)


FAMILIES: Final[Mapping[str, Callable[[np.random.Generator, int, int], Values]]] = {
    "steady": _lognormal(0.1),
    "lognormal": _lognormal(0.5),
    "wide": _lognormal(1.5),
    "rare": _poisson(3),
    "few": _poisson(12),
    "counts": _poisson(60),
    "laplace": _laplace,
    "pareto": _pareto,
    "seasonal": _seasonal,
    "once_a_year": _once_a_year,
    "growing": _growing,
    "sparse": _sparse,
    "constant": _constant,
}
