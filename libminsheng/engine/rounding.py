"""One exact rounding of a quotient.

A float with a bound on its error decides nearly every case; only where the quotient lies so near
a tie that the float cannot tell is it decided with whole numbers. The result is the same as
rounding the `fractions.Fraction`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Rounding", "compare", "decimal_of", "round_fraction", "round_quotient"]

Rounding = Literal["half_up", "half_even", "truncate"]

_SAFE: Final = 2.0**50
_ERROR: Final = 2.0**-49
"""Five roundings of 2**-53 each (two conversions, one division, one factor, its conversion), with room to spare."""

Column = npt.NDArray[Any]


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """The whole number that `value` is rounded to.

    >>> round_fraction(Fraction(-5, 2), "half_up"), round_fraction(Fraction(5, 2), "half_even")
    (-3, 2)
    """
    size = abs(value)
    whole, rest = divmod(size.numerator, size.denominator)
    if rounding != "truncate":
        twice = 2 * rest - size.denominator
        if twice > 0 or (twice == 0 and (rounding == "half_up" or whole % 2)):
            whole += 1
    return whole if value >= 0 else -whole


def decimal_of(value: Fraction, decimals: int, rounding: Rounding) -> Decimal:
    """`value` rounded once to a number of decimals, whatever its size.

    >>> decimal_of(Fraction(2, 3), 2, "half_up"), decimal_of(Fraction(10**30) + Fraction(1, 8), 2, "truncate")
    (Decimal('0.67'), Decimal('1000000000000000000000000000000.12'))
    """
    return Decimal(f"{round_fraction(value * 10**decimals, rounding)}e-{decimals}")


def round_quotient(top: Column, bottom: Column, factor: Fraction, rounding: Rounding) -> Column:
    """Round ``top / bottom * factor`` to whole numbers; no `bottom` may be zero.

    Returns 64-bit whole numbers, or Python integers where one of them is too large for that.

    >>> round_quotient(np.array([16, 1]), np.array([23, 8]), Fraction(10_000), "truncate").tolist()
    [6956, 1250]
    """
    quotient = _quotient(top, bottom, factor)
    size = np.abs(quotient)
    error = size * _ERROR
    low = np.floor(size)
    rest = size - low
    if rounding == "truncate":
        result = low
        doubtful = (rest <= error) | (rest >= 1 - error)
    else:
        result = low + (rest >= 0.5)
        doubtful = np.abs(rest - 0.5) <= error
    doubtful |= ~(size < _SAFE)
    rounded: Column = np.where(doubtful, 0.0, np.copysign(result, quotient)).astype(np.int64)
    rows = np.flatnonzero(doubtful)
    if len(rows):
        exact = _divided(top[rows], bottom[rows], factor, rounding)
        rounded = rounded.astype(object) if exact.dtype == object else rounded
        rounded[rows] = exact
    return rounded


def _divided(top: Column, bottom: Column, factor: Fraction, rounding: Rounding) -> Column:
    """The same by whole numbers alone."""
    if not (_fits(top, factor.numerator) and _fits(bottom, 2 * factor.denominator)):
        pairs = zip(top.tolist(), bottom.tolist(), strict=True)
        exact = [round_fraction(Fraction(a, b) * factor, rounding) for a, b in pairs]
        large = any(abs(number) >= 1 << 62 for number in exact)
        return np.array(exact, object if large else np.int64)
    ups, downs = top * factor.numerator, bottom * factor.denominator
    whole, rest = np.divmod(np.abs(ups), np.abs(downs))
    if rounding != "truncate":
        twice = 2 * rest - np.abs(downs)
        whole += (twice > 0) | ((twice == 0) & ((rounding == "half_up") | (whole % 2 == 1)))
    signed: Column = np.where((ups < 0) != (downs < 0), -whole, whole)
    return signed


def _fits(column: Column, factor: int) -> bool:
    """Whether 64 bits hold the column times the factor."""
    if column.dtype == object:
        return False
    return not len(column) or max(abs(int(column.max())), abs(int(column.min()))) * abs(factor) < 1 << 62


def compare(top: Column, bottom: Column, factor: Fraction, limit: Fraction) -> Column:
    """−1, 0 or 1 as ``top / bottom * factor`` is below, at or above `limit`, exactly."""
    quotient = _quotient(top, bottom, factor)
    edge = float(limit)
    with np.errstate(invalid="ignore"):
        doubtful = ~(np.abs(quotient - edge) > (np.abs(quotient) + abs(edge)) * _ERROR)
        result = np.sign(quotient - edge)
    result = np.where(doubtful, 0, result).astype(np.int64)
    rows = np.flatnonzero(doubtful)
    if len(rows):
        result[rows] = _compared(top[rows], bottom[rows], factor, limit)
    return result


def _compared(top: Column, bottom: Column, factor: Fraction, limit: Fraction) -> Column:
    ups, downs = factor.numerator * limit.denominator, factor.denominator * limit.numerator
    if not (_fits(top, ups) and _fits(bottom, downs)):
        top, bottom = top.astype(object), bottom.astype(object)
    left, right = top * ups, bottom * downs
    sign = np.where(bottom < 0, -1, 1)
    above, below = (left > right).astype(np.int64), (left < right).astype(np.int64)
    order: Column = (above - below) * sign
    return order


def _quotient(top: Column, bottom: Column, factor: Fraction) -> npt.NDArray[np.float64]:
    if object in (top.dtype, bottom.dtype):
        pairs = zip(top.tolist(), bottom.tolist(), strict=True)
        try:  # Python divides whole numbers of any size with one rounding
            return np.array([a / b for a, b in pairs], np.float64) * _float(factor)
        except OverflowError:
            pairs = zip(top.tolist(), bottom.tolist(), strict=True)
            return np.array([_float(Fraction(a, b) * factor) for a, b in pairs], np.float64)
    with np.errstate(over="ignore"):
        quotient: npt.NDArray[np.float64] = top.astype(np.float64) / bottom.astype(np.float64) * _float(factor)
    return quotient


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
