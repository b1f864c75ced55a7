"""What stands for what (design §3): stocks, which are carried, and standards, which never add up."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, counted, only, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


def stock(facts: str, formula: str = "x") -> Panel:
    return counted(facts, formula, time="stock")


def standard(facts: str, formula: str = "s") -> Panel:
    return Panel.of("s = 元/月 standard", "heads = 人", I("level", formula, "元/月"), facts=facts)


# ------------------------------------------------------------------------------------------------ stocks


def test_a_stock_takes_the_last_value_in_the_period(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-05 | x       | 9
        A        | 2017-03 | x       | 4
    """)
    figures = evaluate(panel, divisions=["A"], period="quarter")
    assert values(figures) == {"A 2017-Q1": "4", "A 2017-Q2": "9"}
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "9"}


def test_a_stock_is_carried_forward_and_flagged(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-03 | x       | 4
    """)
    figures = evaluate(panel, divisions=["A"])
    assert values(figures) == {"A 2017-01": "1", "A 2017-02": "1", "A 2017-03": "4"}
    assert [figure["flags"] for figure in figures] == [[], ["carried"], []]


def test_a_stock_is_never_carried_backwards(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-03 | x       | 4
    """)
    assert values(evaluate(panel, divisions=["A"], start="2017-02")) == {"A 2017-02": "no_data", "A 2017-03": "4"}


def test_a_stock_is_carried_at_most_twelve_months(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-Q1 | x       | 4
    """)
    figures = evaluate(panel, divisions=["A"], period="month", start="2018-03", end="2018-04")
    assert values(figures) == {"A 2018-03": "4", "A 2018-04": "no_data"}
    assert values(evaluate(panel, divisions=["A"], start="2018-Q1", end="2018-Q2")) == {
        "A 2018-Q1": "4",
        "A 2018-Q2": "no_data",
    }


def test_a_stock_is_carried_at_its_reporter_before_it_is_summed(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        B        | 2017-01 | x       | 10
        B        | 2017-02 | x       | 20
    """)
    figure = only(evaluate(panel), "C 2017-02")
    assert (figure["value"], figure["flags"]) == ("21", ["carried"])
    assert figure["coverage"] == {"reported": 2, "expected": 2}


def test_a_carried_value_never_outranks_a_fresh_report_below_it(evaluate):
    panel = stock("""
        division | period  | measure | value
        C        | 2017-01 | x       | 100
        A        | 2017-01 | x       | 1
        B        | 2017-02 | x       | 20
    """)
    figures = evaluate(panel, divisions=["C"])
    assert values(figures) == {"C 2017-01": "100", "C 2017-02": "21"}


