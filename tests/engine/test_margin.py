"""The margin of a survey figure: the root is rounded right, and what stands in its way is told."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.engine.exact import Quantity, Ratio
from libminsheng.engine.sampling import share_margin
from tests.engine.panel import BOTH, I, M, Panel, only, ratio, table, values

PRECISE = Context(prec=60)
ROUND = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}

sizes = st.integers(2, 10**6)
decimals = st.sampled_from((0, 1, 2, 6, 12))


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    """Answers of one kind, and all answers; squares and quarters are tried often, their roots are fractions."""
    whole = draw(st.one_of(sizes, st.integers(2, 999).map(lambda root: root * root)))
    return draw(st.one_of(st.integers(0, whole), st.just(whole // 2), st.just(whole // 5))), whole


def figures(formula: str, unit: str, digits: int, rounding: str, **reported: Any) -> list[ms.Figure]:
    """One division's figure of a formula; the measures' values are given by name."""
    kinds = {"t": "分·人次", "q": "分·分·人次"}
    measures = tuple(ms.Measure(code, unit=kinds.get(code, "人次")) for code in reported)
    indicator = ms.Indicator("it", formula=formula, unit=unit, decimals=digits, rounding=rounding)
    catalogue = ms.catalogue(packs=[ms.Pack("test", measures=measures, indicators=(indicator,))], builtin=False)
    facts = [
        {"division": division, "period": "2017", "measure": code, "value": value}
        for code, column in reported.items()
        for division, value in column.items()
    ]
    places = {division for column in reported.values() for division in column}
    tree = ms.DivisionTree.from_divisions(
        ms.Division(one, one, "A" if one != "A" else None) for one in sorted(places | {"A"})
    )
    return list(ms.evaluate(pl.DataFrame(facts), catalogue=catalogue, tree=tree))


def printed(formula: str, unit: str, digits: int, rounding: str, **reported: int) -> Decimal:
    found = figures(formula, unit, digits, rounding, **{code: {"A": value} for code, value in reported.items()})
    assert found[0].value is not None
    return found[0].value


def root(variance: Fraction, size: int) -> Decimal:
    """1.96 standard errors at 60 digits."""
    square = abs(variance) / size
    with localcontext(PRECISE):
        value = (Decimal(square.numerator) / square.denominator).sqrt() * Decimal("1.96")
        return value if variance >= 0 else -value


def at(value: Decimal, digits: int, rounding: str) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-digits), ROUND[rounding], PRECISE)
    return rounded or rounded.copy_abs()


@settings(max_examples=150, deadline=None)
@given(shares(), decimals, st.sampled_from(sorted(ROUND)))
def test_a_margin_is_the_root_at_sixty_digits_rounded(share, digits, rounding):
    part, whole = share
    p = Fraction(part, whole)
    expected = at(root(p * (1 - p), whole) * 100, digits, rounding)
    assert printed("margin(x, n)", "百分点", digits, rounding, x=part, n=whole) == expected


@settings(max_examples=100, deadline=None)
@given(shares(), decimals, st.sampled_from(sorted(ROUND)), st.sampled_from("+-"))
def test_both_ends_of_the_interval_are_rounded_once(share, digits, rounding, sign):
    part, whole = share
    p = Fraction(part, whole)
    with localcontext(PRECISE):
        half = root(p * (1 - p), whole)
        middle = Decimal(part) / whole
        end = (middle + half if sign == "+" else middle - half) * 100
    shift = Decimal(1).scaleb(-50)  # 60 digits cannot tell a tie from its neighbours
    wanted = {at(end + move, digits, rounding) for move in (-shift, shift)}
    assume(len(wanted) == 1)
    assert printed(f"x / n {sign} margin(x, n)", "%", digits, rounding, x=part, n=whole) in wanted


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 100), min_size=2, max_size=30), decimals, st.sampled_from(sorted(ROUND)))
def test_a_mean_scores_margin_is_the_textbooks(scores, digits, rounding):
    count, mean = len(scores), Fraction(sum(scores), len(scores))
    variance = sum((score - mean) ** 2 for score in scores) / (count - 1)
    reported = {"t": sum(scores), "n": count, "q": sum(score**2 for score in scores)}
    expected = at(root(variance, count), digits, rounding)
    assert printed("margin(t, n, q)", "分", digits, rounding, **reported) == expected


@settings(max_examples=50, deadline=None)
@given(shares())
def test_a_share_and_its_complement_have_one_margin(share):
    part, whole = share
    one, other = (printed("margin(x, n)", "百分点", 12, "half_up", x=x, n=whole) for x in (part, whole - part))
    assert one == other


@settings(max_examples=50, deadline=None)
@given(shares(), st.integers(2, 50))
def test_a_larger_sample_of_the_same_share_has_a_smaller_margin(share, times):
    part, whole = share
    assume(0 < part < whole)
    small = printed("margin(x, n)", "百分点", 12, "half_up", x=part, n=whole)
    large = printed("margin(x, n)", "百分点", 12, "half_up", x=part * times, n=whole * times)
    assert large < small
    assert large <= printed("margin(0.5 * n, n)", "百分点", 12, "half_up", n=whole * times)


@settings(max_examples=40, deadline=None)
@given(st.lists(shares(), min_size=2, max_size=6))
def test_a_parents_margin_is_that_of_the_summed_counts(samples):
    codes = [f"B{number}" for number in range(len(samples))]
    reported = {"x": dict(zip(codes, (x for x, _ in samples), strict=True))}
    reported["n"] = dict(zip(codes, (n for _, n in samples), strict=True))
    found = figures("margin(x, n)", "百分点", 12, "half_up", **reported)
    part, whole = (sum(column.values()) for column in reported.values())
    assert found[0].division == "A"
    assert found[0].value == printed("margin(x, n)", "百分点", 12, "half_up", x=part, n=whole)


@pytest.mark.parametrize(
    ("part", "whole", "digits", "rounding", "expected"),
    [
        (6400, 12800, 2, "half_up", "0.87"),
        (6400, 12800, 12, "half_up", "0.866205806954"),
        (32, 64, 1, "half_up", "12.3"),  # 1.96 × 0.5 ÷ 8 is 12.25 points, a tie
        (32, 64, 1, "half_even", "12.2"),
        (32, 64, 1, "truncate", "12.2"),
        (50, 100, 1, "truncate", "9.8"),
        (7, 7, 2, "half_up", "0.00"),
        (0, 7, 2, "half_up", "0.00"),
    ],
)
def test_margins_worked_out_by_hand(part, whole, digits, rounding, expected):
    assert printed("margin(x, n)", "百分点", digits, rounding, x=part, n=whole) == Decimal(expected)


def test_the_widest_margin_needs_the_sample_size_alone():
    assert printed("margin(0.5 * n, n)", "百分点", 2, "half_up", n=215) == Decimal("6.68")
    assert printed("margin(0.5 * n, n)", "百分点", 1, "half_up", n=215) == Decimal("6.7")


FACTS = """
    division | period | measure | value
    A        | 2017   | x       | 40
    A        | 2017   | y       | 30
    B        | 2017   | x       | 0
    B        | 2017   | y       | 0
    D        | 2017   | x       | 3
