"""Figures worked out by hand, as both services give them: periods, cumulative reports, stocks, standards, editions, other years."""

from __future__ import annotations

from tests.services.indicators.by_hand import Hand


def months(division: str, measure: str, **values: int) -> str:
    """A row for each month: ``m01=5`` is January 2017."""
    return "".join(f"{division},2017-{month[1:]},{measure},{value}\n" for month, value in values.items())


HEAD = "division,period,measure,value\n"

# ---- the tree of time


def test_a_period_that_somebody_reported_is_summed_over_divisions_and_any_other_of_its_parts(hand: Hand) -> None:
    year = {f"m{month:02}": 5 for month in range(1, 13)}
    hand.reports(HEAD + "350102,2017,hand_served,100\n" + months("350103", "hand_served", **year))
    assert hand.figures("hand_sum", "350100", "2017") == ["350100 2017: 160 人 = 160/1 [2/2]"]  # 100 + 12 × 5
    assert hand.figures("hand_sum", "350100", "2017-01") == ["350100 2017-01: 5 人 = 5/1 [1/2] incomplete"]
    assert hand.figures("hand_sum", "350100", "2017-H2") == ["350100 2017-H2: 30 人 = 30/1 [1/2] incomplete"]
    # never split
    assert hand.figures("hand_sum", "350102", "2017-Q1") == [
        "350102 2017-Q1: no_data without hand_served [0/1] incomplete"
    ]


def test_what_was_reported_for_a_period_itself_goes_before_its_parts(hand: Hand) -> None:
    hand.reports(
        HEAD + "350202,2017-Q1,hand_served,30\n" + months("350202", "hand_served", m01=9, m02=9, m04=10, m05=10, m06=10)
    )
    assert hand.figures("hand_sum", "350202", "2017-Q1", "2017-Q2") == [
        "350202 2017-Q1: 30 人 = 30/1 [1/1]",  # not 9 + 9
        "350202 2017-Q2: 30 人 = 30/1 [1/1]",
    ]
    assert hand.figures("hand_sum", "350202", "2017-H1") == ["350202 2017-H1: 60 人 = 60/1 [1/1]"]
    assert hand.figures("hand_sum", "350202", "2017-02", "2017-03") == [
        "350202 2017-02: 9 人 = 9/1 [1/1]",
        "350202 2017-03: no_data without hand_served [0/1] incomplete",
    ]
    quarters = "".join(
        f"350203,2017-Q{quarter},hand_served,{value}\n" for quarter, value in enumerate((20, 20, 25, 25), 1)
    )
    hand.brings(HEAD + "350203,2017,hand_served,100\n" + quarters)
    assert hand.figures("hand_sum", "350203", "2017") == ["350203 2017: 100 人 = 100/1 [1/1]"]  # and not 90
    assert hand.figures("hand_sum", "350203", "2017-H1", "2017-H2") == [
        "350203 2017-H1: 40 人 = 40/1 [1/1]",
        "350203 2017-H2: 50 人 = 50/1 [1/1]",
    ]


# ---- cumulative reports


