"""Arithmetic on what print leaves open: it holds every exact result."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.quantity import Quantity

numbers = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**4)
shares = st.fractions(min_value=0, max_value=1, max_denominator=1000)


@st.composite
def within(draw: st.DrawFn) -> tuple[Interval, Fraction]:
    """An interval and a number in it."""
    low, high = sorted((draw(numbers), draw(numbers)))
    return Interval(low, high), low + (high - low) * draw(shares)


@given(within(), within())
def test_every_result_of_numbers_inside_lies_inside(
    one: tuple[Interval, Fraction], other: tuple[Interval, Fraction]
) -> None:
    (left, x), (right, y) = one, other
    assert x + y in left + right
    assert x - y in left - right
    assert x * y in left * right
    assert -x in -left
    assert abs(x) in abs(left)
    assert x + y in Interval.total([left, right])
    if 0 in right:
        with pytest.raises(ZeroDivisionError):
            left / right
    else:
        assert x / y in left / right


@given(within(), within())
def test_the_ends_are_reached(one: tuple[Interval, Fraction], other: tuple[Interval, Fraction]) -> None:
    left, right = one[0], other[0]
    products = [x * y for x in (left.low, left.high) for y in (right.low, right.high)]
    assert {(left * right).low, (left * right).high} <= set(products)
    assert (left + right).high == left.high + right.high
    assert (left - right).low == left.low - right.high


@given(within(), within())
def test_overlapping_is_having_a_number_in_common(
    one: tuple[Interval, Fraction], other: tuple[Interval, Fraction]
) -> None:
    left, right = one[0], other[0]
    common = max(left.low, right.low) <= min(left.high, right.high)
    assert left.overlaps(right) == right.overlaps(left) == common == (0 in left - right)
    assert left.holds(right) == (right.low in left and right.high in left)


def test_a_printed_number_is_what_its_notation_leaves_open() -> None:
    pupils = Quantity("6.87万人", 0, 5, Decimal(68700), Decimal(68650), Decimal(68750), "人")
    assert Interval.printed(pupils) == Interval.of(68650, 68750)
    funds = Interval.of(Decimal(57147500), Decimal(57148500))
    assert (funds / Interval.printed(pupils)).text(2) == "831.24–832.46"


def test_one_number_is_exact_and_shown_as_one() -> None:
    assert Interval.of(29).exact
    assert Interval.of(Decimal("0.005")).text(2) == "0.01"
    assert Interval.of(Decimal("-0.005")).text(2) == "-0.01"
    assert not Interval.of(1, 2).exact


def test_an_interval_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="above"):
        Interval.of(2, 1)
