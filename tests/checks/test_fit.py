"""Laws of the checks on how reports fit together: what fits is silent, one fault is found where it is, order is nothing."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.checks.panels import (
    FLOW,
    LEAVES,
    LONGER,
    MONTHS,
    STOCK,
    STRUCTURAL,
    UNDER,
    Key,
    Rows,
    checked,
    consistent,
    months,
    places,
    to_date,
)

quantities = st.integers(1, 10**6)


@given(consistent())
def test_flows_that_fit_are_silent(rows: Rows) -> None:
    assert not checked(rows, *STRUCTURAL)


@given(consistent(STOCK, basis=False))
def test_stocks_that_fit_are_silent(rows: Rows) -> None:
    assert not checked(rows, *STRUCTURAL)


@given(consistent(), st.randoms(use_true_random=False), st.sampled_from(STRUCTURAL), st.data())
def test_the_order_of_rows_does_not_matter(rows: Rows, random: object, check: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(rows, key=str)))
    rows[key] += data.draw(quantities)
    shuffled = data.draw(st.permutations(list(rows)))
    assert checked(rows, check).to_dicts() == checked(rows, check, order=shuffled).to_dicts()


@given(consistent(basis=False), st.sampled_from(sorted(UNDER)), st.sampled_from(MONTHS), quantities)
def test_a_parent_that_differs_is_found_once_and_where_it_is(rows: Rows, parent: str, month: str, off: int) -> None:
    rows = {key: value for key, value in rows.items() if key.period in MONTHS}
    upper = {"aa": ["a"], "ab": ["a"], "a": []}[parent]
    for division in (parent, *upper):
        rows[Key(division, month)] += off
    assert places(checked(rows, *STRUCTURAL)) == [("parent_differs", parent, month, FLOW)]


@given(consistent(basis=False), st.sampled_from(LEAVES), st.sampled_from(sorted(LONGER)), quantities)
def test_a_longer_period_that_differs_is_found_where_it_is(rows: Rows, leaf: str, period: str, off: int) -> None:
    mine = {key: value for key, value in rows.items() if key.division == leaf and key.period in MONTHS}
    mine[Key(leaf, period)] = sum(mine[Key(leaf, month)] for month in LONGER[period]) + off
    assert places(checked(mine, "year_differs")) == [("year_differs", leaf, period, FLOW)]


@given(st.lists(st.integers(1, 10**9), min_size=12, max_size=12), st.integers(1, 11), st.data())
def test_a_fall_is_found_where_it_is(own: list[int], place: int, data: st.DataObject) -> None:
    reached = to_date(own)
    reached[place] = data.draw(st.integers(0, reached[place - 1] - 1))
    found = checked(months("aaa", reached, basis="year_to_date"), "cumulative_falls")
    assert places(found) == [("cumulative_falls", "aaa", MONTHS[place], FLOW)]


@given(st.lists(st.integers(0, 10**9), min_size=12, max_size=12), st.integers(0, 11), quantities)
def test_a_cumulative_report_that_is_not_its_months_is_found_once(own: list[int], place: int, off: int) -> None:
    reached = to_date(own)
    reached[place] += off
    rows = {**months("aaa", own), **months("aaa", reached, basis="year_to_date")}
    assert places(checked(rows, "year_differs")) == [("year_differs", "aaa", MONTHS[place], FLOW)]


@given(st.lists(st.integers(1, 10**9), min_size=12, max_size=12), st.sampled_from(sorted(LONGER)))
def test_a_stock_that_is_summed_is_found_and_is_no_other_finding(own: list[int], period: str) -> None:
    rows = months("aaa", own, STOCK)
    parts = [rows[Key("aaa", month, STOCK)] for month in LONGER[period]]
    rows[Key("aaa", period, STOCK)] = sum(parts)
    assert places(checked(rows, *STRUCTURAL)) == [("stock_summed", "aaa", period, STOCK)]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6), quantities)
def test_parts_above_their_whole_are_an_error_and_below_a_warning(parts: list[int], off: int) -> None:
    rows = {Key("aaa", "2017-01", sex=f"s{number}"): value for number, value in enumerate(parts)}
    whole = Key("aaa", "2017-01")
    assert not checked({**rows, whole: sum(parts)}, *STRUCTURAL)
    below = checked({**rows, whole: sum(parts) + off}, "part_exceeds_whole")
    assert [one.severity for one in below] == ["warning"]
    assume(sum(parts) >= off)
    above = checked({**rows, whole: sum(parts) - off}, "part_exceeds_whole")
    assert [one.severity for one in above] == ["error"]
    assert places(above) == [("part_exceeds_whole", "aaa", "2017-01", FLOW)]


values = st.integers(-(10**18), 10**18)
keys = st.builds(
    Key,
    st.sampled_from(("a", *UNDER, *LEAVES)),
    st.sampled_from((*MONTHS, *LONGER, "2016", "2016-12", "2018-01")),
    st.sampled_from((FLOW, STOCK)),
    st.sampled_from(("period", "year_to_date")),
    st.sampled_from((None, "f", "m")),
    st.sampled_from(("actual", "target")),
)
CHECKS = (
    *STRUCTURAL, "basis_confused", "denominator_changed", "missing_report", "late_report", "blank_zero", "duplicate",
    "printed_twice",
)  # fmt: skip


@given(st.dictionaries(keys, values, max_size=40))
def test_nothing_crashes_on_noise(rows: Rows) -> None:
    found = checked(rows, *CHECKS)
    assert all(one.message("zh") and one.message("en") for one in found)
    assert found.to_dicts() == checked(dict(reversed(rows.items())), *CHECKS).to_dicts()


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_found_in_nothing(check: str) -> None:
    assert not checked({}, check)


@pytest.mark.parametrize("check", CHECKS)
def test_values_beyond_64_bits_are_compared_exactly(check: str) -> None:
    rows = {Key("aaa", month): 2**62 + number for number, month in enumerate(MONTHS)}
    rows[Key("aaa", "2017-Q1")] = 2**62
    expected = [("year_differs", "aaa", "2017-Q1", FLOW)] if check == "year_differs" else []
    assert places(checked(rows, check)) == expected
