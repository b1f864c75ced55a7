"""What stands for what (design §3): coverage, and which figures there are."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, counted, only, ratio, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


def coverage(figures):
    return {name: f"{f['coverage']['reported']}/{f['coverage']['expected']}" for f in figures for name in values([f])}


def test_expected_are_the_lowest_divisions_that_reported_an_operand_anywhere(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        B        | 2017-02 | x       | 1
        C        | 2017-01 | x       | 5
        D        | 2017-01 | y       | 5
    """)
    figures = evaluate(panel)
    assert coverage(figures) == {
        "A 2017-01": "1/1",
        "A 2017-02": "0/1",
        "B 2017-01": "0/1",
        "B 2017-02": "1/1",
        "C 2017-01": "2/2",
        "C 2017-02": "1/2",
        "D 2017-01": "0/0",
        "D 2017-02": "0/0",
        "E 2017-01": "0/0",
        "E 2017-02": "0/0",
        "P 2017-01": "2/2",
        "P 2017-02": "1/2",
    }


def test_fewer_than_expected_is_incomplete_whatever_the_status(evaluate):
    panel = ratio("""
        division | period  | measure | value
        A        | 2017    | x       | 1
        B        | 2017    | x       | 1
        B        | 2017    | y       | 2
    """)
    figures = {figure["division"]: (figure["status"], figure["flags"]) for figure in evaluate(panel)}
    assert figures["A"] == ("no_data", ["incomplete"])
    assert figures["B"] == ("ok", [])
    assert figures["C"] == ("ok", ["incomplete"])


def test_the_caller_may_say_who_is_expected(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017    | x       | 1
    """)
    figures = evaluate(panel, reporters=["A", "B", "D"])
    assert coverage(figures) == {"A 2017": "1/1", "C 2017": "1/2", "P 2017": "1/3"}
    assert [figure["flags"] for figure in figures] == [[], ["incomplete"], ["incomplete"]]


def test_a_division_above_covers_only_within_the_figures_own_subtree(evaluate):
    panel = counted("""
        division | period  | measure | value
        C        | 2017    | x       | 10
        A        | 2016    | x       | 1
    """)
    figures = evaluate(panel, start="2017", divisions=["A", "C", "P"])
    assert coverage(figures) == {"A 2017": "0/1", "C 2017": "1/1", "P 2017": "1/1"}


def test_with_parents_own_a_parents_report_covers_nobody_below(evaluate):
    panel = counted("""
        division | period  | measure | value
        C        | 2017    | x       | 10
        A        | 2016    | x       | 1
    """)
    figures = evaluate(panel, start="2017", divisions=["C", "P"], parents="own")
    assert coverage(figures) == {"C 2017": "0/1", "P 2017": "0/1"}


def test_every_part_of_the_period_counts(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        A        | 2017-02 | x       | 1
        A        | 2017-03 | x       | 1
        B        | 2017-01 | x       | 1
        B        | 2017-03 | x       | 1
    """)
    figures = evaluate(panel, divisions=["A", "B", "C"], period="quarter")
    assert coverage(figures) == {"A 2017-Q1": "1/1", "B 2017-Q1": "0/1", "C 2017-Q1": "1/2"}


def test_a_part_counts_at_its_usual_grain(evaluate):
    panel = counted("""
        division | period  | measure | value
        A        | 2017-Q1 | x       | 1
        A        | 2017-Q2 | x       | 1
        B        | 2017-H1 | x       | 1
    """)
    assert coverage(evaluate(panel, divisions=["C"], period="half")) == {"C 2017-H1": "2/2"}


def test_a_gap_covers_its_months(evaluate):
    panel = counted("""
        division | period  | measure | basis        | value
        A        | 2017-01 | x       | year_to_date | 5
        A        | 2017-03 | x       | year_to_date | 20
    """)
    assert coverage(evaluate(panel, divisions=["A"], period="quarter")) == {"A 2017-Q1": "1/1"}
    assert coverage(evaluate(panel, divisions=["A"])) == {"A 2017-01": "1/1", "A 2017-02": "0/1", "A 2017-03": "0/1"}


def test_a_reported_cumulative_covers_the_year_to_date(evaluate):
    panel = counted(
        """
        division | period  | measure | basis        | value
        A        | 2017-03 | x       | year_to_date | 20
        B        | 2017-03 | x       | period       | 20
        """,
        "year_to_date(x)",
    )
    assert coverage(evaluate(panel, divisions=["A", "B"])) == {"A 2017-03": "1/1", "B 2017-03": "0/1"}


