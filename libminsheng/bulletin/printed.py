"""What a bulletin prints of each measure, and formulas over it: intervals in, an interval out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from libminsheng.bulletin.grams import unit_kind
from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.match import Match
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.surroundings import Surroundings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Binary, Call, Formula, Name, Negative, Number, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.errors import PeriodError, UnitError
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import Unit, unit

__all__ = ["MOST", "Printed", "Prose", "base", "decimals_of", "exact_count", "for_each", "span", "unit_or_none"]

_FOR_EACH: Final = re.compile(r"标准|[人户生次月年日]均|每|起付线|封顶线|限额")
MOST: Final = 40
"""Numbers of one sentence that are looked at together; no sentence that people write has more."""
Key = tuple[str | None, str | None]
"""Division and period, each None where the text does not say."""


def unit_or_none(text: str) -> Unit | None:
    """A unit, None where the text names none that is known."""
    if not text:
        return None
    try:
        return unit(text)
    except UnitError:
        return None


def base(quantity: Quantity) -> Interval:
    """What a quantity leaves open, in base units: 99.61 % is 0.99605 to 0.99615."""
    known = unit_or_none(quantity.unit)
    return Interval.printed(quantity).scaled(1 if known is None else known.factor)


def span(quantities: Iterable[Quantity], **also: Any) -> dict[str, Any]:
    """Where quantities stand: from the first letter to the last, with division and period where they agree."""
    some = list(quantities)
    found: dict[str, Any] = {"start": min(one.start for one in some), "end": max(one.end for one in some)}
    for name in ("division", "period", "measure"):
        values = {getattr(one, name) for one in some}
        if len(values) == 1 and None not in values:
            found[name] = values.pop()
    return found | also


@dataclass(frozen=True)
class Printed:
    """What is printed of one division and period, by measure; the first quantity where several say the same."""

    key: Key
    by_measure: Mapping[str, Quantity]
    catalogue: Catalogue

    @property
    def months(self) -> int | None:
        """For how many months a flow of this period was paid; None where the period is not known."""
        if self.period is None:
            return None
        return self.period.last_month - self.period.first_month + 1

    @cached_property
    def period(self) -> Period | None:
        """The period, None where the text does not say."""
        try:
            return None if self.key[1] is None else Period.parse(self.key[1])
        except PeriodError:
            return None

    def get(self, measure: str) -> Quantity | None:
        """The quantity of a measure."""
        return self.by_measure.get(measure)

    def value(self, formula: Formula) -> Interval | None:
        """What a formula may be; None where something that it names is not printed, or cannot be told from prose."""
        match formula:
            case Number():
                return Interval.of(formula.exact)
            case Name(code) if code in self.catalogue.measures:
                found = self.get(code)
                return None if found is None else base(found)
            case Negative(operand):
                inner = self.value(operand)
                return None if inner is None else -inner
            case Binary():
                return self._joined(formula)
            case Call(function, arguments):
                return self._called(function, arguments)
        return None

    def _joined(self, formula: Binary) -> Interval | None:
        left, right = self.value(formula.left), self.value(formula.right)
        if left is None or right is None:
            return None
        match formula.operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
        return None if 0 in right else left / right

    def _called(self, function: str, arguments: tuple[Formula, ...]) -> Interval | None:
        values = [self.value(one) for one in arguments]
        if function == "coalesce":
            return next((one for one in values if one is not None), None)
        if function == "time_progress":
            return None if self.period is None else Interval.of(Fraction(self.period.elapsed_months, 12))
        if any(one is None for one in values):
            return None
        known = [one for one in values if one is not None]
        match function:
            case "abs":
                return abs(known[0])
            case "min" | "max":
                pick = min if function == "min" else max
                return Interval(pick(one.low for one in known), pick(one.high for one in known))
            case "weighted":
                return known[0]
            case "annualised":
                return None if self.months is None else known[0].scaled(Fraction(12, self.months))
            case "year_to_date" | "full_year":
                whole = self.period is not None and self.period.grain == "year"
                return known[0] if whole else None
        return None

    def inlined(self, formula: Formula) -> Formula:
        """A formula down to its measures, by the editions in force at the period's end."""
        if all(node.code in self.catalogue.measures for node in walk(formula) if isinstance(node, Name)):
            return formula
        day = date(2017, 12, 31) if self.period is None else self.period.last_day
        return self.catalogue.inlined(Indicator("asked", formula), day)

    def quantities(self, formula: Formula) -> list[Quantity]:
        """What is printed of the measures that a formula names, each once."""
        found = (self.get(node.code) for node in walk(formula) if isinstance(node, Name))
        return list(dict.fromkeys(one for one in found if one is not None))


@dataclass(frozen=True)
class Prose:
    """A text with its matched quantities, as the checks of texts look at it."""

    text: str
    matches: tuple[Match, ...]
    catalogue: Catalogue

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """The quantities in the order of the text."""
        return tuple(one.quantity for one in self.matches)

    @cached_property
    def around(self) -> Surroundings:
        """Clauses and sentences."""
        return Surroundings.of(self.text, self.quantities)

    @cached_property
    def printed(self) -> tuple[Printed, ...]:
        """What is printed, by division and period."""
        found: dict[Key, dict[str, Quantity]] = {}
        for one in self.quantities:
            if one.measure is not None:
                found.setdefault((one.division, one.period), {}).setdefault(one.measure, one)
        return tuple(Printed(key, measures, self.catalogue) for key, measures in found.items())

    @cached_property
    def sentences(self) -> tuple[tuple[int, ...], ...]:
        """The places of the quantities of each sentence, for sentences that have any."""
        found: dict[tuple[int, int], list[int]] = {}
        for place, one in enumerate(self.quantities):
            found.setdefault(self.around.sentence(one.start), []).append(place)
        return tuple(map(tuple, found.values()))

    def before(self, place: int, length: int = 12) -> str:
        """The words right before a quantity, in its clause and after the number before it."""
        start, _ = self.around.window(place)
        own = self.quantities[place].start
        return self.text[max(start, own - length) : own]

    def after(self, place: int, length: int = 12) -> str:
        """The words right after a quantity, in its clause."""
        _, end = self.around.window(place)
        own = self.quantities[place].end
        return self.text[own : min(end, own + length)]

    def counts_in(self, places: Iterable[int], unit_text: str) -> Iterator[int]:
        """Those places whose quantities count the same thing."""
        kind = unit_kind(unit_text)
        return (place for place in places if unit_kind(self.quantities[place].unit) == kind)


def for_each(quantity: Quantity) -> bool:
    """Whether it is a standard or a mean, which is no part of anything: 每户补助标准, 户均增收."""
    return "/" in quantity.unit or _FOR_EACH.search(quantity.of) is not None


def exact_count(quantity: Quantity) -> int | None:
    """A quantity as a whole number, where it is exactly one."""
    whole = quantity.low == quantity.high and quantity.value == quantity.value.to_integral_value()
    return int(quantity.value) if whole and not quantity.approximate else None


def decimals_of(quantity: Quantity) -> int:
    """How many decimals a rate was printed with."""
    exponent = Decimal(quantity.value).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
