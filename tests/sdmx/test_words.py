"""What is written in SDMX's words is legal there, and is read back as it was."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libminsheng.errors import PeriodError
from libminsheng.vocabulary.periods import Grain, Period
from libminsheng.vocabulary.sdmx import (
    COMPONENTS,
    NOT_APPLICABLE,
    TOTAL,
    code_id,
    code_text,
    column_name,
    component_id,
    period_label,
    start_day,
    time_period,
)

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.from_regex(
    r"_{0,2}[TZ]|\$[0-9a-f]{2}\$", fullmatch=True
)
NAMES = (
    TEXTS
    | st.from_regex(r"[a-z][a-z0-9_]{0,8}|b(_[0-9a-f]{2}){1,3}", fullmatch=True)
    | st.sampled_from(sorted(COMPONENTS)).map(str.lower)
)
PERIODS = st.builds(Period.of, st.sampled_from(get_args(Grain)), st.integers(12 * 1950, 12 * 2050), st.integers(1, 12))


@given(TEXTS)
def test_any_text_is_a_legal_code_and_comes_back(text: str) -> None:
    code = code_id(text)
    assert re.fullmatch(r"[A-Za-z0-9_@$-]+", code)
    assert code not in (TOTAL, NOT_APPLICABLE)
    assert code_text(code) == text


@given(NAMES)
def test_any_column_is_a_legal_component_and_comes_back(name: str) -> None:
    component = component_id(name)
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", component)
    assert component not in COMPONENTS
    assert column_name(component) == name


@given(NAMES, NAMES)
def test_two_columns_are_never_one_component(one: str, other: str) -> None:
    assert (component_id(one) == component_id(other)) == (one == other)


@given(PERIODS)
def test_any_period_comes_back(period: Period) -> None:
    assert period_label(time_period(period), start_day(period.year_starts)) == str(period)


@given(PERIODS)
def test_a_statistical_year_says_when_it_begins(period: Period) -> None:
    found = re.fullmatch(r"(\d{4})-(\d{2})-01/P(\d+)([YM])", time_period(period))
    assert (found is None) == (period.grain == "month" or period.year_starts == 1)
    if found:
        assert int(found[1]) * 12 + int(found[2]) - 1 == period.first_month
        assert int(found[3]) * (12 if found[4] == "Y" else 1) == len(period.months())


@pytest.mark.parametrize(
    ("text", "starts", "label"),
    [
        ("2017", None, "2017"),
        ("2017-A1", None, "2017"),
        ("2017-S2", None, "2017-H2"),
        ("2017-M07", "--10-01", "2017-07"),
        ("2016-Q1", "--10-01", "2017-Q1"),  # the standard names a year after the one that it begins in
        ("2017-A1", "--01-01", "2017"),
        ("2017-04-01/P3M", None, "2017-Q2"),
        ("2016-10-01T00:00:00/P12M", "--10-01", "2017"),
        ("2017年", None, "2017年"),
    ],
)
def test_others_ways_to_write_a_period(text: str, starts: str | None, label: str) -> None:
    assert period_label(text, starts) == label


@pytest.mark.parametrize(
    ("text", "starts"), [("2016-10-01/P1Y", None), ("2017-02-01/P3M", "--10-01"), ("2017-01-01/P5M", None)]
)
def test_a_range_that_is_no_period_is_refused(text: str, starts: str | None) -> None:
    with pytest.raises(PeriodError):
        period_label(text, starts)
