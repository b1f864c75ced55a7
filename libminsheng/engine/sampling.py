"""Sampling: how far a survey's figure may lie from what asking everybody would have given.

A share p of n answers is known to ±1.96·√(p(1−p)/n), a mean score to ±1.96·√(s²/n); 19 of 20
surveys come that close. A root is seldom a fraction, and a figure is rounded from a fraction. So
the root is carried as a fraction that every rounding treats as it would treat the root itself.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import numpy as np

from libminsheng.engine.exact import ROOM, Column, Quantity, Ratio

__all__ = ["mean_margin", "share_margin"]

_UP: Final = 49
_DOWN: Final = 25
"""Of the normal distribution, 95 % lie within 49/25 = 1.96 standard deviations, to the two decimals of every textbook."""

_FINEST: Final = 2 * 10**14
"""Halves of the last of 12 decimals of a percentage point, the finest that is printed, in one."""


def share_margin(part: Ratio, whole: Ratio) -> Ratio:
    """Half the width of the 95 % interval of part / whole.

    A part below nothing or above the whole gives the root of a negative number: the root of its
    size is taken and the sign kept, so that bounds from 0 tell of it.
    """
    share = part / whole
    return _margin(share, share * (Ratio.constant(Fraction(1)) - share) / whole)


def mean_margin(total: Ratio, count: Ratio, squares: Ratio) -> Ratio:
    """The same of the mean total / count of scores whose squares add up to `squares`."""
    mean = total / count
    variance = (squares - mean * total) / (count - Ratio.constant(Fraction(1)))
    return _margin(mean, variance / count)


def _margin(about: Ratio, square: Ratio) -> Ratio:
    """1.96 times the root of `square`; what stands in the way of `square` stands in the way of the margin."""
    rows = max(len(column) for ratio in (about, square) for column in _columns(ratio))
    about, square = about.broadcast(rows), square.broadcast(rows)
    tops, bottoms = np.zeros(rows, object), np.ones(rows, object)
    known = np.flatnonzero(square.usable)
    if len(known):
        (up, down), (square_up, square_down) = (_factor(ratio).as_integer_ratio() for ratio in (about, square))

        def root(a: int, b: int, c: int, d: int) -> tuple[int, int]:
            return _root(_lowest(a * up, b * down), c * square_up, d * square_down)

        columns = [column[known].astype(object) for ratio in (about, square) for column in _sides(ratio)]
        tops[known], bottoms[known] = np.frompyfunc(root, 4, 2)(*columns)
    return Ratio(_narrow(tops), _narrow(bottoms), square.missing, square.zero, square.mixed, square.flags)


def _lowest(top: int, bottom: int) -> int:
    """The denominator of top / bottom in lowest terms."""
    return abs(bottom) // math.gcd(top, bottom)


def _root(parts: int, top: int, bottom: int) -> tuple[int, int]:
    """A stand-in for v = 1.96·√(top / bottom), as a numerator and a denominator.

    Let G = 2·10¹⁴·g, where g = `parts` is the denominator, in lowest terms, of the share or mean that
    the margin lies about. If v·G is a whole number, the result is v. If not, it is the middle of the
    two multiples of 1/G that enclose v. So **it lies on the same side of every multiple of 1/G as v
    does, and is one of them only where v is**.

    Rounding to d decimals and comparing with a bound of d decimals ask nothing of a number but on
    which side it lies of whole and half units in the last place. In percent or percentage points
    these are multiples of 1/(2·10²·10ᵈ), in ‰ of 1/(2·10³·10ᵈ), in 分 of 1/(2·10ᵈ): for 12 decimals
    (11 in ‰) all are multiples of 1/G. So a margin is rounded right. So are both ends of the interval,
    share ± v: v is asked on which side of ±(such a multiple − share) it lies, and that is a multiple
    of 1/G too, for the share is one of 1/g.

    ⌊v·G⌋ is the whole root of ⌊v²·G²⌋: for a whole number m, m ≤ v·G if and only if m² ≤ v²·G², if and
    only if m² ≤ ⌊v²·G²⌋. `math.isqrt` makes no error, so no two machines differ.
    """
    grid = _FINEST * parts
    top, bottom = top * (_UP * grid) ** 2, bottom * _DOWN**2
    size, below = abs(top), abs(bottom)
    least = math.isqrt(size // below)
    number = 2 * least + (least * least * below != size)
    return (number if (top < 0) == (bottom < 0) else -number), 2 * grid


def _sides(ratio: Ratio) -> tuple[Column, Column]:
    numbers = ratio.top.numbers
    return numbers, np.ones(len(numbers), np.int64) if ratio.bottom is None else ratio.bottom.numbers


def _columns(ratio: Ratio) -> tuple[Any, ...]:
    return *_sides(ratio), ratio.missing, ratio.zero, ratio.mixed, ratio.flags


def _factor(ratio: Ratio) -> Fraction:
    return ratio.top.factor / (Fraction(1) if ratio.bottom is None else ratio.bottom.factor)


def _narrow(numbers: Column) -> Quantity:
    """The numbers in 64 bits where they fit."""
    quantity = Quantity.of(numbers, Fraction(1))
    return quantity if quantity.bound >= ROOM else Quantity(numbers.astype(np.int64), Fraction(1), quantity.bound)
