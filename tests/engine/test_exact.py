"""Exactness: sums are Decimal's, quotients Fraction's with one rounding, and nothing wraps."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.engine.grouping import KeyColumn, distinct, group_sums
from libminsheng.engine.rounding import compare, round_fraction, round_quotient

ROUNDINGS = ("half_up", "half_even", "truncate")

whole = st.integers(-(1 << 61), 1 << 61)
factors = st.sampled_from([Fraction(1), Fraction(100), Fraction(10_000), Fraction(1, 3), Fraction(-7, 12)])


@pytest.mark.parametrize("rounding", ROUNDINGS)
@given(st.lists(st.tuples(whole, whole.filter(bool)), min_size=1, max_size=20), factors)
def test_a_rounded_quotient_is_the_fractions(rounding, pairs, factor):
    top, bottom = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    expected = [round_fraction(Fraction(a, b) * factor, rounding) for a, b in pairs]
    assert [int(number) for number in round_quotient(top, bottom, factor, rounding)] == expected
    assert [int(number) for number in round_quotient(top.astype(object), bottom, factor, rounding)] == expected


@given(st.lists(st.tuples(whole, whole.filter(bool)), min_size=1, max_size=20), factors, st.fractions())
def test_a_comparison_is_the_fractions(pairs, factor, limit):
    top, bottom = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    expected = [(value > limit) - (value < limit) for value in (Fraction(a, b) * factor for a, b in pairs)]
    assert compare(top, bottom, factor, limit).tolist() == expected


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_million_quotients_near_ties_are_rounded_right(rounding):
    """Numerators are chosen so that the quotient lies at, just below or just above a tie."""
    rng = np.random.default_rng(5714)
    bottom = rng.integers(1, 1 << 31, 1_000_000) * 2
    tie = rng.integers(-(1 << 20), 1 << 20, len(bottom))
    top = tie * bottom + bottom // 2 + rng.integers(-1, 2, len(bottom))
    got = round_quotient(top, bottom, Fraction(1), rounding)
    low = np.floor_divide(top, bottom)
    rest = top - low * bottom
    twice = 2 * rest - bottom
    if rounding == "truncate":
        expected = low + ((top < 0) & (rest > 0))
    elif rounding == "half_up":
        expected = low + ((twice > 0) | ((twice == 0) & (top > 0)))
    else:
        expected = low + ((twice > 0) | ((twice == 0) & (low % 2 != 0)))
    assert (twice == 0).sum() > 300_000
    assert np.array_equal(got, expected)


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        ("2.5", "half_up", 3),
        ("-2.5", "half_up", -3),
        ("2.5", "half_even", 2),
        ("3.5", "half_even", 4),
        ("-2.9", "truncate", -2),
        ("2.4999999999999999999999", "half_up", 2),
    ],
)
def test_half_up_rounds_away_from_zero_and_truncate_towards_it(value, rounding, expected):
    assert round_fraction(Fraction(value), rounding) == expected


keys = st.lists(st.integers(0, 3), min_size=1, max_size=3)


@given(st.data(), st.integers(1, 40), st.integers(1, 3), st.sampled_from([10, 1 << 40, 1 << 62]))
def test_group_sums_are_pythons(data, rows, columns, most):
    codes = [data.draw(st.lists(st.integers(0, 5), min_size=rows, max_size=rows)) for _ in range(columns)]
    values = data.draw(st.lists(st.integers(-most, most), min_size=rows, max_size=rows))
    marks = data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows))
    expected: dict[tuple[int, ...], int] = defaultdict(int)
    marked: dict[tuple[int, ...], bool] = defaultdict(bool)
    for key, value, mark in zip(zip(*codes, strict=True), values, marks, strict=True):
        expected[key] += value
        marked[key] |= mark
    spread = data.draw(st.sampled_from([1, 1_000_003, 1 << 30]))
    arrays = [KeyColumn.of(np.array(column, np.int64) * spread) for column in codes]
    groups = group_sums(arrays, np.array(values, np.int64), np.array(marks))
    found = list(zip(*(column // spread for column in groups.codes), strict=True))
    assert {tuple(map(int, key)): int(total) for key, total in zip(found, groups.totals, strict=True)} == expected
    assert {tuple(map(int, key)): bool(mark) for key, mark in zip(found, groups.marked, strict=True)} == marked
    assert found == sorted(found)


@given(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=30))
def test_distinct_is_numpys_unique(numbers):
    known, inverse = distinct(np.array(numbers, np.int64))
    assert known.tolist() == sorted(set(numbers))
    assert [int(known[position]) for position in inverse] == numbers


def _funds(values: list[Decimal]) -> ms.Figure:
    facts = pl.DataFrame(
        {
            "division": ["340102"] * len(values),
            "period": ["2017"] * len(values),
            "measure": ["funds_disbursed_and_used"] * len(values),
            "value": pl.Series(values, dtype=pl.Decimal(38, 2)),
        }
    )
    return ms.evaluate(facts, indicators=["special_funds"], divisions=["340102"])[0]


@given(st.lists(st.decimals(-(10**14), 10**14, places=2), min_size=1, max_size=20))
def test_sums_of_money_are_decimals(values):
    figure = _funds(values)
    assert figure.numerator == sum(values)
    assert figure.value == (sum(values) / 10_000).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_a_sum_beyond_64_bits_is_exact():
    values = [Decimal("92233720368547758.07")] * 50
    assert _funds(values).numerator == sum(values)


def test_a_product_beyond_64_bits_is_exact():
    catalogue = ms.catalogue(
        packs=[
            ms.Pack(
                "large",
                measures=(ms.Measure("a", unit="元"), ms.Measure("b", unit="元"), ms.Measure("c", unit="元")),
                indicators=(ms.Indicator("product", formula="a * b / c", unit="元"),),
            )
        ],
        builtin=False,
    )
    facts = pl.DataFrame(
        {"division": ["X"] * 3, "period": ["2017"] * 3, "measure": ["a", "b", "c"], "value": [10**15, 10**15 + 1, 3]}
    )
    tree = ms.DivisionTree.from_divisions([ms.Division("X", "X")])
    (figure,) = ms.evaluate(facts, catalogue=catalogue, tree=tree)
    assert figure.value == Decimal("333333333333333666666666666666.67")
    assert figure.numerator == 10**15 * (10**15 + 1)
