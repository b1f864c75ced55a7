"""What stands for what (design §3): two reports for one thing."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, counted, only, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


# ------------------------------------------------------------------------------------------------ divisions


def test_equal_keys_of_a_frame_add_up(evaluate):
    panel = counted("""
        division | period | measure | value | note
        A        | 2017   | x       | 3     | first
        A        | 2017   | x       | 4     | second
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "7"}


def test_flows_add_up_over_divisions(evaluate):
    panel = counted("""
        division | period | measure | value
        A        | 2017   | x       | 3
        B        | 2017   | x       | 4
        D        | 2017   | x       | 5
    """)
    assert values(evaluate(panel)) == {
        "A 2017": "3",
        "B 2017": "4",
        "C 2017": "7",
        "D 2017": "5",
        "E 2017": "5",
        "P 2017": "12",
    }


def test_a_parents_own_report_stands_for_its_whole_subtree(evaluate):
    panel = counted("""
        division | period | measure | value
        C        | 2017   | x       | 10
        A        | 2017   | x       | 3
        B        | 2017   | x       | 4
        D        | 2017   | x       | 5
    """)
    assert values(evaluate(panel, divisions=["A", "C", "P"])) == {"A 2017": "3", "C 2017": "10", "P 2017": "15"}


def test_with_parents_own_a_parents_value_is_one_more_part(evaluate):
    panel = counted("""
        division | period | measure | value
        C        | 2017   | x       | 10
        A        | 2017   | x       | 3
        B        | 2017   | x       | 4
        D        | 2017   | x       | 5
    """)
    figures = evaluate(panel, divisions=["A", "C", "P"], parents="own")
    assert values(figures) == {"A 2017": "3", "C 2017": "17", "P 2017": "22"}


def test_a_key_that_a_parent_omits_is_the_sum_of_its_childrens(evaluate):
    panel = counted("""
        division | period | measure | sex | value
        C        | 2017   | x       | f   | 10
        A        | 2017   | x       | f   | 3
        A        | 2017   | x       | m   | 4
        B        | 2017   | x       | m   | 5
    """)
    figures = evaluate(panel, divisions=["C"], by=["sex"])
    assert values(figures) == {"C 2017": "19", "C 2017 f": "10", "C 2017 m": "9"}


def test_a_measure_that_a_parent_omits_is_the_sum_of_its_childrens(evaluate):
    panel = counted(
        """
        division | period | measure | value
        C        | 2017   | x       | 10
        A        | 2017   | x       | 3
        A        | 2017   | y       | 2
        B        | 2017   | y       | 2
        """,
        "x - y",
    )
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017": "6"}


def test_a_period_that_a_parent_omits_is_the_sum_of_its_childrens(evaluate):
    panel = counted("""
        division | period  | measure | value
        C        | 2017-01 | x       | 10
        A        | 2017-01 | x       | 3
        A        | 2017-02 | x       | 4
    """)
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017-01": "10", "C 2017-02": "4"}


# ------------------------------------------------------------------------------------------------ columns


def test_an_empty_breakdown_cell_is_the_total(evaluate):
    panel = counted("""
        division | period | measure | sex | value
        A        | 2017   | x       |     | 10
        A        | 2017   | x       | f   | 3
        A        | 2017   | x       | m   | 4
    """)
    figures = evaluate(panel, divisions=["A"], by=["sex"])
    assert values(figures) == {"A 2017": "10", "A 2017 f": "3", "A 2017 m": "4"}


def test_an_empty_project_cell_is_the_total(evaluate):
    panel = counted("""
        division | period | measure | project | value
        A        | 2017   | x       |         | 10
        A        | 2017   | x       | roads   | 3
        A        | 2017   | x       | schools | 4
        B        | 2017   | x       | roads   | 5
        B        | 2017   | x       | schools | 6
    """)
    assert values(evaluate(panel, divisions=["A", "B", "C"])) == {"A 2017": "10", "B 2017": "11", "C 2017": "21"}