def test_cumulative_reports_are_differenced(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     basis,        value
        350302,   2017-01, hand_served, year_to_date, 5
        350302,   2017-02, hand_served, year_to_date, 12
        350302,   2017-03, hand_served, year_to_date, 12
        350302,   2017-04, hand_served, year_to_date, 30
        """
    )
    assert hand.figures("hand_sum", "350302", "2017-01", "2017-05") == [
        "350302 2017-01: 5 人 = 5/1 [1/1]",
        "350302 2017-02: 7 人 = 7/1 [1/1]",
        "350302 2017-03: 0 人 = 0/1 [1/1]",
        "350302 2017-04: 18 人 = 18/1 [1/1]",
        "350302 2017-05: no_data without hand_served [0/1] incomplete",
    ]
    assert hand.figures("hand_sum", "350302", "2017-Q1", "2017-Q2") == [
        "350302 2017-Q1: 12 人 = 12/1 [1/1]",
        "350302 2017-Q2: 18 人 = 18/1 [0/1] incomplete",
    ]
    assert hand.figures("hand_sum", "350302", "2017") == ["350302 2017: 30 人 = 30/1 [0/1] incomplete"]
    assert hand.figures("hand_so_far", "350302", "2017-03", "2017-04") == [
        "350302 2017-03: 12 人 = 12/1 [1/1]",
        "350302 2017-04: 30 人 = 30/1 [1/1]",
    ]


def test_a_gaps_difference_belongs_to_the_whole_gap(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     basis,        value
        350402,   2017-02, hand_served, year_to_date, 10
        350402,   2017-05, hand_served, year_to_date, 40
        """
    )
    lacking = "no_data without hand_served [0/1] incomplete"
    assert hand.figures("hand_sum", "350402", "2017-01", "2017-05") == [
        f"350402 2017-{month:02}: {lacking}" for month in range(1, 6)
    ]
    assert hand.figures("hand_sum", "350402", "2017-Q1", "2017-Q2") == [
        "350402 2017-Q1: 10 人 = 10/1 [0/1] incomplete",
        f"350402 2017-Q2: {lacking}",
    ]
    # the half contains January–February (10) and March–May (30)
    assert hand.figures("hand_sum", "350402", "2017-H1") == ["350402 2017-H1: 40 人 = 40/1 [0/1] incomplete"]
    assert hand.figures("hand_so_far", "350402", "2017-01", "2017-05") == [
        "350402 2017-01: no_data without year_to_date(hand_served) [0/1] incomplete",
        "350402 2017-02: 10 人 = 10/1 [1/1]",
        "350402 2017-03: 10 人 = 10/1 [0/1] incomplete",  # what was reported so far
        "350402 2017-04: 10 人 = 10/1 [0/1] incomplete",
        "350402 2017-05: 40 人 = 40/1 [1/1]",
    ]


def test_of_both_bases_the_periods_is_used_and_year_to_date_reads_the_cumulative_one(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     basis,        value
        350502,   2017-01, hand_served, year_to_date, 5
        350502,   2017-02, hand_served, year_to_date, 12
        350502,   2017-02, hand_served, period,       6
        350503,   2017-01, hand_served, period,       100
        350503,   2017-02, hand_served, period,       200
        """
    )
    assert hand.figures("hand_sum", ["350500", "350502"], "2017-01", "2017-02") == [
        "350500 2017-01: 105 人 = 105/1 [2/2]",
        "350500 2017-02: 206 人 = 206/1 [2/2]",
        "350502 2017-01: 5 人 = 5/1 [1/1]",
        "350502 2017-02: 6 人 = 6/1 [1/1]",
    ]
    assert hand.figures("hand_so_far", ["350500", "350502"], "2017-02") == [
        "350500 2017-02: 312 人 = 312/1 [2/2]",  # 12 + (100 + 200)
        "350502 2017-02: 12 人 = 12/1 [1/1]",
    ]


def test_cumulative_quarters_and_one_who_reports_so_far_beside_one_who_reports_months(hand: Hand) -> None:
    monthly = "".join(f"350603,2017-{month:02},hand_served,period,10\n" for month in range(1, 8))
    hand.reports(
        "division,period,measure,basis,value\n"
        "350602,2017-07,hand_served,year_to_date,70\n"
        f"{monthly}"
        "350702,2017-Q1,hand_served,year_to_date,10\n"
        "350702,2017-Q2,hand_served,year_to_date,25\n"
        "350702,2017,hand_served,year_to_date,60\n"
    )
    assert hand.figures("hand_sum", "350600", "2017-H1", "2017-H2") == [
        "350600 2017-H1: 60 人 = 60/1 [1/2] incomplete",  # the 70 are of January to July, which no half contains
        "350600 2017-H2: 10 人 = 10/1 [0/2] incomplete",
    ]
    assert hand.figures("hand_sum", "350600", "2017") == ["350600 2017: 140 人 = 140/1 [0/2] incomplete"]
    assert hand.figures("hand_so_far", "350600", "2017-07") == ["350600 2017-07: 140 人 = 140/1 [2/2]"]
    assert hand.figures("hand_sum", "350702", "2017-Q1", "2017-Q3") == [
        "350702 2017-Q1: 10 人 = 10/1 [1/1]",
        "350702 2017-Q2: 15 人 = 15/1 [1/1]",
        "350702 2017-Q3: no_data without hand_served [0/1] incomplete",
    ]
    assert hand.figures("hand_sum", "350702", "2017-H2") == ["350702 2017-H2: 35 人 = 35/1 [1/1]"]


def test_differencing_is_done_key_by_key_before_columns_are_summed_away(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     basis,        sex, value
        350802,   2017-01, hand_served, year_to_date, f,   5
        350802,   2017-01, hand_served, year_to_date, m,   6
        350802,   2017-02, hand_served, year_to_date, f,   9
        350802,   2017-02, hand_served, year_to_date, m,   9
        350802,   2017-03, hand_served, year_to_date, f,   10
        """
    )
    assert hand.figures("hand_sum", "350802", "2017-02", "2017-03") == [
        "350802 2017-02: 7 人 = 7/1 [1/1]",  # 4 + 3
        "350802 2017-03: 1 人 = 1/1 [1/1]",  # of men nothing; 10 − 18 would be −8
    ]
    assert hand.figures("hand_so_far", "350802", "2017-03") == ["350802 2017-03: 19 人 = 19/1 [1/1]"]  # 10 + 9


