"""Printed rates: which counts give them.

A rate that was printed with so many decimals stands for an interval of ratios; the counts that
give it are the whole numbers of an interval. Offices round half up or cut off, so each has an
interval of its own, and a rate is wrong only when neither gives it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from libminsheng.errors import EvaluationError, Fault
from libminsheng.vocabulary.units import unit as unit_of

__all__ = ["Counts", "Partners", "partners", "solve_rates"]


@dataclass(frozen=True)
class Counts:
    """Whole numbers that follow each other: `first` to `last`; without end where `last` is None.

    >>> list(Counts(10642, 10643)), 10644 in Counts(10642), bool(Counts(2, 1))
    ([10642, 10643], True, False)
    """

    first: int
    last: int | None = None

    def __bool__(self) -> bool:
        return self.last is None or self.first <= self.last

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number and (self.last is None or number <= self.last)

    def __iter__(self) -> Iterator[int]:
        number = self.first
        while self.last is None or number <= self.last:
            yield number
            number += 1

    @property
    def count(self) -> int | None:
        """How many there are; None where there is no end of them."""
        return None if self.last is None else max(0, self.last - self.first + 1)

    def both(self, other: Counts) -> Counts:
        """Those that are also among others."""
        ends = [end for end in (self.last, other.last) if end is not None]
        return Counts(max(self.first, other.first), min(ends, default=None))

    def __str__(self) -> str:
        if not self:
            return "–"
        if self.last is None:
            return f"≥ {self.first}"
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


_NONE: Final = Counts(1, 0)


@dataclass(frozen=True)
class Partners:
    """The counts that give a printed rate when it is rounded half up, and when it is truncated.

    >>> found = partners("99.61", numerator=10601)
    >>> list(found.half_up), list(found.truncate), found.possible
    ([10642, 10643], [10642], True)
    """

    half_up: Counts
    truncate: Counts

    @property
    def possible(self) -> bool:
        """Whether there are any; a rate without any is wrong."""
        return bool(self.half_up) or bool(self.truncate)

    def both(self, other: Partners) -> Partners:
        """The counts that give two rates at once."""
        return Partners(self.half_up.both(other.half_up), self.truncate.both(other.truncate))

    def as_dict(self) -> dict[str, list[int | None]]:
        """First and last of each, for JSON; a last of None has no end, an empty list has none at all."""
        found = {"half_up": self.half_up, "truncate": self.truncate}
        return {name: [counts.first, counts.last] if counts else [] for name, counts in found.items()}


def partners(
    rate: Decimal | int | str,
    decimals: int | None = None,
    *,
    numerator: int | None = None,
    denominator: int | None = None,
    unit: str = "%",
    low: int | None = None,
    high: int | None = None,
) -> Partners:
    """The counts that give a printed rate with the count that is known.

    Parameters
    ----------
    rate
        As printed, exactly: ``"99.61"``; a float is refused.
    decimals
        How many it was printed with; without it as many as are written.
    numerator, denominator
        The count that is known, exactly one of the two. Denominators are 1 or more.
    unit
        ``%``, ``‰``, or ``1`` for a plain ratio.
    low, high
        Limits of the count that is looked for.

    Returns
    -------
    Partners
        Half up and truncated apart, each one interval of whole numbers; empty where none gives it.

    Raises
    ------
    EvaluationError
        If not exactly one count is given, or the rate is no decimal with so many decimals.

    Examples
    --------
    10601 newborns screened at 99.61 %: 10642 or 10643 were born, or 10642 if the rate was cut off.

    >>> found = partners("99.61", numerator=10601)
    >>> list(found.half_up), list(found.truncate)
    ([10642, 10643], [10642])

    82 done at 126.2 % of a whole target cannot be rounded half up, but 126.1 % can be cut off:

    >>> bool(partners("126.1", numerator=82).half_up), list(partners("126.1", numerator=82).truncate)
    (False, [65])

    3002 answers at 48.1 % of those dialled:

    >>> partners("48.1", numerator=3002).half_up
    Counts(first=6235, last=6247)

    And the numerators of a known denominator:

    >>> list(partners("69.56", denominator=23).truncate)
    [16]
    """
    given = [count for count in (numerator, denominator) if count is not None]
    if len(given) != 1 or (denominator is not None and denominator < 1):
        raise EvaluationError(Fault("checks.one_count", values={"numerator": numerator, "denominator": denominator}))
    printed, scale = _read(rate, decimals)
    ulp = unit_of(unit).factor / 10**scale
    found = []
    for span in (_half_up(printed).times(ulp), _truncated(printed).times(ulp)):
        counts = span.denominators(given[0]) if denominator is None else span.numerators(denominator)
        found.append(_limited(counts, low, high))
    return Partners(*found)


def solve_rates(
    rates: Iterable[tuple[Decimal | int | str, int]],
    *,
    unit: str = "%",
    low: int | None = None,
    high: int | None = None,
) -> Partners:
    """The denominators that give every one of several printed rates, each with its own numerator.

    Raises
    ------
    EvaluationError
        If there is no rate, or one of them is no decimal.

    Examples
    --------
    Hearing and blood were screened of the same newborns, so both rates have one denominator:

    >>> found = solve_rates([("99.61", 10601), ("98.90", 10526)])
    >>> list(found.half_up), list(found.truncate)
    ([10643], [10642])
    """
    found = [partners(rate, numerator=count, unit=unit, low=low, high=high) for rate, count in rates]
    if not found:
        raise EvaluationError(Fault("checks.no_rates"))
    whole = found[0]
    for one in found[1:]:
        whole = whole.both(one)
    return whole


@dataclass(frozen=True)
class _Span:
    """An interval of ratios; whether each end belongs to it."""

    low: Fraction
    low_in: bool
    high: Fraction
    high_in: bool

    def times(self, factor: Fraction) -> _Span:
        return _Span(self.low * factor, self.low_in, self.high * factor, self.high_in)

    def mirrored(self) -> _Span:
        return _Span(-self.high, self.high_in, -self.low, self.low_in)

    def numerators(self, denominator: int) -> Counts:
        """The whole n with n / denominator inside."""
        return Counts(_first(self.low * denominator, self.low_in), _last(self.high * denominator, self.high_in))

    def denominators(self, numerator: int) -> Counts:
        """The whole d ≥ 1 with numerator / d inside."""
        if numerator < 0:
            return self.mirrored().denominators(-numerator)
        if numerator == 0:
            inside = self.low < 0 < self.high or (self.low == 0 and self.low_in) or (self.high == 0 and self.high_in)
            return Counts(1) if inside else _NONE
        if self.high <= 0:
            return _NONE
        first = max(1, _first(numerator / self.high, self.high_in))
        return Counts(first, _last(numerator / self.low, self.low_in) if self.low > 0 else None)


def _half_up(printed: int) -> _Span:
    """What rounds to a whole number when halves go away from zero."""
    half = Fraction(1, 2)
    return _Span(printed - half, printed > 0, printed + half, printed < 0)


def _truncated(printed: int) -> _Span:
    """What is cut off to a whole number, towards zero."""
    if printed == 0:
        return _Span(Fraction(-1), False, Fraction(1), False)
    if printed > 0:
        return _Span(Fraction(printed), True, Fraction(printed + 1), False)
    return _Span(Fraction(printed - 1), False, Fraction(printed), True)


def _first(edge: Fraction, belongs: bool) -> int:
    """The first whole number at or above an edge."""
    ceiling = -(-edge.numerator // edge.denominator)
    return ceiling + 1 if edge.denominator == 1 and not belongs else ceiling


def _last(edge: Fraction, belongs: bool) -> int:
    """The last whole number at or below an edge."""
    floor = edge.numerator // edge.denominator
    return floor - 1 if edge.denominator == 1 and not belongs else floor


def _read(rate: Decimal | int | str, decimals: int | None) -> tuple[int, int]:
    """A printed rate as a whole number of its last digit, and its decimals."""
    try:
        number = None if isinstance(rate, float) else Decimal(rate)
    except (InvalidOperation, TypeError, ValueError):
        number = None
    if number is None or not number.is_finite():
        raise EvaluationError(Fault("checks.no_rate", values={"rate": rate}))
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    scale = max(0, -exponent) if decimals is None else decimals
    whole = Fraction(number) * 10**scale
    if whole.denominator != 1:
        raise EvaluationError(Fault("checks.rate_decimals", values={"rate": rate, "decimals": decimals}))
    return whole.numerator, scale


def _limited(counts: Counts, low: int | None, high: int | None) -> Counts:
    first = counts.first if low is None else max(counts.first, low)
    ends = [end for end in (counts.last, high) if end is not None]
    return Counts(first, min(ends, default=None))