def test_where_only_parts_were_reported_their_sum_is_the_total(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   | urban | 1
        A        | 2017   | x       | f   | rural | 2
        A        | 2017   | x       | m   | urban | 3
        A        | 2017   | x       | m   | rural | 4
    """)
    figures = evaluate(panel, divisions=["A"], by=["sex"])
    assert values(figures) == {"A 2017": "10", "A 2017 f": "3", "A 2017 m": "7"}


def test_totals_and_parts_of_different_divisions_meet_in_their_parent(evaluate):
    panel = counted("""
        division | period | measure | sex | value
        A        | 2017   | x       |     | 10
        B        | 2017   | x       | f   | 3
        B        | 2017   | x       | m   | 4
    """)
    figures = evaluate(panel, divisions=["C"], by=["sex"])
    assert values(figures) == {"C 2017": "17", "C 2017 f": "3", "C 2017 m": "4"}


def test_a_total_within_one_column_stands_for_the_finer_parts(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   |       | 10
        A        | 2017   | x       | f   | urban | 1
        A        | 2017   | x       | f   | rural | 2
        A        | 2017   | x       | m   |       | 20
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "30"}


def test_parts_are_summed_over_the_column_that_all_of_them_fill_in(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   | urban | 1
        A        | 2017   | x       | f   | rural | 2
        A        | 2017   | x       | m   |       | 20
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "23"}


def test_a_column_that_only_splits_another_up_has_no_margin(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | project | value
        A        | 2017   | x       | f   |       |         | 3
        A        | 2017   | x       | m   |       |         | 4
        A        | 2017   | x       | f   |       | roads   | 1
        A        | 2017   | x       |     | urban |         | 2
        A        | 2017   | x       |     | rural |         | 5
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "7"}


def test_two_margins_that_agree_are_the_total(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   |       | 3
        A        | 2017   | x       | m   |       | 4
        A        | 2017   | x       |     | urban | 2
        A        | 2017   | x       |     | rural | 5
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "7"}


def test_two_margins_that_disagree_are_not_additive(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   |       | 3
        A        | 2017   | x       | m   |       | 4
        A        | 2017   | x       |     | urban | 2
        A        | 2017   | x       |     | rural | 6
        B        | 2017   | x       |     |       | 1
    """)
    figures = evaluate(panel, by=["sex"], divisions=["A", "B", "C"])
    assert values(figures) == {
        "A 2017": "not_additive",
        "A 2017 f": "3",
        "A 2017 m": "4",
        "B 2017": "1",
        "B 2017 f": "no_data",
        "B 2017 m": "no_data",
        "C 2017": "not_additive",
        "C 2017 f": "3",
        "C 2017 m": "4",
    }


