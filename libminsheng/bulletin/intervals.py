"""Intervals: what a number may be, between what its notation leaves open, and arithmetic on that.

6.87万人 is anything from 68,650 to 68,750. A sum, share or ratio of such numbers is an interval again,
and it holds every result that some reading of the numbers gives. The ends are fractions, so nothing is
rounded on the way: what lies outside cannot be explained by rounding in print.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product

from libminsheng.bulletin.quantity import Quantity

__all__ = ["Interval"]

Number = int | Decimal | Fraction


@dataclass(frozen=True, slots=True)
class Interval:
    """Every number from `low` to `high`, both included.

    Examples
    --------
    >>> posts = Interval.of(Decimal("68650"), Decimal("68750"))
    >>> amount = Interval.of(Decimal("57147500"), Decimal("57148500"))
    >>> (amount / posts).text(2)
    '831.24–832.46'
    """

    low: Fraction
    high: Fraction

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"{self.low} is above {self.high}")

    @classmethod
    def of(cls, low: Number, high: Number | None = None) -> Interval:
        """From one number or two, exactly."""
        return cls(Fraction(low), Fraction(low if high is None else high))

    @classmethod
    def printed(cls, quantity: Quantity) -> Interval:
        """What the notation of a quantity leaves open."""
        return cls.of(min(quantity.low, quantity.high), max(quantity.low, quantity.high))

    @classmethod
    def total(cls, parts: Iterable[Interval]) -> Interval:
        """The sum of several; 0 of none."""
        some = tuple(parts)
        return cls(sum((one.low for one in some), Fraction(0)), sum((one.high for one in some), Fraction(0)))

    @property
    def exact(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def middle(self) -> Fraction:
        """Half way between the ends."""
        return (self.low + self.high) / 2

    def __contains__(self, number: Number) -> bool:
        return self.low <= Fraction(number) <= self.high

    def overlaps(self, other: Interval) -> bool:
        """Whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, other: Interval) -> bool:
        """Whether every number of the other lies in it."""
        return self.low <= other.low and other.high <= self.high

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __abs__(self) -> Interval:
        if self.low >= 0:
            return self
        return Interval(Fraction(0), max(-self.low, self.high)) if self.high > 0 else -self

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __mul__(self, other: Interval) -> Interval:
        ends = [left * right for left, right in product((self.low, self.high), (other.low, other.high))]
        return Interval(min(ends), max(ends))

    def __truediv__(self, other: Interval) -> Interval:
        """The quotient.

        Raises
        ------
        ZeroDivisionError
            If the divisor may be zero.
        """
        if 0 in other:
            raise ZeroDivisionError(f"{other.low}–{other.high} may be zero")
        return self * Interval(1 / other.high, 1 / other.low)

    def scaled(self, factor: Number) -> Interval:
        """Every number times a factor."""
        return self * Interval.of(factor)

    def text(self, decimals: int) -> str:
        """Its ends, each rounded half up to so many decimals to be shown; one number where they agree."""
        low, high = (f"{_rounded(end, decimals):f}" for end in (self.low, self.high))
        return low if low == high else f"{low}–{high}"


def _rounded(number: Fraction, decimals: int) -> Decimal:
    scaled = abs(number) * 10**decimals + Fraction(1, 2)
    return Decimal(int(scaled) * (-1 if number < 0 else 1)).scaleb(-decimals)