"""


@pytest.mark.parametrize("evaluate", BOTH)
def test_more_answers_of_a_kind_than_answers_keep_the_sign_and_are_flagged(evaluate):
    found = evaluate(ratio(FACTS, "margin(x, y)", unit="百分点", bounds=(0, 100)), divisions=["A"])
    # p = 4/3, p(1−p) = −4/9, ÷ 30 = −0.0148148…, root of its size 0.121716…
    assert found[0]["value"] == "-23.86"
    assert found[0]["flags"] == ["out_of_bounds"]


@pytest.mark.parametrize("evaluate", BOTH)
def test_no_answers_are_a_zero_denominator_and_none_reported_no_data(evaluate):
    found = evaluate(ratio(FACTS, "margin(x, y)", unit="百分点"))
    assert values(found)["B 2017"] == "zero_denominator"
    assert values(found)["D 2017"] == "no_data"
    assert only(found, "D 2017")["missing"] == ["y"]
    assert only(found, "B 2017")["numerator"] is None


@pytest.mark.parametrize("evaluate", BOTH)
def test_one_score_has_no_spread(evaluate):
    measures = (M("t", "分·人"), M("n"), M("q", "分·分·人"))
    facts = table("""
        division | period | measure | value
        A        | 2017   | t       | 80
        A        | 2017   | n       | 1
        A        | 2017   | q       | 6400
        B        | 2017   | t       | 100
        B        | 2017   | n       | 1
        B        | 2017   | q       | 10000
    """)
    panel = Panel(measures, (I("it", "margin(t, n, q)", "分"),), tuple(facts), {"C": None, "A": "C", "B": "C"})
    # C: mean 90, s² = 200, 1.96 × √(200 ÷ 2) = 19.6
    assert values(evaluate(panel)) == {
        "A 2017": "zero_denominator",
        "B 2017": "zero_denominator",
        "C 2017": "19.60",
    }


@pytest.mark.parametrize("evaluate", BOTH)
def test_a_margin_of_carried_and_mixed_values_says_so(evaluate):
    facts = """
        division | period  | measure | value | sex | area
        A        | 2017-01 | x       | 30    | f   |
        A        | 2017-01 | x       | 31    |     | u
        A        | 2017-01 | y       | 60    |     |
    """
    assert evaluate(ratio(facts, "margin(x, y)", unit="百分点"))[0]["status"] == "not_additive"
    stock = Panel(
        (M("x", time="stock"), M("y", time="stock")),
        (I("it", "margin(x, y)", "百分点"),),
        tuple(
            table("""
                division | period  | measure | value
                A        | 2017-01 | x       | 32
                A        | 2017-01 | y       | 64
                A        | 2017-02 | y       | 64
            """)
        ),
        {"A": None},
    )
    found = only(evaluate(stock), "A 2017-02")
    assert (found["value"], found["flags"]) == ("12.25", ["carried"])


def test_an_explanation_does_not_call_a_root_exact():
    (figure,) = figures("margin(x, n)", "百分点", 2, "half_up", x={"A": 6400}, n={"A": 12800})
    measures = (ms.Measure("x", unit="人次"), ms.Measure("n", unit="人次"))
    indicator = ms.Indicator("it", formula="margin(x, n)", unit="百分点")
    catalogue = ms.catalogue(packs=[ms.Pack("test", measures=measures, indicators=(indicator,))], builtin=False)
    facts = pl.DataFrame({"division": ["A"] * 2, "period": ["2017"] * 2, "measure": ["x", "n"], "value": [6400, 12800]})
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "A")])
    said = ms.evaluate(facts, catalogue=catalogue, tree=tree).explain("it", "A", "2017").text("en")
    assert figure.value == Decimal("0.87")
    assert "margin(x, n) = 0.00866205807…\n" in said
    assert "with its root 0.866205807… 百分点, rounded half up to 2 decimals" in said


@pytest.mark.parametrize("large", [1, 10**8])
def test_equal_samples_have_equal_margins_whatever_their_size(large):
    numbers = np.array([32 * large * large, 16 * large * large] * 500, object)
    whole = Ratio.plain(Quantity.of(np.array([64 * large * large] * 1000, object), Fraction(1)))
    margin = share_margin(Ratio.plain(Quantity.of(numbers, Fraction(1))), whole).reduced()
    assert margin.bottom is not None
    first = Fraction(int(margin.top.numbers[0]), int(margin.bottom.numbers[0]))
    assert first == Fraction(49, 400) / large
    assert np.array_equal(margin.top.numbers[:2], margin.top.numbers[-2:])
