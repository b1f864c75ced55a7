"""Figures worked out by hand, as both services give them: what is missing, numbers, two reports for one thing, coverage.

Each line that is expected follows from the facts above it by the rule that the test is named after, on paper.
"""

from __future__ import annotations

from tests.services.indicators.by_hand import Hand, line

# ---- missing


def test_a_blank_is_not_zero_and_a_zero_denominator_is_told_from_a_missing_one(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        320102,   2017,   hand_due,    100
        320103,   2017,   hand_served, 0
        320103,   2017,   hand_due,    0
        320104,   2017,   hand_due,    0
        320105,   2017,   hand_served, 7
        320106,   2017,   hand_served, 0
        320106,   2017,   hand_due,    5
        """
    )
    assert hand.figures("hand_rate", "320102", "2017") == [
        "320102 2017: no_data without hand_served = –/100 [0/1] incomplete"
    ]
    assert hand.figures("hand_rate", "320103", "2017") == ["320103 2017: zero_denominator = 0/0 [1/1]"]
    # what is missing outranks the denominator that is zero
    assert hand.figures("hand_rate", "320104", "2017") == [
        "320104 2017: no_data without hand_served = –/0 [0/1] incomplete"
    ]
    assert hand.figures("hand_rate", "320105", "2017") == [
        "320105 2017: no_data without hand_due = 7/– [0/1] incomplete"
    ]
    assert hand.figures("hand_rate", "320106", "2017") == ["320106 2017: 0.00 % = 0/5 [1/1]"]
    # coalesce catches what is missing, and only that
    zero = ["320102 2017: 0.00 % = 0/100 [0/1] incomplete"]
    assert hand.figures("hand_rate_blank_as_zero", "320102", "2017") == zero
    assert hand.figures("hand_rate_blank_as_zero", "320104", "2017") == [
        "320104 2017: zero_denominator = 0/0 [0/1] incomplete"
    ]
    assert hand.figures("hand_rate_or_zero", "320103", "2017") == ["320103 2017: zero_denominator [1/1]"]
    assert hand.figures("hand_rate_or_zero", "320104", "2017") == ["320104 2017: 0.00 % = 0/1 [0/1] incomplete"]
    # 0 + 7 of 100 + 0 + 0 + 5: each operand is summed by itself
    assert hand.figures("hand_rate", "320100", "2017") == ["320100 2017: 6.67 % = 7/105 [2/5] incomplete"]


# ---- numbers


def test_a_total_is_a_ratio_of_sums(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        320202,   2017,   hand_served, 1
        320202,   2017,   hand_due,    2
        320203,   2017,   hand_served, 1
        320203,   2017,   hand_due,    100
        """
    )
    # the mean of 50 % and 1 % would be 25.50 %; (1 + 1) ÷ (2 + 100) = 2 ÷ 102 = 1.9607…
    assert hand.figures("hand_rate", "320200", "2017") == ["320200 2017: 1.96 % = 2/102 [2/2]"]


def test_bounds_are_tested_on_the_exact_value_and_nothing_is_capped(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        320302,   2017,   hand_served, 200001
        320302,   2017,   hand_due,    200000
        320303,   2017,   hand_served, 82
        320303,   2017,   hand_due,    65
        320304,   2017,   hand_served, 65
        320304,   2017,   hand_due,    65
        """
    )
    assert hand.figures("hand_rate", ["320302", "320303", "320304"], "2017") == [
        "320302 2017: 100.00 % = 200001/200000 [1/1] out_of_bounds",  # 100.0005 %
        "320303 2017: 126.15 % = 82/65 [1/1] out_of_bounds",
        "320304 2017: 100.00 % = 65/65 [1/1]",
    ]


def test_half_up_rounds_away_from_zero_truncate_towards_it_and_no_zero_has_a_sign(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        320402,   2017,   hand_served, 0
        320402,   2017,   hand_due,    1
        320402,   2017,   hand_heads,  8
        320403,   2017,   hand_served, 1
        320403,   2017,   hand_due,    0
        320403,   2017,   hand_heads,  8
        320404,   2017,   hand_served, 1
        320404,   2017,   hand_due,    2
        320404,   2017,   hand_heads,  100000
        320405,   2017,   hand_served, 1
        320405,   2017,   hand_due,    0
        320405,   2017,   hand_heads,  20000
        """
    )
    both = ["320402", "320403"]  # -12.5 % and 12.5 %, to whole percent
    up = ["320402 2017: -13 % = -1/8 [1/1]", "320403 2017: 13 % = 1/8 [1/1]"]
    down = ["320402 2017: -12 % = -1/8 [1/1]", "320403 2017: 12 % = 1/8 [1/1]"]
    assert hand.figures("hand_half_up", both, "2017") == up
    assert hand.figures("hand_half_even", both, "2017") == down
    assert hand.figures("hand_truncate", both, "2017") == down
    assert hand.figures("hand_small", ["320404", "320405"], "2017") == [
        "320404 2017: 0.00 % = -1/100000 [1/1]",  # -0.001 %
        "320405 2017: 0.01 % = 1/20000 [1/1]",  # 0.005 %, a tie
    ]