def test_a_parents_own_stock_stands_over_older_ones_below(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        C        | 2017-02 | x       | 100
    """)
    figures = evaluate(panel, divisions=["C", "P"], start="2017-02", end="2017-03")
    assert values(figures) == {"C 2017-02": "100", "C 2017-03": "100", "P 2017-02": "100", "P 2017-03": "100"}
    assert [figure["flags"] for figure in figures] == [[], ["carried"], [], ["carried"]]


def test_a_stock_is_carried_key_by_key(evaluate):
    panel = stock("""
        division | period  | measure | sex | value
        A        | 2017-01 | x       | f   | 1
        A        | 2017-01 | x       | m   | 2
        A        | 2017-02 | x       | f   | 10
    """)
    figures = evaluate(panel, divisions=["A"], start="2017-02", by=["sex"])
    assert values(figures) == {"A 2017-02": "12", "A 2017-02 f": "10", "A 2017-02 m": "2"}
    assert [figure["flags"] for figure in figures] == [["carried"], [], ["carried"]]


def test_of_two_stocks_with_one_last_month_the_longer_periods_stands(evaluate):
    panel = stock("""
        division | period  | measure | value
        A        | 2017-06 | x       | 1
        A        | 2017-Q2 | x       | 2
    """)
    figures = evaluate(panel, divisions=["A"], period="half")
    assert values(figures) == {"A 2017-H1": "2"}


def test_full_year_of_a_stock_is_the_years_last_value(evaluate):
    panel = stock(
        """
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 2
        A        | 2017-07 | x       | 7
        """,
        "full_year(x) - x",
    )
    assert values(evaluate(panel, divisions=["A"], end="2017-02")) == {"A 2017-01": "6", "A 2017-02": "5"}


def test_with_parents_own_stocks_of_parents_are_added(evaluate):
    panel = stock("""
        division | period  | measure | value
        C        | 2017-01 | x       | 100
        A        | 2017-02 | x       | 1
    """)
    figures = evaluate(panel, divisions=["C"], start="2017-02", parents="own")
    assert values(figures) == {"C 2017-02": "101"}


# ------------------------------------------------------------------------------------------------ standards


def test_a_standard_takes_the_last_value_in_time(evaluate):
    panel = standard("""
        division | period  | measure | value
        A        | 2017-01 | s       | 700
        A        | 2017-07 | s       | 710
    """)
    assert values(evaluate(panel, divisions=["A"], period="year")) == {"A 2017": "710.00"}


def test_a_standard_is_never_carried(evaluate):
    panel = standard("""
        division | period  | measure | value
        A        | 2017-01 | s       | 700
    """)
    figures = evaluate(panel, divisions=["A"], end="2017-02")
    assert values(figures) == {"A 2017-01": "700.00", "A 2017-02": "no_data"}


def test_a_standard_over_divisions_is_the_common_one(evaluate):
    panel = standard("""
        division | period  | measure | value
        A        | 2017    | s       | 710
        B        | 2017    | s       | 710
    """)
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017": "710.00"}


def test_a_standard_that_differs_over_divisions_is_not_additive(evaluate):
    panel = standard("""
        division | period  | measure | value
        A        | 2017    | s       | 710
        B        | 2017    | s       | 720
        D        | 2017    | s       | 730
    """)
    figures = evaluate(panel)
    assert values(figures) == {
        "A 2017": "710.00",
        "B 2017": "720.00",
        "C 2017": "not_additive",
        "D 2017": "730.00",
        "E 2017": "730.00",
        "P 2017": "not_additive",
    }
    assert only(figures, "C 2017")["missing"] == []


def test_a_parents_own_standard_stands(evaluate):
    panel = standard("""
        division | period  | measure | value
        A        | 2017    | s       | 710
        B        | 2017    | s       | 720
        C        | 2017    | s       | 700
    """)
    assert values(evaluate(panel, divisions=["C", "P"])) == {"C 2017": "700.00", "P 2017": "700.00"}


def test_a_standard_is_common_over_a_breakdown_too(evaluate):
    panel = standard("""
        division | period  | measure | area  | value
        A        | 2017    | s       | urban | 710
        A        | 2017    | s       | rural | 710
        B        | 2017    | s       | urban | 710
        B        | 2017    | s       | rural | 600
    """)
    figures = evaluate(panel, divisions=["A", "B"], by=["area"])
    assert values(figures) == {
        "A 2017": "710.00",
        "A 2017 rural": "710.00",
        "A 2017 urban": "710.00",
        "B 2017": "not_additive",
        "B 2017 rural": "600.00",
        "B 2017 urban": "710.00",
    }


def test_weighted_is_the_mean_over_the_reporters(evaluate):
    panel = standard(
        """
        division | period  | measure | value
        A        | 2017    | s       | 700
        A        | 2017    | heads   | 30
        B        | 2017    | s       | 740
        B        | 2017    | heads   | 10
        """,
        "weighted(s, heads)",
    )
    figures = evaluate(panel, divisions=["A", "C"])
    assert values(figures) == {"A 2017": "700.00", "C 2017": "710.00"}


def test_weighted_leaves_out_a_reporter_without_heads(evaluate):
    panel = standard(
        """
        division | period  | measure | value
        A        | 2017    | s       | 700
        A        | 2017    | heads   | 30
        B        | 2017    | s       | 740
        """,
        "weighted(s, heads)",
    )
    figures = evaluate(panel, divisions=["B", "C"])
    assert values(figures) == {"B 2017": "no_data", "C 2017": "700.00"}
    assert only(figures, "B 2017")["missing"] == ["heads"]
    assert only(figures, "C 2017")["flags"] == ["incomplete"]


def test_weighted_takes_a_parents_own_standard_times_the_heads_below(evaluate):
    panel = standard(
        """
        division | period  | measure | value
        C        | 2017    | s       | 700
        A        | 2017    | heads   | 30
        B        | 2017    | heads   | 10
        D        | 2017    | s       | 800
        D        | 2017    | heads   | 60
        """,
        "weighted(s, heads)",
    )
    assert values(evaluate(panel, divisions=["C", "P"])) == {"C 2017": "700.00", "P 2017": "760.00"}


def test_weighted_takes_a_common_standard_below_times_a_parents_own_heads(evaluate):
    panel = standard(
        """
        division | period  | measure | value
        C        | 2017    | heads   | 40
        A        | 2017    | s       | 700
        B        | 2017    | s       | 700
        D        | 2017    | s       | 800
        D        | 2017    | heads   | 60
        """,
        "weighted(s, heads)",
    )
    assert values(evaluate(panel, divisions=["P"])) == {"P 2017": "760.00"}


def test_weighted_over_no_heads_is_a_zero_denominator(evaluate):
    panel = standard(
        """
        division | period  | measure | value
        A        | 2017    | s       | 700
        A        | 2017    | heads   | 0
        """,
        "weighted(s, heads)",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "zero_denominator"}


def test_a_measure_in_per_cent_enters_a_formula_as_its_ratio(evaluate):
    panel = Panel.of(
        M("s", "%", "standard", 4),
        M("heads"),
        I("level", "weighted(s, heads)"),
        I("reached", "s * heads", "人", decimals=0),
        facts="""
            division | period  | measure | value
            A        | 2017    | s       | 40
            A        | 2017    | heads   | 30
        """,
    )
    figures = evaluate(panel, divisions=["A"])
    assert {figure["indicator"]: figure["value"] for figure in figures} == {"level": "40.00", "reached": "12"}