def test_every_operand_counts(evaluate):
    panel = ratio(
        """
        division | period  | measure | value
        A        | 2016    | x       | 1
        A        | 2017    | x       | 1
        B        | 2017    | x       | 1
        """,
        "x / year_ago(x)",
    )
    assert coverage(evaluate(panel, divisions=["C"], start="2017")) == {"C 2017": "1/2"}


def test_targets_are_not_asked_of_anyone(evaluate):
    panel = Panel.of(
        "x = 人",
        rate="x / target(x)",
        facts="""
            division | period  | measure | scenario | value
            A        | 2017    | x       | actual   | 1
            B        | 2017    | x       | actual   | 1
            C        | 2017    | x       | target   | 4
            D        | 2017    | x       | target   | 4
        """,
    )
    figures = evaluate(panel)
    assert coverage(figures) == {
        "A 2017": "1/1",
        "B 2017": "1/1",
        "C 2017": "2/2",
        "D 2017": "0/0",
        "E 2017": "0/0",
        "P 2017": "2/2",
    }


def test_a_carried_stock_counts(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A        | 2017-01 | x       | 1
        B        | 2017-02 | x       | 1
        """,
        time="stock",
    )
    figures = evaluate(panel, divisions=["C"])
    assert coverage(figures) == {"C 2017-01": "1/2", "C 2017-02": "2/2"}


def test_a_broken_down_figure_counts_who_broke_it_down(evaluate):
    panel = counted("""
        division | period  | measure | sex | value
        A        | 2017    | x       | f   | 1
        A        | 2017    | x       | m   | 2
        B        | 2017    | x       |     | 3
    """)
    figures = evaluate(panel, divisions=["C"], by=["sex"])
    assert coverage(figures) == {"C 2017": "2/2", "C 2017 f": "1/2", "C 2017 m": "1/2"}


# ------------------------------------------------------------------------------------------------ which figures


def test_one_figure_for_each_indicator_division_period_and_breakdown_in_that_order(evaluate):
    panel = Panel.of(
        M("x"),
        I("b", "x", "人"),
        I("a", "x", "人"),
        facts="""
            division | period  | measure | sex | value
            A        | 2017-01 | x       | f   | 1
            C        | 2017-03 | x       | m   | 1
        """,
        tree={"C": None, "A": "C", "B": "C"},
    )
    figures = evaluate(panel, by=["sex"])
    names = [(figure["indicator"], *next(iter(values([figure]))).split()) for figure in figures]
    assert names == [
        (code, division, period, *sex)
        for code in "ab"
        for division in "AC"
        for period in ("2017-01", "2017-02", "2017-03")
        for sex in ((), ("f",), ("m",))
    ]


def test_a_tree_may_have_several_roots(evaluate):
    panel = counted(
        """
        division | period  | measure | value
        A1       | 2017    | x       | 1
        B1       | 2017    | x       | 2
        """,
        tree={"A": None, "A1": "A", "B": None, "B1": "B"},
    )
    assert values(evaluate(panel)) == {"A 2017": "1", "A1 2017": "1", "B 2017": "2", "B1 2017": "2"}


def test_share_is_over_the_parent_division(evaluate):
    panel = ratio(
        """
        division | period  | measure | value
        A        | 2017    | x       | 1
        B        | 2017    | x       | 3
        D        | 2017    | x       | 4
        """,
        "share(x)",
    )
    figures = evaluate(panel)
    assert values(figures) == {
        "A 2017": "25.00",
        "B 2017": "75.00",
        "C 2017": "50.00",
        "D 2017": "100.00",
        "E 2017": "50.00",
        "P 2017": "no_data",
    }
    assert only(figures, "P 2017")["missing"] == ["share(x)"]


def test_share_of_nothing_is_a_zero_denominator(evaluate):
    panel = ratio(
        """
        division | period  | measure | value
        A        | 2017    | x       | 0
        """,
        "share(x)",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "zero_denominator"}


def test_where_no_division_is_answered_for_there_are_no_figures(evaluate):
    panel = ratio(
        """
        division | period  | measure | value
        A        | 2017    | x       | 1
        A        | 2017    | y       | 2
        """,
        "x / y",
    )
    assert values(evaluate(panel, divisions=["E"])) == {}