def test_two_margins_that_disagree_yield_to_a_reported_total(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       |     |       | 9
        A        | 2017   | x       | f   |       | 3
        A        | 2017   | x       | m   |       | 4
        A        | 2017   | x       |     | urban | 2
        A        | 2017   | x       |     | rural | 6
    """)
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "9"}


def test_by_gives_one_figure_per_value_and_one_for_all(evaluate):
    panel = counted("""
        division | period | measure | sex | area  | value
        A        | 2017   | x       | f   | urban | 1
        A        | 2017   | x       | m   | rural | 2
    """)
    figures = evaluate(panel, divisions=["A"], by=["sex", "area"])
    assert [figure["by"] for figure in figures] == [
        {},
        {"sex": "f", "area": "urban"},
        {"sex": "m", "area": "rural"},
    ]
    assert values(figures) == {"A 2017": "3", "A 2017 f urban": "1", "A 2017 m rural": "2"}


def test_an_operand_that_is_not_broken_down_is_missing_in_the_broken_down_figures(evaluate):
    panel = Panel.of(
        "x = 人",
        "y = 人",
        rate="x / y",
        facts="""
            division | period | measure | sex | value
            A        | 2017   | x       | f   | 1
            A        | 2017   | y       |     | 2
        """,
    )
    figures = evaluate(panel, divisions=["A"], by=["sex"])
    assert values(figures) == {"A 2017": "50.00", "A 2017 f": "no_data"}
    assert only(figures, "A 2017 f")["missing"] == ["y"]


def test_a_filter_picks_values_of_a_breakdown(evaluate):
    panel = counted(
        """
        division | period | measure | sex | value
        A        | 2017   | x       | f   | 1
        A        | 2017   | x       | m   | 2
        A        | 2017   | x       | u   | 4
        """,
        'x[sex in ("f", "u")] - x[sex == "m"]',
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "3"}


def test_a_filter_and_a_breakdown_of_one_column_must_both_hold(evaluate):
    panel = counted(
        """
        division | period | measure | sex | value
        A        | 2017   | x       | f   | 1
        A        | 2017   | x       | m   | 2
        """,
        'x[sex == "f"]',
    )
    figures = evaluate(panel, divisions=["A"], by=["sex"])
    assert values(figures) == {"A 2017": "1", "A 2017 f": "1", "A 2017 m": "no_data"}


# ------------------------------------------------------------------------------------------------ issuers


TARGETS = """
    division | period | measure | scenario | issuer   | value
    A        | 2017   | x       | actual   |          | 8
    A        | 2017   | x       | target   | province | 10
    A        | 2017   | x       | target   | city     | 16
    B        | 2017   | x       | target   | city     | 20
    B        | 2017   | x       | actual   |          | 5
"""


def test_issuers_of_a_target_are_never_summed(evaluate):
    panel = Panel.of("x = 人", rate="x / target(x)", facts=TARGETS)
    figures = evaluate(panel, divisions=["A", "B", "C"])
    assert values(figures) == {"A 2017": "not_additive", "B 2017": "25.00", "C 2017": "not_additive"}


def test_a_filter_picks_the_issuer(evaluate):
    panel = Panel.of("x = 人", rate='x / target(x[issuer == "province"])', facts=TARGETS)
    assert values(evaluate(panel, divisions=["A", "B"])) == {"A 2017": "80.00", "B 2017": "no_data"}


def test_one_issuer_adds_up_over_divisions(evaluate):
    panel = counted(TARGETS, 'target(x[issuer == "city"])')
    assert values(evaluate(panel, divisions=["C"])) == {"C 2017": "36"}


def test_a_blank_issuer_is_an_issuer_of_its_own(evaluate):
    panel = counted(
        """
        division | period | measure | scenario | issuer | value
        A        | 2017   | x       | target   |        | 10
        A        | 2017   | x       | target   | city   | 16
        """,
        "target(x)",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "not_additive"}


def test_scenarios_are_kept_apart(evaluate):
    panel = counted(
        """
        division | period | measure | scenario | value
        A        | 2017   | x       | actual   | 8
        A        | 2017   | x       | target   | 10
        A        | 2017   | x       | baseline | 5
        """,
        "x + target(x) * 100 + baseline(x) * 10000",
    )
    assert values(evaluate(panel, divisions=["A"])) == {"A 2017": "51008"}


# ------------------------------------------------------------------------------------------------ editions


def test_the_edition_in_force_in_the_last_month_governs_the_whole_formula(evaluate):
    panel = Panel.of(
        "x = 人",
        I("growth", "x - year_ago(x)", "人", edition="old", valid_to="2017-12-31"),
        I("growth", "(x - year_ago(x)) * 2", "人", edition="new", valid_from="2018-01-01"),
        facts="""
            division | period | measure | value
            A        | 2016   | x       | 1
            A        | 2017   | x       | 3
            A        | 2018   | x       | 4
        """,
    )
    figures = evaluate(panel, divisions=["A"], start="2017", end="2018")
    assert [(figure["edition"], figure["value"]) for figure in figures] == [("old", "2.00"), ("new", "2.00")]


def test_an_indicator_in_a_formula_takes_its_edition_in_force_too(evaluate):
    panel = Panel.of(
        "x = 人",
        I("part", "x", "人", edition="old", valid_to="2017-12-31"),
        I("part", "x * 10", "人", edition="new", valid_from="2018-01-01"),
        I("growth", "part - year_ago(part)", "人", decimals=0),
        facts="""
            division | period | measure | value
            A        | 2017   | x       | 3
            A        | 2018   | x       | 4
        """,
    )
    assert values(evaluate(panel, ["growth"], divisions=["A"], start="2018")) == {"A 2018": "10"}


def test_of_editions_in_force_together_one_is_the_default(evaluate):
    panel = Panel.of(
        "x = 人",
        I("count", "x", "人", edition="people", decimals=0),
        I("count", "x * 2", "人", edition="pairs", decimals=0, default=False),
        facts="""
            division | period | measure | value
            A        | 2017   | x       | 3
        """,
    )
    assert values(evaluate(panel, ["count"], divisions=["A"])) == {"A 2017": "3"}
    assert values(evaluate(panel, ["count@pairs"], divisions=["A"])) == {"A 2017": "6"}


def test_an_indicator_in_a_formula_stays_a_ratio_of_sums(evaluate):
    panel = Panel.of(
        M("x"),
        M("y"),
        I("rate", "x / y"),
        I("lacking", "1 - rate"),
        facts="""
            division | period | measure | value
            A        | 2017   | x       | 1
            A        | 2017   | y       | 2
            B        | 2017   | x       | 9
            B        | 2017   | y       | 90
        """,
    )
    figure = only(evaluate(panel, ["lacking"]), "C 2017")
    assert (figure["value"], figure["numerator"], figure["denominator"]) == ("89.13", "41", "46")
