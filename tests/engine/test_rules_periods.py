"""What stands for what (design §3): other periods than the figure's own."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, counted, only, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


# ------------------------------------------------------------------------------------------------ other periods


def test_year_to_date_reads_the_reported_cumulative(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | period       | 5
        A        | 2017-02 | x       | period       | 3
        A        | 2017-02 | x       | year_to_date | 9
        A        | 2017-05 | x       | year_to_date | 30
        """,
        "year_to_date(x)",
    )
    figures = evaluate(panel, divisions=["A"], end="2017-02")
    assert values(figures) == {"A 2017-01": "5", "A 2017-02": "9"}
    assert values(evaluate(panel, divisions=["A"], start="2017-05")) == {"A 2017-05": "30"}


def test_year_to_date_else_sums_what_was_reported_so_far(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2017-Q1 | x       | 10
        A        | 2017-04 | x       | 3
        A        | 2017-06 | x       | 4
        """,
        "year_to_date(x)",
    )
    figures = evaluate(panel, divisions=["A"], start="2017-02")
    assert values(figures) == {
        "A 2017-02": "no_data",
        "A 2017-03": "10",
        "A 2017-04": "13",
        "A 2017-05": "13",
        "A 2017-06": "17",
    }


def test_year_to_date_of_a_parent_adds_cumulatives_and_sums(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2017-03 | x       | year_to_date | 30
        B        | 2017-01 | x       | period       | 1
        B        | 2017-03 | x       | period       | 2
        """,
        "year_to_date(x)",
    )
    assert values(evaluate(panel, divisions=["C"], start="2017-03")) == {"C 2017-03": "33"}


def test_year_to_date_holds_a_gap_that_lies_behind_it(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-04 | x       | year_to_date | 20
        A        | 2017-05 | x       | period       | 6
        """,
        "year_to_date(x)",
    )
    assert values(evaluate(panel, divisions=["A"], start="2017-05")) == {"A 2017-05": "26"}


def test_year_to_date_of_a_years_end_reads_the_years_own_report(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2017    | x       | period       | 90
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-08 | x       | year_to_date | 50
        """,
        "year_to_date(x)",
    )
    figures = evaluate(panel, divisions=["A"], start="2017-11")
    assert values(figures) == {"A 2017-11": "50", "A 2017-12": "90"}
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "90"}


def test_previous_is_the_period_of_the_same_length_before(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2016-12 | x       | 1
        A        | 2017-01 | x       | 3
        """,
        "x - previous(x)",
    )
    assert values(evaluate(panel, divisions=["A"], start="2017-01")) == {"A 2017-01": "2"}


def test_year_ago_is_the_same_period_of_the_year_before(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2016-02 | x       | 1
        A        | 2016-Q1 | x       | 7
        A        | 2017-02 | x       | 3
        """,
        "x - year_ago(x)",
    )
    assert values(evaluate(panel, divisions=["A"], start="2017-02")) == {"A 2017-02": "2"}
    assert values(evaluate(panel, divisions=["A"], start="2017-Q1", period="quarter")) == {"A 2017-Q1": "-4"}


def test_functions_of_time_and_scenario_nest(evaluate):
    panel = Panel.of(
        "x = 人",
        done="year_to_date(x) / full_year(target(x))",
        ago="year_ago(year_to_date(x)) / full_year(target(x))",
        facts="""
            division | period  | measure | scenario | value
            A        | 2016-01 | x       | actual   | 4
            A        | 2016-02 | x       | actual   | 4
            A        | 2017-01 | x       | actual   | 5
            A        | 2017-02 | x       | actual   | 7
            A        | 2017    | x       | target   | 48
        """,
    )
    figures = evaluate(panel, divisions=["A"], start="2017-02", end="2017-02")
    assert {figure["indicator"]: figure["value"] for figure in figures} == {"done": "25.00", "ago": "16.67"}


def test_a_function_of_time_reaches_the_whole_expression(evaluate):
    panel = counted(
        """
        division | period | measure | value
        A        | 2016   | x       | 1
        A        | 2016   | y       | 2
        A        | 2017   | x       | 30
        A        | 2017   | y       | 40
        """,
        "year_ago(x + y)",
    )
    assert values(evaluate(panel, divisions=["A"], start="2017")) == {"A 2017": "3"}


def test_time_progress_is_the_elapsed_part_of_the_year(evaluate):
    panel = Panel.of(
        "x = 人",
        pace="year_to_date(x) / (full_year(target(x)) * time_progress())",
        facts="""
            division | period  | measure | scenario | value
            A        | 2017-01 | x       | actual   | 5
            A        | 2017-02 | x       | actual   | 7
            A        | 2017-03 | x       | actual   | 6
            A        | 2017    | x       | target   | 48
        """,
    )
    figures = evaluate(panel, divisions=["A"], end="2017-03")
    assert values(figures) == {"A 2017-01": "125.00", "A 2017-02": "150.00", "A 2017-03": "150.00"}


def test_annualised_is_twelve_months_of_it(evaluate):
    facts = """
        division | period  | measure | value
        A        | 2017-01 | x       | 5
        A        | 2017-02 | x       | 7
        A        | 2017-03 | x       | 6
    """
    panel = counted(facts, "annualised(x)")
    assert values(evaluate(panel, divisions=["A"], end="2017-01")) == {"A 2017-01": "60"}
    assert values(evaluate(panel, divisions=["A"], period="quarter")) == {"A 2017-Q1": "72"}
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "18"}


# ------------------------------------------------------------------------------------------------ statistical years


def test_a_statistical_year_may_begin_in_october_of_the_year_before(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2016-09 | x       | 1000
        A        | 2016-10 | x       | 1
        A        | 2017-01 | x       | 2
        A        | 2017-09 | x       | 4
        A        | 2017-10 | x       | 100
        """,
        year_starts=10,
    )
    figures = evaluate(panel, divisions=["A"], period="year")
    assert values(figures) == {"A 2016": "1000", "A 2017": "7", "A 2018": "100"}


def test_quarters_and_year_to_date_count_from_the_statistical_year(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2016-11 | x       | year_to_date | 3
        A        | 2016-12 | x       | year_to_date | 5
        A        | 2017-Q2 | x       | period       | 7
        """,
        "year_to_date(x)",
        year_starts=10,
    )
    figures = evaluate(panel, divisions=["A"], period="quarter")
    assert values(figures) == {"A 2017-Q1": "5", "A 2017-Q2": "12"}
    assert values(evaluate(panel, divisions=["A"], period="month", start="2017-03")) == {"A 2017-03": "12"}


def test_time_progress_counts_from_the_statistical_year(evaluate):
    panel = Panel.of(
        M("x", year_starts=10),
        I("pace", "x / time_progress()", "人", decimals=0),
        facts="""
            division | period  | measure | value
            A        | 2016-11 | x       | 5
        """,
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2016-11": "30"}


def test_editions_look_at_the_last_month_of_the_statistical_year(evaluate):
    panel = Panel.of(
        M("x", year_starts=10),
        I("count", "x", "人", edition="old", valid_to="2017-12-31"),
        I("count", "x * 2", "人", edition="new", valid_from="2018-01-01"),
        facts="""
            division | period  | measure | value
            A        | 2017    | x       | 5
            A        | 2018    | x       | 5
        """,
    )
    figures = evaluate(panel, ["count"], divisions=["A"])
    assert only(figures, "A 2017")["edition"] == "old"
    assert only(figures, "A 2018")["edition"] == "new"
