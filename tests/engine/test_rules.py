"""What stands for what (design §3): what is missing, and what a figure says of itself."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, counted, only, ratio, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


# ------------------------------------------------------------------------------------------------ missing


def test_a_figure_is_the_json_object_of_the_contract(evaluate):
    panel = Panel.of(
        M("births", year_starts=10),
        M("screened", year_starts=10),
        I("rate", "screened / births", edition="2013", bounds=(0, 100)),
        facts="""
            division | period | measure  | value
            A        | 2017   | births   | 10642
            A        | 2017   | screened | 10601
        """,
    )
    assert evaluate(panel, divisions=["A"]) == [
        {
            "indicator": "rate",
            "edition": "2013",
            "division": "A",
            "period": "2017",
            "by": {},
            "value": "99.61",
            "unit": "%",
            "numerator": "10601",
            "denominator": "10642",
            "status": "ok",
            "flags": [],
            "coverage": {"reported": 1, "expected": 1},
            "missing": [],
        }
    ]


def test_blank_is_not_zero(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-01 | x       | 5
        A        | 2017-02 | x       |
        A        | 2017-03 | x       | 0
    """)
    figures = evaluate(panel, divisions=["A"])
    assert values(figures) == {"A 2017-01": "5", "A 2017-02": "no_data", "A 2017-03": "0"}


def test_a_measure_that_nobody_reported_is_missing(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | y       | 4
    """)
    figure = only(evaluate(panel), "A 2017")
    assert (figure["status"], figure["missing"], figure["value"]) == ("no_data", ["x"], None)


def test_coalesce_is_the_only_way_to_call_missing_zero(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | y       | 4
        """,
        "coalesce(x, 0) / y",
    )
    figure = only(evaluate(panel), "A 2017")
    assert (figure["value"], figure["status"], figure["missing"]) == ("0.00", "ok", [])


def test_coalesce_keeps_what_is_there(evaluate):
    panel = counted(
        """
        division | period | measure | value
        A        | 2017   | x       | 0
        A        | 2017   | y       | 7
        B        | 2017   | y       | 7
        """,
        "coalesce(x, y)",
    )
    figures = evaluate(panel, divisions=["A", "B"])
    assert values(figures) == {"A 2017": "0", "B 2017": "7"}


def test_coalesce_does_not_catch_a_zero_denominator(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 3
        A        | 2017   | y       | 0
        """,
        "coalesce(x / y, 0)",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "zero_denominator"}


def test_coalesce_does_not_catch_what_is_not_additive(evaluate):
    panel = Panel.of(
        "s = 元/月 standard",
        I("level", "coalesce(s, 0)", "元/月"),
        facts="""
            division | period | measure | value
            A        | 2017   | s       | 700
            B        | 2017   | s       | 710
        """,
    )
    assert values(evaluate(panel, divisions=["A", "C"])) == {"A 2017": "700.00", "C 2017": "not_additive"}


def test_coalesce_catches_a_missing_part_of_its_first_argument(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 1
        A        | 2017   | y       | 2
        """,
        "coalesce(target(x) / y, x / y)",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "50.00"}


# ------------------------------------------------------------------------------------------------ status


def test_the_missing_operands_are_named_in_the_order_of_the_formula(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 1
        """,
        "(x - year_ago(x)) / (y + target(y)) + year_ago(x) / y",
    )
    figure = only(evaluate(panel), "A 2017")
    assert figure["missing"] == ["year_ago(x)", "y", "target(y)"]


def test_a_missing_operand_is_named_with_its_filter_and_functions(evaluate):
    panel = counted(
        """
        division | period | measure | value
        A        | 2017   | x       | 1
        """,
        'x - year_ago(target(x[sex == "f"]))',
    )
    assert only(evaluate(panel), "A 2017")["missing"] == ['year_ago(target(x[sex == "f"]))']


def test_a_zero_denominator_is_told_apart_from_a_missing_one(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | x       | 3
        A        | 2017   | y       | 0
        B        | 2017   | x       | 3
    """)
    figures = evaluate(panel, divisions=["A", "B"])
    assert values(figures) == {"A 2017": "zero_denominator", "B 2017": "no_data"}
    zero, missing = figures
    assert (zero["numerator"], zero["denominator"], zero["missing"]) == ("3", "0", [])
    assert (missing["numerator"], missing["denominator"], missing["missing"]) == ("3", None, ["y"])


def test_nothing_over_nothing_is_a_zero_denominator(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | x       | 0
        A        | 2017   | y       | 0
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "zero_denominator"}