# ---- stocks and standards


def test_a_stock_is_its_last_value_and_is_carried_twelve_months_and_never_backwards(hand: Hand) -> None:
    hand.reports(HEAD + months("350902", "hand_beds", m01=100, m03=120) + "350903,2016,hand_beds,50\n")
    lacking = "no_data without hand_beds [0/1] incomplete"
    assert hand.figures("hand_stock", "350902", "2016-12", "2017-04") == [
        f"350902 2016-12: {lacking}",
        "350902 2017-01: 100 张 = 100/1 [1/1]",
        "350902 2017-02: 100 张 = 100/1 [1/1] carried",
        "350902 2017-03: 120 张 = 120/1 [1/1]",
        "350902 2017-04: 120 张 = 120/1 [1/1] carried",
    ]
    assert hand.figures("hand_stock", "350902", "2018-03", "2018-04") == [
        "350902 2018-03: 120 张 = 120/1 [1/1] carried",
        f"350902 2018-04: {lacking}",
    ]
    assert hand.figures("hand_stock", "350902", "2017-Q1", "2017-Q2") == [
        "350902 2017-Q1: 120 张 = 120/1 [1/1]",
        "350902 2017-Q2: 120 张 = 120/1 [1/1] carried",
    ]
    assert hand.figures("hand_stock", "350902", "2017", "2018") == [
        "350902 2017: 120 张 = 120/1 [1/1]",
        f"350902 2018: {lacking}",  # December 2018 is 21 months later
    ]
    assert hand.figures("hand_stock_of_year", "350902", "2017-01") == ["350902 2017-01: 120 张 = 120/1 [1/1]"]
    # reported for 2016, of which the last month is December
    assert hand.figures("hand_stock", "350903", "2017-12", "2018-01") == [
        "350903 2017-12: 50 张 = 50/1 [1/1] carried",
        f"350903 2018-01: {lacking}",
    ]


