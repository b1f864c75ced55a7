"""Exact arithmetic on whole columns of numbers.

A `Quantity` is a column of whole numbers and one factor for all of them, so 12 345.67 元 is
1234567 × 1/100. It knows how large its numbers can be: where 64 bits might not hold a result, the
column goes over to Python's integers, which never overflow. A `Ratio` is one quantity over
another, with what stands in the way of a value: operands missing, a denominator of zero, values
that cannot be added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.engine.levels import Bools

__all__ = ["ROOM", "Column", "Quantity", "Ratio", "as_integers"]

ROOM: Final = 1 << 62
"""What is nearer to zero is safe in 64 bits, with room to add."""

Column = npt.NDArray[Any]
Bits = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Quantity:
    """`numbers` × `factor`; no number is further from zero than `bound`."""

    numbers: Column
    factor: Fraction
    bound: int

    @classmethod
    def of(cls, numbers: Column, factor: Fraction) -> Quantity:
        bound = max(abs(int(numbers.max())), abs(int(numbers.min()))) if numbers.size else 0
        return cls(numbers, factor, bound)

    @classmethod
    def constant(cls, value: Fraction) -> Quantity:
        """One number for every row."""
        return cls(np.ones(1, np.int64), value, 1)

    def _roomy(self, bound: int) -> Column:
        return self.numbers.astype(object) if bound >= ROOM and self.numbers.dtype != object else self.numbers

    def __mul__(self, other: Quantity) -> Quantity:
        bound = self.bound * other.bound
        return Quantity(self._roomy(bound) * other._roomy(bound), self.factor * other.factor, bound)

    def __neg__(self) -> Quantity:
        return replace(self, numbers=-self.numbers)

    def __add__(self, other: Quantity) -> Quantity:
        mine, theirs, factor = self.matched(other)
        bound = mine.bound + theirs.bound
        return Quantity(mine._roomy(bound) + theirs._roomy(bound), factor, bound)

    def scaled(self, factor: Fraction) -> Quantity:
        """The same quantity times a number."""
        return replace(self, factor=self.factor * factor)

    def matched(self, other: Quantity) -> tuple[Quantity, Quantity, Fraction]:
        """Both with one common factor."""
        if self.factor == other.factor:
            return self, other, self.factor
        if self.factor == 0 or other.factor == 0:
            factor = self.factor or other.factor
        else:
            factor = Fraction(
                math.gcd(
                    self.factor.numerator * other.factor.denominator, other.factor.numerator * self.factor.denominator
                ),
                self.factor.denominator * other.factor.denominator,
            )
        return self._over(factor), other._over(factor), factor

    def _over(self, factor: Fraction) -> Quantity:
        times = self.factor / factor
        assert times.denominator == 1
        bound = self.bound * abs(times.numerator)
        return Quantity(self._roomy(bound) * times.numerator, factor, bound)

    def where(self, chosen: Bools, other: Quantity) -> Quantity:
        """This where chosen, the other elsewhere."""
        mine, theirs, factor = self.matched(other)
        bound = max(mine.bound, theirs.bound)
        return Quantity(np.where(chosen, mine._roomy(bound), theirs._roomy(bound)), factor, bound)


@dataclass(frozen=True)
class Ratio:
    """A column of exact values: `top` / `bottom`, or `top` alone.

    missing    one bit for each operand that is not there
    zero       a denominator is zero
    mixed      an operand's values cannot be added
    flags      CARRIED and ESTIMATED of the operands used
    """

    top: Quantity
    bottom: Quantity | None
    missing: Bits
    zero: Bools
    mixed: Bools
    flags: npt.NDArray[np.uint8]

    @classmethod
    def constant(cls, value: Fraction) -> Ratio:
        return cls.plain(Quantity.constant(value))

    @classmethod
    def plain(cls, top: Quantity) -> Ratio:
        """A quantity with nothing in its way."""
        no = np.zeros(1, np.bool_)
        return cls(top, None, np.zeros(1, np.uint64), no, no, np.zeros(1, np.uint8))

    @property
    def usable(self) -> Bools:
        usable: Bools = (self.missing == 0) & ~self.zero & ~self.mixed
        return usable

    def _joined(self, other: Ratio, top: Quantity, bottom: Quantity | None) -> Ratio:
        return Ratio(
            top,
            bottom,
            self.missing | other.missing,
            self.zero | other.zero,
            self.mixed | other.mixed,
            self.flags | other.flags,
        )

    def __add__(self, other: Ratio) -> Ratio:
        if self.bottom is None and other.bottom is None:
            return self._joined(other, self.top + other.top, None)
        mine, theirs = self.bottom or _ONE, other.bottom or _ONE
        return self._joined(other, self.top * theirs + other.top * mine, _product(self.bottom, other.bottom))

    def __neg__(self) -> Ratio:
        return replace(self, top=-self.top)

    def __sub__(self, other: Ratio) -> Ratio:
        return self + -other

    def __mul__(self, other: Ratio) -> Ratio:
        return self._joined(other, self.top * other.top, _product(self.bottom, other.bottom))

    def __truediv__(self, other: Ratio) -> Ratio:
        top = self.top if other.bottom is None else self.top * other.bottom
        bottom = other.top if self.bottom is None else self.bottom * other.top
        divided = self._joined(other, top, bottom)
        nought = np.asarray(other.top.numbers == 0, np.bool_) if other.top.factor else np.ones(1, np.bool_)
        known = (other.missing == 0) & ~other.mixed
        return replace(divided, zero=divided.zero | (nought & known))

    def or_else(self, other: Ratio) -> Ratio:
        """This where no operand of it is missing, the other elsewhere."""
        here = self.missing == 0
        top = self.top.where(here, other.top)
        bottom = None
        if self.bottom is not None or other.bottom is not None:
            bottom = (self.bottom or _ONE).where(here, other.bottom or _ONE)
        return Ratio(
            top,
            bottom,
            np.where(here, self.missing, other.missing),
            np.where(here, self.zero, other.zero),
            np.where(here, self.mixed, other.mixed),
            np.where(here, self.flags, other.flags).astype(np.uint8),
        )

    def sign(self) -> Column:
        """−1, 0 or 1 of each value."""
        top = _signs(self.top.numbers) * (1 if self.top.factor >= 0 else -1)
        if self.bottom is None:
            return top
        bottom: Column = top * _signs(self.bottom.numbers) * (1 if self.bottom.factor >= 0 else -1)
        return bottom

    def pick(self, other: Ratio, larger: bool) -> Ratio:
        """The larger, or the smaller, of the two; nothing where either has nothing."""
        sign = (self - other).sign()
        here = sign >= 0 if larger else sign <= 0
        bottom = None
        if self.bottom is not None or other.bottom is not None:
            bottom = (self.bottom or _ONE).where(here, other.bottom or _ONE)
        return self._joined(other, self.top.where(here, other.top), bottom)

    def absolute(self) -> Ratio:
        turned = self.sign() < 0
        return replace(self, top=(-self.top).where(np.asarray(turned, np.bool_), self.top))

    def broadcast(self, rows: int) -> Ratio:
        """Every column with one entry a row."""

        def wide(column: Any) -> Any:
            return np.broadcast_to(column, (rows,)) if column.shape[0] != rows else column

        top = replace(self.top, numbers=wide(self.top.numbers))
        bottom = None if self.bottom is None else replace(self.bottom, numbers=wide(self.bottom.numbers))
        return Ratio(top, bottom, wide(self.missing), wide(self.zero), wide(self.mixed), wide(self.flags))

    def reduced(self) -> Ratio:
        """In lowest terms with a positive denominator; both sides whole numbers."""
        bottom = self.bottom or _ONE
        if bottom.factor == 0:
            return replace(self, bottom=bottom)
        factor = self.top.factor / bottom.factor
        top = Quantity(self.top.numbers, Fraction(factor.numerator), self.top.bound)
        low = Quantity(bottom.numbers, Fraction(factor.denominator), bottom.bound)
        ups, downs = np.broadcast_arrays(as_integers(top), as_integers(low))
        common = np.gcd(ups, downs)
        common = np.where(common == 0, 1, common) * np.where(downs < 0, -1, 1)
        ups, downs = ups // common, downs // common
        return replace(self, top=Quantity.of(ups, Fraction(1)), bottom=Quantity.of(downs, Fraction(1)))


def as_integers(quantity: Quantity) -> Column:
    """The numbers with a whole factor multiplied in."""
    assert quantity.factor.denominator == 1
    bound = quantity.bound * abs(quantity.factor.numerator)
    numbers = quantity.numbers.astype(object) if bound >= ROOM else quantity.numbers
    whole: Column = numbers * quantity.factor.numerator
    return whole


def _product(left: Quantity | None, right: Quantity | None) -> Quantity | None:
    if left is None or right is None:
        return left or right
    return left * right


def _signs(numbers: Column) -> Column:
    if numbers.dtype == object:
        return np.array([(n > 0) - (n < 0) for n in numbers.tolist()], np.int64)
    return np.sign(numbers)


_ONE = Quantity.constant(Fraction(1))
