"""Printed rates and their counts: the closed form against counting, and printing against solving."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.checks.rates import Counts, Partners, partners, solve_rates

UNITS = {"%": 100, "‰": 1000, "1": 1}
RATES = st.integers(-2500, 25000)


def printed(numerator: int, denominator: int, decimals: int, factor: int) -> tuple[int, int]:
    """The last digits that a rate is printed with: half up, and cut off."""
    scaled = abs(Fraction(numerator, denominator)) * factor * 10**decimals
    sign = -1 if numerator < 0 else 1
    return sign * int(scaled + Fraction(1, 2)), sign * int(scaled)


def members(counts: Counts, most: int) -> set[int]:
    return {number for number in islice(counts, 100_000) if number <= most}


@given(RATES, st.integers(0, 2), st.integers(1, 60), st.sampled_from(sorted(UNITS)))
def test_numerators_are_those_that_counting_finds(digits: int, decimals: int, denominator: int, unit: str) -> None:
    found = partners(
        Decimal(digits).scaleb(-decimals), decimals, denominator=denominator, unit=unit, low=-100, high=100
    )
    tried = {n: printed(n, denominator, decimals, UNITS[unit]) for n in range(-100, 101)}
    assert set(found.half_up) == {n for n, ways in tried.items() if ways[0] == digits}
    assert set(found.truncate) == {n for n, ways in tried.items() if ways[1] == digits}


@given(RATES, st.integers(0, 2), st.integers(-60, 60), st.sampled_from(sorted(UNITS)))
def test_denominators_are_those_that_counting_finds(digits: int, decimals: int, numerator: int, unit: str) -> None:
    found = partners(Decimal(digits).scaleb(-decimals), decimals, numerator=numerator, unit=unit)
    tried = {d: printed(numerator, d, decimals, UNITS[unit]) for d in range(1, 400)}
    assert members(found.half_up, 399) == {d for d, ways in tried.items() if ways[0] == digits}
    assert members(found.truncate, 399) == {d for d, ways in tried.items() if ways[1] == digits}
    limited = partners(Decimal(digits).scaleb(-decimals), decimals, numerator=numerator, unit=unit, low=7, high=99)
    assert set(limited.half_up) == members(found.half_up, 99) - set(range(7))


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=4), st.integers(1, 10**12), st.integers(0, 4))
def test_what_was_printed_is_solved(numerators: list[int], denominator: int, decimals: int) -> None:
    for way, name in enumerate(("half_up", "truncate")):
        rates = [
            (Decimal(printed(n, denominator, decimals, 100)[way]).scaleb(-decimals).__format__("f"), n)
            for n in numerators
        ]
        assert denominator in getattr(solve_rates(rates), name)
        for rate, numerator in rates:
            assert numerator in getattr(partners(rate, denominator=denominator), name)


def test_the_screened_newborns_of_the_bulletin() -> None:
    found = partners("99.61", numerator=10601)
    assert (list(found.half_up), list(found.truncate)) == ([10642, 10643], [10642])
    assert found == Partners(Counts(10642, 10643), Counts(10642, 10642))
    assert found.as_dict() == {"half_up": [10642, 10643], "truncate": [10642, 10642]}


@pytest.mark.parametrize(
    ("rate", "numerator", "denominator", "half_up", "truncate"),
    [
        ("69.56", 16, 23, False, True),
        ("126.1", 82, 65, False, True),
        ("100.27", 2539, 2532, False, True),
        ("144.18", 421, 292, True, False),
        ("107.29", 751, 700, True, False),
        ("48.1", 3002, 6247, True, False),
        ("15.2", 215, 1410, True, True),
    ],
)
def test_published_rates(rate: str, numerator: int, denominator: int, half_up: bool, truncate: bool) -> None:
    found = partners(rate, numerator=numerator)
    assert (denominator in found.half_up, denominator in found.truncate) == (half_up, truncate)
    found = partners(rate, denominator=denominator)
    assert (numerator in found.half_up, numerator in found.truncate) == (half_up, truncate)


@pytest.mark.parametrize("numerator", [82, 2539])
def test_no_target_gives_it_half_up(numerator: int) -> None:
    rate = {82: "126.1", 2539: "100.27"}[numerator]
    assert not partners(rate, numerator=numerator).half_up


def test_ends_belong_where_the_rounding_takes_them() -> None:
    assert list(partners("1", denominator=200).half_up) == [1, 2]  # 0.5 % goes up, 1.5 % goes on to 2
    assert list(partners("2", denominator=200).half_up) == [3, 4]
    assert list(partners("-1", denominator=200).half_up) == [-2, -1]
    assert list(partners("1", denominator=200).truncate) == [2, 3]
    assert list(partners("-1", denominator=200).truncate) == [-3, -2]


def test_zero_whole_and_impossible() -> None:
    assert partners("0", numerator=0).half_up == Counts(1)
    assert partners("0.00", numerator=1).half_up == Counts(20001)
    assert partners("0", denominator=10).half_up == Counts(0, 0)
    assert list(partners("100.00", numerator=7, high=10).half_up) == [7]
    assert not partners("5", numerator=0).possible
    assert not partners("50.00", denominator=3).possible
    assert not partners("-5", numerator=3).possible
    assert str(partners("0", numerator=0).half_up) == "≥ 1"
    assert str(partners("5", numerator=0).half_up) == "–"
    assert partners("0", numerator=0).half_up.count is None


def test_of_two_rates_one_denominator_is_left() -> None:
    found = ms.solve_rates([("99.61", 10601), ("98.90", 10526)])
    assert (list(found.half_up), list(found.truncate)) == ([10643], [10642])
    assert not ms.solve_rates([("99.61", 10601), ("50.00", 10526)]).possible


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: partners("99.61"), "either the numerator"),
        (lambda: partners("99.61", numerator=1, denominator=2), "either the numerator"),
        (lambda: partners("99.61", denominator=0), "at least 1"),
        (lambda: partners(99.61, numerator=1), "float"),  # type: ignore[arg-type]  # what is refused
        (lambda: partners("about 5", numerator=1), "no printed rate"),
        (lambda: partners("NaN", numerator=1), "no printed rate"),
        (lambda: partners("99.61", 1, numerator=1), "more than 1 decimals"),
        (lambda: solve_rates([]), "no rate"),
    ],
)
def test_what_cannot_be_asked(call: object, words: str) -> None:
    with pytest.raises(ms.EvaluationError) as refusal:
        call()  # type: ignore[operator]  # a function of nothing
    assert words in refusal.value.text("en")
