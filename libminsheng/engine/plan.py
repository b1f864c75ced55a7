"""What is to be computed for one edition of an indicator, settled before any number is seen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Binary, Call, Formula, Name, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.vocabulary.units import unit

__all__ = ["Plan", "measure_factor", "plan"]

_DIVIDING = frozenset({"time_progress", "annualised", "share", "weighted", "margin"})


@dataclass(frozen=True)
class Plan:
    """An edition with its formula down to measures.

    `sides` says how a figure shows its exact value: by the two sides of the one division at the
    top, as the value over 1 where nothing is divided, or in lowest terms. `reported` are the
    measures of which actual reports are expected.
    """

    indicator: Indicator
    formula: Formula
    year_starts: int
    factor: Fraction
    sides: str
    measures: frozenset[str]
    reported: frozenset[str]


def plan(catalogue: Catalogue, indicator: Indicator, formula: Formula) -> Plan:
    """Plan an edition whose formula, inlined for the periods that it governs, is `formula`."""
    divisions = 0
    measures, targets = set(), set()
    for node in walk(formula):
        if isinstance(node, Binary) and node.operator == "/":
            divisions += 1
        elif isinstance(node, Call):
            divisions += 2 * (node.function in _DIVIDING)
            if node.function in ("target", "baseline"):
                targets |= {id(below) for below in walk(node)}
        if isinstance(node, Name):
            measures.add(node.code)
    if divisions == 0:
        sides = "value"
    elif divisions == 1 and isinstance(formula, Binary) and formula.operator == "/":
        sides = "division"
    else:
        sides = "lowest"
    reported = {node.code for node in walk(formula) if isinstance(node, Name) and id(node) not in targets}
    return Plan(
        indicator,
        formula,
        catalogue.year_starts(indicator),
        1 / unit(indicator.unit).factor,
        sides,
        frozenset(measures),
        frozenset(reported),
    )


@lru_cache(maxsize=4096)
def measure_factor(measure: Measure) -> Fraction:
    """What one of a measure's smallest units is in base units: 1/100 元 for 分, 1/100 for a point of %."""
    return unit(measure.unit).factor / Fraction(10**measure.decimals)