def test_units_multiply_once_and_sides_are_in_base_units(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,      value, unit
        320502,   2017,   hand_served,  1,     人
        320502,   2017,   hand_due,     3,     人
        320502,   2017,   hand_used,    1,     万元
        320502,   2017,   hand_given,   4,     万元
        320502,   2017,   hand_percent, 12.5,  %
        320502,   2017,   hand_heads,   7,     人
        320502,   2017,   hand_elders,  3000,  人
        """
    )

    def told(indicator: str) -> str:
        (found,) = hand.figures(indicator, "320502", "2017")
        return found.removeprefix("320502 2017: ").removesuffix(" [1/1]")

    assert told("hand_points") == "8.33 百分点 = 1/12"  # 1/3 − 1/4
    assert told("hand_two_rates") == "58.33 % = 7/12"  # 1/3 + 1/4
    assert told("hand_expected") == "0.4 人 = 0.375/1"  # 12.5 % of 3
    assert told("hand_money") == "1.00 万元 = 10000/1"
    assert told("hand_spent") == "25.00 % = 10000/40000"
    assert told("hand_per_thousand") == "2.33 ‰ = 7/3000"


# ---- two reports for one thing


def test_a_parents_own_report_stands_for_all_below_and_what_it_omits_is_the_sum_of_its_childrens(hand: Hand) -> None:
    hand.reports(
        """
        division,  period, measure,     sex, value
        320602,    2017,   hand_served, f,   10
        320602001, 2017,   hand_served, f,   3
        320602001, 2017,   hand_served, m,   4
        """
    )
    for place in ("320602", "320600"):
        assert hand.figures("hand_sum", place, "2017", by="sex") == [
            f"{place} 2017: 14 人 = 14/1 [1/1]",  # its own 10 women, and the 4 men below
            f"{place} 2017 sex=f: 10 人 = 10/1 [1/1]",
            f"{place} 2017 sex=m: 4 人 = 4/1 [1/1]",
        ]
        assert hand.figures("hand_sum", place, "2017", by="sex", parents="own") == [
            f"{place} 2017: 17 人 = 17/1 [1/1]",  # as one more part: 10 + 3 + 4
            f"{place} 2017 sex=f: 13 人 = 13/1 [1/1]",
            f"{place} 2017 sex=m: 4 人 = 4/1 [1/1]",
        ]


def test_a_total_above_does_not_break_down_the_parts_below(hand: Hand) -> None:
    hand.reports(
        """
        division,  period, measure,     sex, value
        320702,    2017,   hand_served, ,    20
        320702001, 2017,   hand_served, f,   3
        320702001, 2017,   hand_served, m,   4
        """
    )
    assert hand.figures("hand_sum", "320702", "2017", by="sex") == [
        "320702 2017: 20 人 = 20/1 [1/1]",
        "320702 2017 sex=f: 3 人 = 3/1 [1/1]",
        "320702 2017 sex=m: 4 人 = 4/1 [1/1]",
    ]
    assert hand.figures("hand_sum", "320702", "2017", parents="own") == ["320702 2017: 27 人 = 27/1 [1/1]"]


def test_an_empty_cell_is_the_total_and_where_there_is_none_the_parts_are_summed(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     sex, value
        320802,   2017,   hand_served, ,    100
        320802,   2017,   hand_served, f,   40
        320802,   2017,   hand_served, m,   50
        320803,   2017,   hand_served, f,   40
        320803,   2017,   hand_served, m,   50
        320803,   2017,   hand_due,    ,    120
        """
    )
    assert hand.figures("hand_sum", "320802", "2017", by="sex") == [
        "320802 2017: 100 人 = 100/1 [1/1]",
        "320802 2017 sex=f: 40 人 = 40/1 [1/1]",
        "320802 2017 sex=m: 50 人 = 50/1 [1/1]",
    ]
    # 40 + 50 of 120; nobody broke the denominator down
    assert hand.figures("hand_rate", "320803", "2017", by="sex") == [
        "320803 2017: 75.00 % = 90/120 [1/1]",
        "320803 2017 sex=f: no_data without hand_due = 40/– [0/1] incomplete",
        "320803 2017 sex=m: no_data without hand_due = 50/– [0/1] incomplete",
    ]
    assert hand.figures("hand_filtered", "320803", "2017") == ["320803 2017: 33.33 % = 40/120 [1/1]"]
    assert hand.figures("hand_all_sexes", "320803", "2017") == ["320803 2017: 75.00 % = 90/120 [1/1]"]
    # the total of the one and the parts of the other
    assert hand.figures("hand_sum", "320800", "2017") == ["320800 2017: 190 人 = 190/1 [2/2]"]