def test_a_stock_is_carried_at_its_reporter_and_never_outranks_a_fresh_one_below(hand: Hand) -> None:
    hand.reports(
        """
        division,  period,  measure,   value
        351002,    2017-12, hand_beds, 100
        351003,    2017-03, hand_beds, 50
        351102,    2017-01, hand_beds, 100
        351102001, 2017-02, hand_beds, 30
        351102002, 2017-02, hand_beds, 40
        351202,    2017-01, hand_beds, 100
        351202001, 2017-02, hand_beds, 30
        351202002, 2017-01, hand_beds, 60
        """
    )
    assert hand.figures("hand_stock", "351000", "2017-12") == ["351000 2017-12: 150 张 = 150/1 [2/2] carried"]
    assert hand.figures("hand_stock", "351000", "2017-Q1") == ["351000 2017-Q1: 50 张 = 50/1 [1/2] incomplete"]
    assert hand.figures("hand_stock", "351102", "2017-01", "2017-03") == [
        "351102 2017-01: 100 张 = 100/1 [2/2]",
        "351102 2017-02: 70 张 = 70/1 [2/2]",
        "351102 2017-03: 70 张 = 70/1 [2/2] carried",
    ]
    assert hand.figures("hand_stock", "351202", "2017-01", "2017-02") == [
        "351202 2017-01: 100 张 = 100/1 [2/2]",  # its own stands for the 60 below it
        "351202 2017-02: 90 张 = 90/1 [2/2] carried",  # 30, and the 60 of January
    ]


def test_a_standard_is_the_common_one_or_weighed_and_never_added(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,    value
        351302,   2017-Q1, hand_dole,  700
        351302,   2017-Q2, hand_dole,  710
        351302,   2017-Q2, hand_heads, 30
        351303,   2017-Q1, hand_dole,  700
        351303,   2017-Q2, hand_dole,  700
        351303,   2017-Q2, hand_heads, 10
        """
    )
    assert hand.figures("hand_common", "351300", "2017-Q1", "2017-Q2") == [
        "351300 2017-Q1: 700.00 元/月 = 700/1 [2/2]",
        "351300 2017-Q2: not_additive [2/2]",
    ]
    assert hand.figures("hand_common", "351302", "2017") == ["351302 2017: 710.00 元/月 = 710/1 [1/1]"]
    # (710 × 30 + 700 × 10) ÷ 40 = 28300 ÷ 40 = 1415 ÷ 2
    assert hand.figures("hand_mean", "351300", "2017-Q2") == ["351300 2017-Q2: 707.50 元/月 = 1415/2 [2/2]"]


# ---- years that begin in October, editions, other periods


def test_a_statistical_year_that_begins_in_october(hand: Hand) -> None:
    powers = {f"m{month:02}": 2 ** (month + 2) for month in range(1, 13)}
    hand.reports(
        HEAD
        + "360102,2016-10,hand_screened,1\n360102,2016-11,hand_screened,2\n360102,2016-12,hand_screened,4\n"
        + months("360102", "hand_screened", **powers),
        each="period",
    )
    # 2017 is October 2016 (1) to September 2017 (2048): 4095; its first quarter 1 + 2 + 4, its second 8 + 16 + 32
    assert hand.figures("hand_screened_before", "360102", "2017-Q2", "2017-Q3") == [
        "360102 2017-Q2: 7 人 = 7/1 [1/1]",
        "360102 2017-Q3: 56 人 = 56/1 [1/1]",
    ]
    assert hand.figures("hand_screened_before", "360102", "2017-H2") == ["360102 2017-H2: 63 人 = 63/1 [1/1]"]
    assert hand.figures("hand_screened_before", "360102", "2018") == ["360102 2018: 4095 人 = 4095/1 [1/1]"]
    assert hand.figures("hand_screened_before", "360102", "2017-01") == ["360102 2017-01: 4 人 = 4/1 [1/1]"]


def test_the_pace_of_such_a_year_is_of_its_own_months(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,       scenario, value
        360202,   2016-10, hand_screened, actual,   10
        360202,   2016-11, hand_screened, actual,   10
        360202,   2016-12, hand_screened, actual,   10
        360202,   2017,    hand_screened, target,   120
        """,
        each="period",
    )
    # 20 ÷ 120 ÷ (2 ÷ 12) and 30 ÷ 120 ÷ (3 ÷ 12)
    assert hand.figures("hand_screening_pace", "360202", "2016-11", "2016-12") == [
        "360202 2016-11: 100.00 % = 1/1 [1/1]",
        "360202 2016-12: 100.00 % = 1/1 [1/1]",
    ]
    assert hand.figures("hand_screening_pace", "360202", "2017-Q1") == ["360202 2017-Q1: 100.00 % = 1/1 [1/1]"]


