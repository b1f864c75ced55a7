"""What stands for what (design §3): flows in time."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, counted, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


# ------------------------------------------------------------------------------------------------ the tree of periods


def test_a_period_that_nobody_reported_is_the_sum_of_its_parts(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 2
        A        | 2017-Q2 | x       | 10
        A        | 2017-H2 | x       | 100
    """)
    assert values(evaluate(panel, divisions=["A"], period="quarter")) == {
        "A 2017-Q1": "3",
        "A 2017-Q2": "10",
        "A 2017-Q3": "no_data",
        "A 2017-Q4": "no_data",
    }
    assert values(evaluate(panel, divisions=["A"], period="half")) == {"A 2017-H1": "13", "A 2017-H2": "100"}
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "113"}


def test_a_period_is_never_split_into_smaller_ones(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017    | x       | 12
    """)
    figures = evaluate(panel, divisions=["A"], period="half")
    assert values(figures) == {"A 2017-H1": "no_data", "A 2017-H2": "no_data"}


def test_a_period_that_was_reported_itself_outranks_its_parts(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-Q1 | x       | 10
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 2
        A        | 2017-04 | x       | 5
    """)
    assert values(evaluate(panel, divisions=["A"], period="half")) == {"A 2017-H1": "15"}


def test_a_period_that_anyone_reported_itself_is_summed_over_divisions_at_that_period(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-Q1 | x       | 10
        A        | 2017-01 | x       | 1
        B        | 2017-01 | x       | 3
        B        | 2017-02 | x       | 4
    """)
    figures = evaluate(panel, divisions=["C"], period="quarter")
    assert values(figures) == {"C 2017-Q1": "17"}
    assert values(evaluate(panel, divisions=["C"], end="2017-02")) == {"C 2017-01": "4", "C 2017-02": "4"}


def test_any_other_period_is_the_sum_of_its_parts_each_summed_over_divisions_first(evaluate):
    panel = counted("""
        division | period  | measure | value
        C        | 2017-01 | x       | 100
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 2
        B        | 2017-02 | x       | 3
    """)
    assert values(evaluate(panel, divisions=["C"], period="year")) == {"C 2017": "105"}


def test_the_finest_grain_reported_is_the_default(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-H1 | x       | 1
        A        | 2017-Q3 | x       | 2
    """)
    periods = [figure["period"] for figure in evaluate(panel, divisions=["A"])]
    assert periods == ["2017-Q1", "2017-Q2", "2017-Q3"]


def test_from_and_to_limit_the_figures_not_the_facts(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 2
        A        | 2017-03 | x       | 4
        """,
        "year_to_date(x)",
    )
    figures = evaluate(panel, divisions=["A"], start="2017-02", end="2017-02")
    assert values(figures) == {"A 2017-02": "3"}


# ------------------------------------------------------------------------------------------------ both bases


def test_year_to_date_reports_are_differenced(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-02 | x       | year_to_date | 9
        A        | 2017-03 | x       | year_to_date | 20
    """)
    figures = evaluate(panel, divisions=["A"])
    assert values(figures) == {"A 2017-01": "5", "A 2017-02": "4", "A 2017-03": "11"}


def test_year_to_date_begins_anew_each_year(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-12 | x       | year_to_date | 90
        A        | 2018-01 | x       | year_to_date | 5
    """)
    figures = evaluate(panel, divisions=["A"], start="2018-01")
    assert values(figures) == {"A 2018-01": "5"}
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "90", "A 2018": "5"}


def test_a_difference_counts_as_a_report_of_its_period(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-03 | x       | year_to_date | 10
        A        | 2017-06 | x       | year_to_date | 25
        B        | 2017-01 | x       | period       | 1
        B        | 2017-04 | x       | period       | 2
    """)
    figures = evaluate(panel, divisions=["A", "C"], period="quarter")
    assert values(figures) == {"A 2017-Q1": "10", "A 2017-Q2": "15", "C 2017-Q1": "11", "C 2017-Q2": "17"}


def test_a_gaps_difference_belongs_to_the_whole_gap(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-03 | x       | year_to_date | 20
    """)
    figures = evaluate(panel, divisions=["A"], start="2017-01")
    assert values(figures) == {"A 2017-01": "5", "A 2017-02": "no_data", "A 2017-03": "no_data"}
    assert values(evaluate(panel, divisions=["A"], period="quarter")) == {"A 2017-Q1": "20"}


def test_a_period_that_contains_a_gap_gets_it(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-08 | x       | year_to_date | 50
        A        | 2017-09 | x       | year_to_date | 51
    """)
    assert values(evaluate(panel, divisions=["A"], period="half", end="2017-12")) == {
        "A 2017-H1": "5",
        "A 2017-H2": "1",
    }
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "51"}


def test_a_period_that_contains_two_gaps_gets_both(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-02 | x       | year_to_date | 5
        A        | 2017-05 | x       | year_to_date | 50
        A        | 2017-06 | x       | year_to_date | 60
    """)
    assert values(evaluate(panel, divisions=["A"], period="half")) == {"A 2017-H1": "60"}


def test_a_period_with_a_gap_is_summed_over_divisions_at_that_period(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-03 | x       | year_to_date | 20
        B        | 2017-01 | x       | period       | 1
        B        | 2017-02 | x       | period       | 2
    """)
    assert values(evaluate(panel, divisions=["C"], period="quarter")) == {"C 2017-Q1": "23"}


def test_a_year_to_date_report_that_falls_is_differenced_all_the_same(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-02 | x       | year_to_date | 3
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017-01": "5", "A 2017-02": "-2"}


def test_of_both_bases_for_one_key_the_period_one_is_used(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-02 | x       | year_to_date | 9
        A        | 2017-02 | x       | period       | 3
        A        | 2017-03 | x       | year_to_date | 10
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017-01": "5", "A 2017-02": "3", "A 2017-03": "1"}


def test_year_to_date_reports_are_differenced_key_by_key(evaluate):
    panel = counted("""
        division | period  | measure | basis        | sex | value
        A        | 2017-01 | x       | year_to_date | f   | 5
        A        | 2017-02 | x       | year_to_date | f   | 9
        A        | 2017-02 | x       | year_to_date | m   | 20
    """)
    figures = evaluate(panel, divisions=["A"], by=["sex"])
    assert values(figures) == {
        "A 2017-01": "5",
        "A 2017-01 f": "5",
        "A 2017-01 m": "no_data",
        "A 2017-02": "4",
        "A 2017-02 f": "4",
        "A 2017-02 m": "no_data",
    }


def test_a_difference_with_an_approximate_report_is_estimated(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value | approximate
        A        | 2017-01 | x       | year_to_date | 5     | yes
        A        | 2017-02 | x       | year_to_date | 9     |
        A        | 2017-03 | x       | year_to_date | 10    |
    """)
    flags = [figure["flags"] for figure in evaluate(panel, divisions=["A"])]
    assert flags == [["estimated"], ["estimated"], []]