def test_two_margins_that_disagree_are_not_additive(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     sex, area,  value
        320902,   2017,   hand_served, f,   ,      10
        320902,   2017,   hand_served, m,   ,      10
        320902,   2017,   hand_served, ,    urban, 5
        320902,   2017,   hand_served, ,    rural, 6
        320903,   2017,   hand_served, f,   ,      10
        320903,   2017,   hand_served, m,   ,      10
        320903,   2017,   hand_served, ,    urban, 15
        320903,   2017,   hand_served, ,    rural, 5
        """
    )
    assert hand.figures("hand_sum", ["320902", "320903"], "2017", by="area") == [
        "320902 2017: not_additive [1/1]",  # 20 and 11
        "320902 2017 area=rural: 6 人 = 6/1 [1/1]",
        "320902 2017 area=urban: 5 人 = 5/1 [1/1]",
        "320903 2017: 20 人 = 20/1 [1/1]",
        "320903 2017 area=rural: 5 人 = 5/1 [1/1]",
        "320903 2017 area=urban: 15 人 = 15/1 [1/1]",
    ]


def test_issuers_of_a_target_are_never_summed(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     scenario, issuer,   value
        321002,   2017,   hand_served, actual,   ,         50
        321002,   2017,   hand_served, target,   province, 100
        321002,   2017,   hand_served, target,   city,     125
        321003,   2017,   hand_served, actual,   ,         30
        321003,   2017,   hand_served, target,   city,     60
        """
    )
    assert hand.figures("hand_done", ["321000", "321002", "321003"], "2017") == [
        "321000 2017: not_additive = 80/– [2/2]",
        "321002 2017: not_additive = 50/– [1/1]",
        "321003 2017: 50.00 % = 30/60 [1/1]",
    ]
    picked = 'target(hand_served[issuer == "province"])'
    assert hand.figures("hand_done_of_province", ["321000", "321002", "321003"], "2017") == [
        "321000 2017: 80.00 % = 80/100 [2/2]",  # each operand by itself
        "321002 2017: 50.00 % = 50/100 [1/1]",
        f"321003 2017: no_data without {picked} = 30/– [1/1]",
    ]


def test_estimated_is_a_figure_of_which_a_part_was_approximate_and_no_other(hand: Hand) -> None:
    hand.reports(
        """
        division, period,  measure,     sex, approximate, value
        321102,   2017-01, hand_served, f,   true,        10
        321102,   2017-01, hand_served, m,   ,            20
        321103,   2017-01, hand_served, f,   ,            1
        321103,   2017-02, hand_served, f,   ,            2
        """
    )
    assert hand.figures("hand_sum", ["321100", "321102", "321103"], "2017-01", by="sex") == [
        "321100 2017-01: 31 人 = 31/1 [2/2] estimated",
        "321100 2017-01 sex=f: 11 人 = 11/1 [2/2] estimated",
        "321100 2017-01 sex=m: 20 人 = 20/1 [1/2] incomplete",
        "321102 2017-01: 30 人 = 30/1 [1/1] estimated",
        "321102 2017-01 sex=f: 10 人 = 10/1 [1/1] estimated",
        "321102 2017-01 sex=m: 20 人 = 20/1 [1/1]",
        "321103 2017-01: 1 人 = 1/1 [1/1]",
        "321103 2017-01 sex=f: 1 人 = 1/1 [1/1]",
        "321103 2017-01 sex=m: no_data without hand_served [0/1] incomplete",
    ]
    assert hand.figures("hand_sum", "321100", "2017-02") == ["321100 2017-02: 2 人 = 2/1 [1/2] incomplete"]