def test_the_edition_in_force_in_the_last_month_governs_the_whole_formula(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,       value
        360302,   2016,    hand_due,      10
        360302,   2016,    hand_served,   5
        360302,   2016,    hand_used,     100
        360302,   2017,    hand_due,      100
        360302,   2017,    hand_served,   8
        360302,   2017,    hand_used,     100
        360302,   2018,    hand_due,      50
        360302,   2018,    hand_served,   25
        360303,   2017-09, hand_screened, 1
        360303,   2017-09, hand_born,     2
        360303,   2017-10, hand_screened, 1
        360303,   2017-10, hand_born,     4
        360303,   2017,    hand_screened, 3
        360303,   2017,    hand_born,     4
        360303,   2018,    hand_screened, 3
        360303,   2018,    hand_born,     4
        """,
        each="period",
    )
    # until 2016 served ÷ due, from 2017 on served ÷ the due of the year before, whatever edition held then
    assert hand.figures("hand_dated", "360302", "2016", "2018") == [
        "360302 2016: 50.00 % = 5/10 [1/1]",
        "360302 2017: 80.00 % = 8/10 [1/1]",
        "360302 2018: 25.00 % = 25/100 [1/1]",
    ]
    assert hand.figures("hand_dated@2016", "360302", "2017") == ["360302 2017: 8.00 % = 8/100 [1/1]"]
    assert hand.figures("hand_dated@other", "360302", "2017") == ["360302 2017: 1250.00 % = 100/8 [1/1]"]
    # inlined, it is the one of the figure's last month: 5 ÷ 10 × 100 and 8 ÷ 10 × 100
    assert hand.figures("hand_of_dated", "360302", "2016", "2017") == [
        "360302 2016: 50.00 元 = 50/1 [1/1]",
        "360302 2017: 80.00 元 = 80/1 [1/1]",
    ]
    # the year 2017 of a measure that begins in October ends in September, the last month of the older edition
    assert hand.figures("hand_dated_health", "360303", "2017", "2018") == [
        "360303 2017: 75.00 % = 3/4 [1/1]",
        "360303 2018: 133.33 % = 4/3 [1/1]",
    ]
    assert hand.figures("hand_dated_health", "360303", "2017-09", "2017-10") == [
        "360303 2017-09: 50.00 % = 1/2 [1/1]",
        "360303 2017-10: 400.00 % = 4/1 [1/1]",
    ]


def test_other_periods_and_targets_of_the_year(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     scenario, value
        360402,   2016-01, hand_served, actual,   2
        360402,   2016-02, hand_served, actual,   3
        360402,   2016-12, hand_served, actual,   7
        360402,   2016-Q4, hand_served, actual,   40
        360402,   2017-01, hand_served, actual,   6
        360402,   2017-02, hand_served, actual,   6
        360402,   2017-03, hand_served, actual,   18
        360402,   2017,    hand_served, target,   120
        """
    )

    def told(indicator: str, period: str) -> str:
        (found,) = hand.figures(indicator, "360402", period)
        return found.removeprefix(f"360402 {period}: ").removesuffix(" [1/1]")

    assert told("hand_before", "2017-01") == "7 人 = 7/1"
    assert told("hand_before", "2017-Q1") == "40 人 = 40/1"
    assert told("hand_year_ago", "2017-02") == "3 人 = 3/1"
    assert told("hand_last_year_so_far", "2017-02") == "5 人 = 5/1"
    assert told("hand_yearly", "2017-Q1") == "120 人 = 120/1"  # 30 × 12 ÷ 3
    assert told("hand_done", "2017-01") == "no_data without target(hand_served) = 6/–"  # a year's target is not split
    assert told("hand_done_of_year", "2017-01") == "5.00 % = 6/120"
    assert told("hand_pace", "2017-Q1") == "100.00 % = 1/1"  # 30 ÷ 120 ÷ (3 ÷ 12)
    assert told("hand_pace", "2017-03") == "60.00 % = 3/5"  # 18 ÷ 120 ÷ (3 ÷ 12)