def test_no_data_outranks_zero_denominator(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | y       | 0
    """)
    figure = only(evaluate(panel), "A 2017")
    assert (figure["status"], figure["missing"], figure["denominator"]) == ("no_data", ["x"], "0")


def test_no_data_outranks_not_additive(evaluate):
    panel = Panel.of(
        "s = 元/月 standard",
        "x = 元/月",
        I("level", "x / s"),
        facts="""
            division | period | measure | value
            A        | 2017   | s       | 700
            B        | 2017   | s       | 710
        """,
    )
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017": "no_data"}


def test_zero_denominator_outranks_not_additive(evaluate):
    panel = Panel.of(
        "s = 元/月 standard",
        "x = 元/月",
        I("level", "s / x"),
        facts="""
            division | period | measure | value
            A        | 2017   | s       | 700
            B        | 2017   | s       | 710
            B        | 2017   | x       | 0
        """,
    )
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017": "zero_denominator"}


def test_a_total_is_a_ratio_of_sums_never_a_mean_of_rates(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | x       | 1
        A        | 2017   | y       | 2
        B        | 2017   | x       | 9
        B        | 2017   | y       | 90
    """)
    figures = evaluate(panel, divisions=["A", "B", "C"])
    assert values(figures) == {"A 2017": "50.00", "B 2017": "10.00", "C 2017": "10.87"}


def test_sums_are_of_what_was_reported_each_operand_by_itself(evaluate):
    panel = ratio("""
        division | period | measure | value
        A        | 2017   | x       | 1
        A        | 2017   | y       | 2
        B        | 2017   | x       | 9
    """)
    figure = only(evaluate(panel), "C 2017")
    assert (figure["value"], figure["numerator"], figure["denominator"]) == ("500.00", "10", "2")
    assert (figure["flags"], figure["coverage"]) == (["incomplete"], {"reported": 1, "expected": 2})


# ------------------------------------------------------------------------------------------------ flags


def test_a_value_outside_its_bounds_is_printed_as_it_is(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 3
        A        | 2017   | y       | 2
        """,
        bounds=(0, 100),
    )
    figure = only(evaluate(panel), "A 2017")
    assert (figure["value"], figure["status"], figure["flags"]) == ("150.00", "ok", ["out_of_bounds"])


def test_bounds_are_tested_on_the_exact_value(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 1000001
        A        | 2017   | y       | 1000000
        B        | 2017   | x       | 1000000
        B        | 2017   | y       | 1000000
        """,
        bounds=(0, 100),
    )
    above, at = evaluate(panel, divisions=["A", "B"])
    assert (above["value"], above["flags"]) == ("100.00", ["out_of_bounds"])
    assert (at["value"], at["flags"]) == ("100.00", [])


def test_a_bound_may_be_below_zero(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | -1
        A        | 2017   | y       | 100000
        """,
        bounds=(0, 100),
    )
    figure = only(evaluate(panel), "A 2017")
    assert (figure["value"], figure["flags"]) == ("0.00", ["out_of_bounds"])


def test_an_approximate_operand_makes_the_figure_estimated(evaluate):
    panel = ratio("""
        division | period | measure | value | approximate
        A        | 2017   | x       | 1     |
        A        | 2017   | y       | 2     | yes
        B        | 2017   | x       | 1     |
        B        | 2017   | y       | 2     |
    """)
    flags = {figure["division"]: figure["flags"] for figure in evaluate(panel)}
    assert flags == {"A": ["estimated"], "B": [], "C": ["estimated"], "P": ["estimated"]}


def test_what_coalesce_did_not_use_leaves_no_flag(evaluate):
    panel = counted(
        """
        division | period | measure | value | approximate
        A        | 2017   | x       | 1     |
        A        | 2017   | y       | 2     | yes
        B        | 2017   | y       | 2     | yes
        """,
        "coalesce(x, y)",
    )
    figures = evaluate(panel, divisions=["A", "B"])
    assert ["estimated" in figure["flags"] for figure in figures] == [False, True]


def test_an_unverified_definition_is_flagged(evaluate):
    panel = ratio(
        """
        division | period | measure | value
        A        | 2017   | x       | 1
        A        | 2017   | y       | 2
        """,
        verified=False,
    )
    assert only(evaluate(panel), "A 2017")["flags"] == ["unverified_definition"]


def test_flags_stand_beside_any_status(evaluate):
    panel = ratio(
        """
        division | period | measure | value | approximate
        A        | 2017   | x       | 1     | yes
        A        | 2017   | y       | 0     |
        """,
        verified=False,
    )
    figure = only(evaluate(panel), "A 2017")
    assert (figure["status"], figure["flags"]) == ("zero_denominator", ["estimated", "unverified_definition"])