# ---- coverage


def test_expected_are_the_lowest_that_ever_reported_and_who_stands_above_reports_for_them(hand: Hand) -> None:
    hand.reports(
        """
        division,  period, measure,     value
        321202001, 2016,   hand_served, 1
        321202001, 2016,   hand_due,    2
        321202002, 2016,   hand_served, 1
        321202002, 2016,   hand_due,    2
        321202001, 2017,   hand_served, 1
        321202001, 2017,   hand_due,    2
        321202,    2018,   hand_served, 3
        321202,    2018,   hand_due,    4
        321202001, 2019,   hand_served, 1
        321202001, 2019,   hand_due,    2
        321202002, 2019,   hand_due,    2
        321200,    2015,   hand_served, 1
        321200,    2015,   hand_due,    8
        """
    )
    assert hand.figures("hand_rate", "321202", "2015", "2019") == [
        "321202 2015: no_data without hand_served, hand_due [0/2] incomplete",  # the city's report is not of its subtree
        "321202 2016: 50.00 % = 2/4 [2/2]",
        "321202 2017: 50.00 % = 1/2 [1/2] incomplete",
        "321202 2018: 75.00 % = 3/4 [2/2]",
        "321202 2019: 25.00 % = 1/4 [1/2] incomplete",
    ]
    assert hand.figures("hand_rate", "321200", "2015", "2016") == [
        "321200 2015: 12.50 % = 1/8 [2/2]",
        "321200 2016: 50.00 % = 2/4 [2/2]",
    ]
    assert hand.figures("hand_rate", "321202001", "2018") == [
        "321202001 2018: no_data without hand_served, hand_due [0/1] incomplete"
    ]


def test_targets_are_asked_of_nobody(hand: Hand) -> None:
    hand.reports(
        """
        division,  period, measure,     scenario, value
        321302,    2017,   hand_served, target,   100
        321302001, 2017,   hand_served, actual,   50
        321302002, 2017,   hand_served, target,   90
        """
    )
    assert hand.figures("hand_done", "321302", "2017") == ["321302 2017: 50.00 % = 50/100 [1/1]"]


# ---- shares


def test_a_share_is_of_what_stands_above(hand: Hand) -> None:
    hand.reports(
        """
        division, period, measure,     value
        330102,   2017,   hand_served, 30
        330103,   2017,   hand_served, 90
        330200,   2017,   hand_served, 200
        330202,   2017,   hand_served, 30
        330203,   2017,   hand_served, 90
        """
    )
    assert hand.figures("hand_share", ["330102", "330202"], "2017") == [
        "330102 2017: 25.00 % = 1/4 [1/1]",  # of 30 + 90
        "330202 2017: 15.00 % = 3/20 [1/1]",  # of the 200 that the city reported itself
    ]


def test_nothing_is_a_share_of_what_its_reader_does_not_see(hand: Hand) -> None:
    hand.reports(
        """
        division,  period, measure,     value
        330302,    2017,   hand_served, 30
        330303001, 2017,   hand_served, 60
        330303002, 2017,   hand_served, 30
        """
    )
    asked = {"indicator": "hand_share", "period": "year", "from_": "2017", "to": "2017"}
    with hand.office.key("330302", "330303") as reader:
        answer = hand.ask("/v1/figures", who=reader, **asked)
        assert [line(one) for one in answer.json()["figures"]] == [
            # of the city they see two parts, and do not know whether there are more
            "330302 2017: no_data without share(hand_served) [1/1]",
            "330303 2017: no_data without share(hand_served) [2/2]",
            "330303001 2017: 66.67 % = 2/3 [1/1]",  # 60 of 60 + 30
            "330303002 2017: 33.33 % = 1/3 [1/1]",
        ]
        mine = hand.ask("/v1/figures", who=reader, division="330302", **asked)
    whole = hand.ask("/v1/figures", division="330302", **asked)
    assert [line(one) for one in whole.json()["figures"]] == ["330302 2017: 25.00 % = 1/4 [1/1]"]
    assert mine.json()["receipt"]["options"] != whole.json()["receipt"]["options"]