# ---- where the rules leave two readings (docs/decisions/0022)


def test_a_years_stock_is_not_its_last_months_and_a_standard_is_not_carried(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,   value
        360502,   2016,    hand_beds, 50
        360502,   2017-Q2, hand_dole, 710
        """
    )
    assert hand.figures("hand_stock", "360502", "2016-12", "2017-01") == [
        "360502 2016-12: no_data without hand_beds [0/1] incomplete",  # a period is never split
        "360502 2017-01: 50 张 = 50/1 [1/1] carried",
    ]
    assert hand.figures("hand_common", "360502", "2017-Q3") == [
        "360502 2017-Q3: no_data without hand_dole [0/1] incomplete"
    ]
    assert hand.figures("hand_common", "360502", "2017") == ["360502 2017: 710.00 元/月 = 710/1 [1/1]"]


def test_a_total_is_carried_over_fresher_parts_of_its_own_division(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,   sex, value
        360602,   2017-01, hand_beds, ,    30
        360602,   2017-02, hand_beds, f,   11
        360602,   2017-02, hand_beds, m,   12
        360603,   2017-01, hand_beds, f,   10
        360603,   2017-01, hand_beds, m,   20
        360603,   2017-02, hand_beds, f,   11
        """
    )
    assert hand.figures("hand_stock", ["360602", "360603"], "2017-02", by="sex") == [
        "360602 2017-02: 30 张 = 30/1 [1/1] carried",
        "360602 2017-02 sex=f: 11 张 = 11/1 [1/1]",
        "360602 2017-02 sex=m: 12 张 = 12/1 [1/1]",
        "360603 2017-02: 31 张 = 31/1 [1/1] carried",  # 11, and the 20 men of January
        "360603 2017-02 sex=f: 11 张 = 11/1 [1/1]",
        "360603 2017-02 sex=m: 20 张 = 20/1 [1/1] carried",
    ]


def test_a_cumulative_report_is_differenced_from_cumulative_ones_only(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     basis,        value
        360702,   2017-Q1, hand_served, period,       10
        360702,   2017-06, hand_served, year_to_date, 40
        """
    )
    assert hand.figures("hand_sum", "360702", "2017-Q1", "2017-Q2") == [
        "360702 2017-Q1: 10 人 = 10/1 [1/1]",
        "360702 2017-Q2: no_data without hand_served [0/1] incomplete",
    ]
    assert hand.figures("hand_sum", "360702", "2017-H1") == ["360702 2017-H1: 40 人 = 40/1 [1/1]"]
    assert hand.figures("hand_so_far", "360702", "2017-05", "2017-06") == [
        "360702 2017-05: 10 人 = 10/1 [0/1] incomplete",
        "360702 2017-06: 40 人 = 40/1 [1/1]",
    ]


def test_a_target_with_an_issuer_and_one_without_are_two(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     scenario, issuer,   value
        360802,   2017,   hand_served, target,   province, 10
        360802,   2017,   hand_served, target,   ,         4
        360803,   2017,   hand_served, target,   province, 6
        """
    )
    assert hand.figures("hand_goal", ["360802", "360803"], "2017") == [
        "360802 2017: not_additive [0/0]",
        "360803 2017: 6 人 = 6/1 [0/0]",
    ]


def test_an_edition_that_is_not_the_default_governs_where_it_is_alone_in_force(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        360902,   2018,   hand_due,    50
        360902,   2019,   hand_served, 4
        360902,   2019,   hand_due,    1
        """
    )
    assert hand.figures("hand_dated", "360902", "2019") == ["360902 2019: 25.00 % = 1/4 [1/1]"]  # due ÷ served
