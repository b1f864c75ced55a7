"""Periods: labels, Chinese forms, arithmetic, statistical years."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.vocabulary.periods import GRAINS, MONTHS_IN

starts = st.integers(1, 12)
periods = st.builds(
    lambda grain, year, part, begins: ms.Period(grain, year * (12 // MONTHS_IN[grain]) + part % (12 // MONTHS_IN[grain]), begins),
    st.sampled_from(GRAINS), st.integers(1900, 2100), st.integers(0, 11), starts,
)  # fmt: skip


@given(periods)
def test_a_label_reads_back_in_both_languages(period: ms.Period) -> None:
    assert ms.Period.parse(str(period), period.year_starts) == period
    assert ms.Period.parse(period.text("zh"), period.year_starts) == period


@given(periods, st.integers(-50, 50))
def test_arithmetic_is_inverse_and_leaves_no_gap(period: ms.Period, count: int) -> None:
    assert period + count - count == period
    assert (period + 1).first_month == period.last_month + 1
    assert period.previous() + 1 == period
    assert period.year_ago().first_month == period.first_month - 12


@given(periods)
def test_parts_partition_a_period_and_lie_in_its_year(period: ms.Period) -> None:
    months = [month.index for part in period.parts() or [period] for month in part.months()]
    assert months == list(range(period.first_month, period.last_month + 1))
    assert period.year.contains(period)
    assert 1 <= period.elapsed_months <= 12


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2017年", "2017"), ("2017年度", "2017"), ("２０１７年", "2017"), ("二〇一七年", "2017"),
        ("2017年上半年", "2017-H1"), ("2017下半年", "2017-H2"), ("2017h2", "2017-H2"),
        ("2017年第三季度", "2017-Q3"), ("2017年一季度", "2017-Q1"), ("2017Q4", "2017-Q4"),
        ("2017年9月", "2017-09"), ("2017年9月份", "2017-09"), ("2017年十二月", "2017-12"), ("2017/9", "2017-09"),
        ("201709", "2017-09"), ("2017-09-30", "2017-09"), ("2017-09-01 00:00:00", "2017-09"), (" 2017.09 ", "2017-09"),
    ],
)  # fmt: skip
def test_periods_are_read_as_reports_write_them(text: str, label: str) -> None:
    assert str(ms.Period.parse(text)) == label


@pytest.mark.parametrize("text", ["", "17", "2017-13", "2017-00", "2017-Q5", "2017-H3", "0000", "去年", "2017-02-45"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ms.PeriodError, match="write 2017, 2017-H1"):
        ms.Period.parse(text)


def test_a_statistical_year_begins_in_its_month() -> None:
    year = ms.Period.parse("2017", year_starts=10)
    assert [str(month) for month in (year.months()[0], year.months()[-1])] == ["2016-10", "2017-09"]
    assert year.last_day == datetime.date(2017, 9, 30)
    assert [str(part) for part in year.parts()] == ["2017-H1", "2017-H2"]
    assert str(ms.Period.parse("2016-10", 10).year) == "2017"


def test_ranges_run_forwards_only() -> None:
    assert [str(p) for p in ms.Period.parse("2017-11").to(ms.Period.parse("2018-02"))] == [
        "2017-11",
        "2017-12",
        "2018-01",
        "2018-02",
    ]
    with pytest.raises(ms.PeriodError, match="runs backwards"):
        ms.Period.parse("2017-11").to(ms.Period.parse("2017-10"))
    with pytest.raises(ms.PeriodError, match="month 13"):
        ms.Period("year", 2017, 13)


def test_the_last_day_of_all_is_a_day_too() -> None:
    assert ms.Period.parse("9999").last_day == ms.Period.parse("9999-12").last_day == datetime.date(9999, 12, 31)
    assert ms.Period.parse("9999-12", year_starts=10).year.last_day == datetime.date.max
    assert ms.Period.parse("0001-Q1", year_starts=10).months()[0].last_day == datetime.date.min
    assert ms.Period.parse("2016-02").last_day == datetime.date(2016, 2, 29)
