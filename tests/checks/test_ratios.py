"""Ratios outside their range, amounts off their standard, figures outside their bounds, rates against counts, points."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from tests.checks.rules import TREE, catalogue, found, frame, rule, spots

PAID = rule("per_head", 'measures = ["money", "stock", "pay", "other_pay"]\nsettings = { tolerance = 0.1 }')
RATE = rule("rate", 'measures = ["rate", "a", "b"]')


def paid(amount: object, heads: object, pay: object, other: object = None, period: str = "2017") -> ms.Findings:
    given = {"money": amount, "stock": heads, "pay": pay, "other_pay": other}
    return found(PAID, [("A", period, code, value) for code, value in given.items() if value is not None])


# ------------------------------------------------------------------------------------- range


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)), min_size=1, max_size=12))
@settings(max_examples=50)
def test_a_ratio_is_outside_by_exact_arithmetic(pairs: list[tuple[int, int]]) -> None:
    text = rule("range", 'left = "a / b"\nlow = 1\nhigh = 4.5')
    months = [f"2017-{number:02d}" for number in range(1, len(pairs) + 1)]
    rows = [
        ("A", month, c, v) for month, pair in zip(months, pairs, strict=True) for c, v in zip("ab", pair, strict=True)
    ]
    wrong = [
        ("A", month)
        for month, (a, b) in zip(months, pairs, strict=True)
        if not Fraction(1) <= Fraction(a, b) <= Fraction(9, 2)
    ]
    assert spots(found(text, rows)) == wrong


def test_a_range_is_in_its_unit_and_may_be_open() -> None:
    text = rule("range", 'left = "a / b"\nunit = "%"\nhigh = 50')
    (one,) = found(text, [("A", "2017", "a", 51), ("A", "2017", "b", 100)])
    assert (one.code, one.seen, one.arithmetic) == ("implausible_ratio", "51", "a / b = 51 > 50")
    assert len(found(text, [("A", "2017", "a", 50), ("A", "2017", "b", 100)])) == 0
    assert len(found(text, [("A", "2017", "a", 50), ("A", "2017", "b", 0)])) == 0


# ------------------------------------------------------------------------------------- per head


def test_the_swapped_standards_of_the_bulletin() -> None:
    (one,) = paid(356900, 29, 710, 983)
    assert one.arithmetic == "29 × 12 × 710 = 247080 ≠ 356900 (+44.45 %)"
    assert one.seen == "356900"
    first = one.hypotheses[0]
    assert "each other's place" in first.what.in_("en")
    assert "+4.33 %" in first.what.in_("en")
    assert [guess.weight for guess in one.hypotheses] == sorted(
        (guess.weight for guess in one.hypotheses), reverse=True
    )
    assert len(paid(356900, 29, 983, 710)) == 0


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("24.71", "another unit"),
        (2470800000, "another unit"),
        (185310, "9 months"),
        (275000, "at the end"),
    ],
)
def test_what_would_explain_it(amount: object, words: str) -> None:
    (one,) = paid(amount, 29, 710)
    assert words in one.hypotheses[0].what.in_("en") or words in " ".join(g.what.in_("en") for g in one.hypotheses)


@given(
    st.integers(1, 2_000_000),
    st.integers(1, 60),
    st.integers(100, 1500),
    st.sampled_from(["2017", "2017-Q1", "2017-05"]),
)
@settings(max_examples=60)
def test_an_amount_is_off_by_exact_arithmetic(amount: int, heads: int, pay: int, period: str) -> None:
    months = {"2017": 12, "2017-Q1": 3, "2017-05": 1}[period]
    off = abs(Fraction(amount, heads * months * pay) - 1) > Fraction(1, 10)
    assert bool(len(paid(amount, heads, pay, period=period))) is off


def test_of_a_year_that_runs_the_months_so_far_are_paid() -> None:
    text = PAID + "year_to_date = true\n"
    rows = [
        ("A", f"2017-{n:02d}", code, value)
        for n in range(1, 4)
        for code, value in [("money", 100), ("stock", 1), ("pay", 100)]
    ]
    assert len(found(text, rows)) == 0
    assert spots(
        found(text, [*rows, ("A", "2017-04", "money", 300), ("A", "2017-04", "stock", 1), ("A", "2017-04", "pay", 100)])
    ) == [("A", "2017-04")]


def test_nobody_and_nothing_is_silent() -> None:
    assert len(paid(100, 0, 710)) == 0
    assert len(paid(100, 29, 0)) == 0
    assert len(paid(100, 29, None)) == 0


# ------------------------------------------------------------------------------------- printed rates


def rates(rate: object, a: object = None, b: object = None, period: str = "2017") -> ms.Findings:
    given = {"rate": rate, "a": a, "b": b}
    return found(RATE, [("A", period, code, value) for code, value in given.items() if value is not None])


@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 2), st.integers(-2, 2))
@settings(max_examples=80)
def test_a_rate_is_wrong_only_when_neither_rounding_gives_it(top: int, bottom: int, decimals: int, off: int) -> None:
    scaled = Fraction(top * 100, bottom) * 10**decimals
    ways = {"half_up": int(scaled + Fraction(1, 2)), "truncate": int(scaled)}
    digits = ways["half_up"] + off
    while decimals and digits % 10 == 0:  # zeros at the end are not known to be printed
        digits, decimals = digits // 10, decimals - 1
    scaled = Fraction(top * 100, bottom) * 10**decimals
    text = f"{Fraction(digits, 10**decimals).__float__():.{decimals}f}"
    wanted = []
    if digits != int(scaled + Fraction(1, 2)):
        wanted = ["rate_truncated"] if digits == int(scaled) else ["rate_impossible"]
    assert [one.code for one in rates(text, top, bottom)] == wanted


def test_a_wrong_rate_says_what_the_counts_give() -> None:
    (one,) = rates("99.61", 10601, 10650)
    assert one.severity == "error"
    assert one.arithmetic == "10601 / 10650 = ≈99.5399 % → 99.54, 99.53 ≠ 99.61"
    assert [guess.what.in_("en") for guess in one.hypotheses] == [
        "the numerator is 10608",
        "the denominator is 10642–10643",
    ]


def test_one_count_leaves_its_partners_open() -> None:
    (one,) = rates("99.61", 10601)
    assert (one.code, one.severity) == ("rate_partners", "note")
    assert "10642–10643 half up, 10642 truncated" in one.message("en")
    (two,) = rates("50.25", None, 3)
    assert (two.code, two.severity) == ("rate_impossible", "error")
    assert two.arithmetic == "? / 3 = 50.25 %"


def test_a_monthly_rate_may_be_of_the_year_so_far() -> None:
    rows = [("A", "2017-01", "a", 1), ("A", "2017-01", "b", 2), ("A", "2017-02", "a", 2), ("A", "2017-02", "b", 2)]
    assert len(found(RATE, [*rows, ("A", "2017-02", "rate", 75)])) == 0
    assert len(found(RATE, [*rows, ("A", "2017-02", "rate", 100)])) == 0
    assert len(found(RATE, [*rows, ("A", "2017-02", "rate", 80)])) == 1


# ------------------------------------------------------------------------------------- bounds


def bounded(*rows: tuple[object, ...]) -> ms.Findings:
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "A", None)])
    return ms.check(frame(rows), tree=tree, only=["out_of_bounds"])


def test_a_rate_of_a_part_above_all_is_found() -> None:
    findings = bounded(("A", "2017", "newborns_screened", 11), ("A", "2017", "live_births", 10))
    one = next(one for one in findings if one.where["indicator"] == "newborn_screening_rate")
    assert (one.code, one.severity, one.seen) == ("out_of_bounds", "warning", "110")
    assert len(bounded(("A", "2017", "newborns_screened", 10), ("A", "2017", "live_births", 10))) == 0


def test_a_task_may_be_done_more_than_fully() -> None:
    rows = [
        ("A", "2017", "dangerous_homes_renovated", 91, "actual"),
        ("A", "2017", "dangerous_homes_renovated", 50, "target"),
    ]
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "A", None)])
    assert len(ms.check(frame(rows, ["scenario"]), tree=tree, only=["out_of_bounds"])) == 0


# ------------------------------------------------------------------------------------- points


@pytest.mark.parametrize(
    ("measure", "unit", "count"),
    [("growth", "%", 1), ("rate", "百分点", 1), ("rate", "%", 0), ("growth", "百分点", 0), ("a", "人", 0)],
)
def test_per_cent_is_not_points(measure: str, unit: str, count: int) -> None:
    facts = pl.DataFrame({"division": ["A"], "period": ["2017"], "measure": [measure], "value": ["5"], "unit": [unit]})
    findings = ms.check(facts, catalogue=catalogue(RATE), tree=TREE, only=["percent_for_points"])
    assert len(findings) == count
    assert all(one.where["measure"] == measure and unit in one.seen for one in findings)
