"""Rules of two formulas: their verdict is that of exact arithmetic on what was reported."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from tests.checks.rules import TREE, catalogue, found, frame, rule, spots

SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
VALUES = st.one_of(st.none(), st.integers(-9, 9), st.integers(10**17, 10**17 + 3))
WITHIN = rule("compare", 'left = "a"\ncomparison = "<="\nright = "b"')


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12), st.sampled_from(sorted(SIGNS)))
@settings(max_examples=60)
def test_a_verdict_is_that_of_exact_arithmetic(pairs: list[tuple[int | None, int | None]], sign: str) -> None:
    text = rule("compare", f'left = "2 * a"\ncomparison = "{sign}"\nright = "b"')
    months = [f"2017-{number:02d}" for number in range(1, len(pairs) + 1)]
    rows = [
        ("A", month, code, value)
        for month, pair in zip(months, pairs, strict=True)
        for code, value in zip("ab", pair, strict=True)
        if value is not None
    ]
    wrong = [
        ("A", month)
        for month, (a, b) in zip(months, pairs, strict=True)
        if a is not None and b is not None and not SIGNS[sign](2 * Fraction(a), b)
    ]
    assert spots(found(text, rows)) == wrong


@pytest.mark.parametrize(
    ("sign", "wrong"),
    [("<=", [8]), ("<", [7, 8]), (">=", [2]), (">", [2, 3]), ("==", [2, 8]), ("!=", [3, 4, 5, 6, 7])],
)
def test_a_tolerance_is_how_much_it_may_be_off(sign: str, wrong: list[int]) -> None:
    text = rule("compare", f'left = "a"\ncomparison = "{sign}"\nright = "b"\ntolerance = 2')
    rows = [row for n in range(2, 9) for row in (("A", f"2017-{n:02d}", "a", n), ("A", f"2017-{n:02d}", "b", 5))]
    assert [int(period[-2:]) for _, period in spots(found(text, rows))] == wrong


def test_what_was_found_says_where_and_why() -> None:
    findings = found(WITHIN, [("A", "2017", "a", 12), ("A", "2017", "b", 10)])
    (one,) = findings
    assert (one.code, one.severity, one.rule, one.seen) == ("comparison_fails", "error", "mine", "12")
    assert one.arithmetic == "a = 12 > b = 10"
    assert one.where == {"division": "A", "period": "2017", "measure": "a"}
    assert one.message("en") == "a (12) should be <= b (10) and is not"


def test_a_sum_repeats_nothing() -> None:
    rows = [("A", "2017", "a", 12), ("A", "2017", "b", 10), ("B", "2017", "a", 1), ("B", "2017", "b", 1)]
    assert spots(found(WITHIN, rows)) == [("A", "2017")]
    months = [("A", f"2017-{n:02d}", code, 2 if code == "a" else 1) for n in (1, 2) for code in "ab"]
    assert spots(found(WITHIN, months)) == [("A", "2017-01"), ("A", "2017-02")]


def test_a_parent_is_held_against_its_children() -> None:
    rows = [("P", "2017", "a", 12), ("A", "2017", "b", 5), ("B", "2017", "b", 6)]
    assert spots(found(WITHIN, rows)) == [("P", "2017")]


def test_a_sum_that_lacks_a_report_says_nothing() -> None:
    rows = [("P", "2017-01", "a", 12), ("A", "2017-01", "b", 5), ("B", "2017-02", "b", 60), ("P", "2017-02", "a", 1)]
    assert spots(found(WITHIN, rows)) == []


def test_a_stock_that_is_carried_says_nothing() -> None:
    text = rule("compare", 'left = "a"\ncomparison = "<="\nright = "stock"')
    rows = [("A", "2017-01", "stock", 5), ("A", "2017-01", "a", 5), ("A", "2017-02", "a", 7)]
    assert spots(found(text, rows)) == []
    assert spots(found(text, [*rows, ("A", "2017-02", "stock", 6)])) == [("A", "2017-02")]


def test_months_that_lag_are_compared_to_date() -> None:
    rows = [("A", "2017-01", "a", 4), ("A", "2017-01", "b", 6), ("A", "2017-02", "a", 6), ("A", "2017-02", "b", 5)]
    to_date = WITHIN + "year_to_date = true\n"
    assert spots(found(WITHIN, rows)) == [("A", "2017-02")]
    assert spots(found(to_date, rows)) == []
    assert spots(found(to_date, [*rows, ("A", "2017-03", "a", 3), ("A", "2017-03", "b", 1)])) == [("A", "2017-03")]


def test_a_year_is_compared_where_only_one_side_has_months() -> None:
    months = [("A", f"2017-{number:02d}", "a", 1) for number in range(1, 13)]
    assert spots(found(WITHIN, [*months, ("A", "2017", "b", 11)])) == [("A", "2017")]
    assert spots(found(WITHIN, [*months, ("A", "2017", "b", 12)])) == []


@pytest.mark.parametrize(
    ("missing", "wrong"),
    [("skip_if_any", []), ("skip_if_all", [("A", "2017-01")]), ("never", [("A", "2017-01"), ("A", "2017-03")])],
)
def test_what_is_missing(missing: str, wrong: list[tuple[str, str]]) -> None:
    text = rule("compare", f'left = "a"\ncomparison = "!="\nright = "b"\nmissing = "{missing}"')
    text = text.replace("!=", "<") if missing == "never" else text
    rows = [("A", "2017-01", "a", 3), ("A", "2017-02", "b", 3), ("A", "2017-03", "c", 1)]
    if missing == "skip_if_all":
        text = text.replace("!=", "<=")
    assert spots(found(text, rows)) == wrong


def test_breakdowns_are_compared_each_by_itself() -> None:
    rows = [
        ("A", "2017", "a", 5, "f"),
        ("A", "2017", "b", 4, "f"),
        ("A", "2017", "a", 1, "m"),
        ("A", "2017", "b", 4, "m"),
    ]
    (one,) = found(WITHIN, rows, ["sex"])
    assert one.where["by"] == {"sex": "f"}


def test_targets_are_read_and_not_expected_everywhere() -> None:
    text = rule("compare", 'left = "a"\ncomparison = "<="\nright = "2 * full_year(target(a))"')
    rows = [("A", "2017-01", "a", 21, "actual"), ("A", "2017", "a", 10, "target"), ("B", "2017-01", "a", 99, "actual")]
    assert spots(found(text, rows, ["scenario"])) == [("A", "2017-01")]


def test_words_hypotheses_and_finding_of_the_rule() -> None:
    text = WITHIN + (
        'finding = "my_own_code"\nwords = { zh = "不对", en = "That is wrong" }\n'
        'hypotheses = [{ what = "x", weight = 0.2 }, { what = "y", weight = 0.7 }]\n'
    )
    (one,) = found(text, [("A", "2017", "a", 12), ("A", "2017", "b", 10)])
    assert (one.code, one.message("zh"), one.message("en")) == ("my_own_code", "不对", "That is wrong")
    assert [guess.what.in_("en") for guess in one.hypotheses] == ["y", "x"]
    assert one.as_dict()["hypotheses"][0] == {"what": "y", "weight": "0.7"}


def test_a_rule_that_is_off_is_silent_and_a_long_list_is_cut() -> None:
    rows = [row for n in range(1, 10) for row in (("A", f"2017-0{n}", "a", 2), ("A", f"2017-0{n}", "b", 1))]
    assert len(found(WITHIN.replace('"error"', '"off"'), rows)) == 0
    findings = found(WITHIN + "settings = { most = 4 }\n", rows)
    assert [finding.severity for finding in findings] == ["error"] * 4 + ["note"]
    assert "5" in findings[-1].message("en")


KEYS = st.tuples(
    st.sampled_from("PAB"),
    st.sampled_from(["2017", "2017-H1", "2017-Q1", "2017-01", "2017-02", "2018"]),
    st.sampled_from(["a", "b", "c", "stock", "money", "pay", "rate"]),
    st.sampled_from(["actual", "actual", "target"]),
    st.sampled_from(["period", "year_to_date"]),
    st.sampled_from([None, "f", "m"]),
    st.sampled_from([None, None, "one"]),
)
EVERY = "".join(
    rule(check, text, f"mine_{check}")
    for check, text in {
        "compare": 'left = "a"\ncomparison = "<="\nright = "b"\nmissing = "never"\nyear_to_date = true',
        "range": 'left = "a / b"\nlow = 0\nhigh = 1',
        "parts": 'measures = ["a", "b", "c"]',
        "per_head": 'measures = ["money", "stock", "pay"]\nyear_to_date = true',
        "rate": 'measures = ["rate", "a", "b"]',
    }.items()
)


@given(st.dictionaries(KEYS, st.sampled_from([0, 1, 5, -3, 10**25]), max_size=40))
@settings(max_examples=25)
def test_nothing_crashes_on_noise(facts: dict[tuple[str | None, ...], int]) -> None:
    rows = [
        (key[0], key[1], key[2], value, *key[3:])
        for key, value in facts.items()
        if key[2] in "abc" or key[4] == "period"
    ]
    checks = ["compare", "range", "parts", "per_head", "rate", "out_of_bounds", "percent_for_points"]
    given_facts = frame(rows, ["scenario", "basis", "sex", "project"])
    for finding in ms.check(given_facts, catalogue=catalogue(EVERY), tree=TREE, only=checks):
        assert finding.text("zh")
        assert finding.as_dict()["code"] == finding.code
        assert finding.code != "not_checked"


def test_nothing_crashes_where_there_is_nothing() -> None:
    assert len(found(WITHIN, [])) == 0
    assert len(found(WITHIN, [("A", "2017", "c", 1)])) == 0
    assert len(found(WITHIN, [("A", "2017", "a", 10**30), ("A", "2017", "b", 10**30 - 1)])) == 1


def test_parts_come_to_more_than_their_whole() -> None:
    text = rule("parts", 'measures = ["c", "a", "b"]')
    assert [
        one.code for one in found(text, [("A", "2017", "a", 7), ("A", "2017", "b", 4), ("A", "2017", "c", 10)])
    ] == ["part_exceeds_whole"]
    (one,) = found(text, [("A", "2017", "a", 11), ("A", "2017", "c", 10)])
    assert one.arithmetic == "a + b = 11 > c = 10"
    assert len(found(text, [("A", "2017", "a", 6), ("A", "2017", "b", 4), ("A", "2017", "c", 10)])) == 0
    assert len(found(text, [("A", "2017", "a", 11), ("A", "2017", "b", 4)])) == 0


def test_a_whole_that_lacks_a_month_is_no_whole() -> None:
    text = rule("parts", 'measures = ["c", "a", "b"]\nyear_to_date = true')
    rows = [("A", "2017-01", "c", 10), ("A", "2017-01", "a", 10), ("A", "2017-02", "a", 5)]
    assert spots(found(text, rows)) == []
    assert spots(found(text, [*rows, ("A", "2017-02", "c", 4)])) == [("A", "2017-02")]
