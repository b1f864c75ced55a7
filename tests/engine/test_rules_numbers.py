"""What stands for what (design §3): numbers, and how they are printed."""

from __future__ import annotations

import pytest

from tests.engine.panel import BOTH, I, M, Panel, only, ratio, values

pytestmark = pytest.mark.parametrize("evaluate", BOTH, ids=["reference", "engine"])


def printed(evaluate, x, y="1", formula="x / y", unit="1", **changes):
    facts = f"""
        division | period | measure | value
        A        | 2017   | x       | {x}
        A        | 2017   | y       | {y}
    """
    figure = only(evaluate(ratio(facts, formula, unit=unit, **changes)), "A 2017")
    return figure["value"]


def sides(evaluate, formula, x="6", y="4"):
    facts = f"""
        division | period | measure | value
        A        | 2017   | x       | {x}
        A        | 2017   | y       | {y}
    """
    figure = only(evaluate(ratio(facts, formula, unit="1")), "A 2017")
    return figure["numerator"], figure["denominator"]


@pytest.mark.parametrize(
    ("x", "half_up", "half_even", "truncate"),
    [
        ("1005", "1.01", "1.00", "1.00"),
        ("1015", "1.02", "1.02", "1.01"),
        ("1014", "1.01", "1.01", "1.01"),
        ("1019", "1.02", "1.02", "1.01"),
        ("-1005", "-1.01", "-1.00", "-1.00"),
        ("-1019", "-1.02", "-1.02", "-1.01"),
        ("-4", "0.00", "0.00", "0.00"),
        ("-5", "-0.01", "0.00", "0.00"),
        ("0", "0.00", "0.00", "0.00"),
    ],
)
def test_a_figure_is_rounded_once_by_its_own_rule(evaluate, x, half_up, half_even, truncate):
    assert printed(evaluate, x, "1000") == half_up
    assert printed(evaluate, x, "1000", rounding="half_even") == half_even
    assert printed(evaluate, x, "1000", rounding="truncate") == truncate


def test_a_near_tie_is_decided_exactly(evaluate):
    assert printed(evaluate, "10000000000000049", "20000000000000000", decimals=1) == "0.5"
    assert printed(evaluate, "4999999999999999", "10000000000000000", decimals=0) == "0"
    assert printed(evaluate, "5000000000000000", "10000000000000000", decimals=0) == "1"


def test_decimals_may_be_none(evaluate):
    assert printed(evaluate, "5", "2", decimals=0) == "3"


def test_per_cent_and_per_mille_multiply_once_when_printed(evaluate):
    assert printed(evaluate, "1", "8", unit="%") == "12.50"
    assert printed(evaluate, "1", "8", unit="‰") == "125.00"
    assert printed(evaluate, "1", "8", unit="1") == "0.13"


def test_a_difference_of_two_rates_is_in_percentage_points(evaluate):
    assert printed(evaluate, "3", "4", "x / y - y / (x + y + y + y + y + y + y + y)", "百分点") == "62.10"


def test_the_sides_of_a_single_division_are_kept_as_they_are(evaluate):
    assert sides(evaluate, "x / y") == ("6", "4")
    assert sides(evaluate, "(x + y) / (x - y * 2)") == ("10", "-2")
    assert sides(evaluate, "x / (y * 0.5)") == ("6", "2")
    assert sides(evaluate, "x * 0.25 / y") == ("1.5", "4")


def test_a_formula_without_division_is_over_one(evaluate):
    facts = """
        division | period | measure | value
        A        | 2017   | x       | 6
    """
    panel = Panel.of(M("x"), I("pairs", "x * 0.25", "人"), facts=facts)
    figure = only(evaluate(panel), "A 2017")
    assert (figure["value"], figure["numerator"], figure["denominator"]) == ("1.50", "1.5", "1")


def test_any_other_formula_is_a_fraction_in_lowest_terms(evaluate):
    assert sides(evaluate, "x / y + y / x") == ("13", "6")
    assert sides(evaluate, "-(x / y)") == ("-3", "2")
    assert sides(evaluate, "1 - x / (0 - y)") == ("5", "2")
    assert sides(evaluate, "x / y * 2") == ("3", "1")
    assert sides(evaluate, "x / y - 1.5") == ("0", "1")


def test_sides_are_in_base_units(evaluate):
    panel = Panel.of(
        M("used", "万元", decimals=2),
        M("heads"),
        I("spent", "used", "万元"),
        I("each", "used / heads", "元/人"),
        facts="""
            division | period | measure | value
            A        | 2017   | used    | 1.25
            A        | 2017   | heads   | 3
        """,
    )
    each, spent = evaluate(panel, divisions=["A"])
    assert [(f["value"], f["numerator"], f["denominator"]) for f in (each, spent)] == [
        ("4166.67", "12500", "3"),
        ("1.25", "12500", "1"),
    ]


def test_units_of_one_kind_meet_exactly(evaluate):
    panel = Panel.of(
        M("used", "万元", decimals=2),
        M("granted", "元", decimals=2),
        I("rate", "used / granted"),
        facts="""
            division | period | measure | value
            A        | 2017   | used    | 0.01
            A        | 2017   | granted | 300.30
        """,
    )
    figure = only(evaluate(panel), "A 2017")
    assert (figure["value"], figure["numerator"], figure["denominator"]) == ("33.30", "100", "300.3")


def test_min_max_and_abs(evaluate):
    facts = """
        division | period | measure | value
        A        | 2017   | x       | 3
        A        | 2017   | y       | 8
        B        | 2017   | x       | 3
    """
    panel = Panel.of(
        M("x"),
        M("y"),
        *(
            I(code, formula, "人", decimals=0)
            for code, formula in (("a", "min(x, y, x + y)"), ("b", "max(x, y, y - x)"), ("c", "abs(x - y)"))
        ),
        facts=facts,
    )
    figures = evaluate(panel, divisions=["A", "B"])
    assert {f"{f['indicator']} {f['division']}": f["value"] or f["status"] for f in figures} == {
        "a A": "3",
        "a B": "no_data",
        "b A": "8",
        "b B": "no_data",
        "c A": "5",
        "c B": "no_data",
    }


def test_large_sums_stay_exact(evaluate):
    facts = "division | period | measure | value\n" + "\n".join(
        f"{division} | 2017 | x | {value}" for division in ("A", "B", "D") for value in (2**60 + 1, 2**60 + 2)
    )
    panel = Panel.of(M("x"), I("total", "x", "人", decimals=0), facts=facts)
    assert values(evaluate(panel, divisions=["P"])) == {"P 2017": str(6 * 2**60 + 9)}


def test_a_fact_may_be_in_another_unit_of_the_measures_kind(evaluate):
    panel = Panel.of(
        M("used", "元", decimals=2),
        I("spent", "used", "元"),
        facts="""
            division | period | measure | value  | unit
            A        | 2017   | used    | 1.25   | 万元
            A        | 2016   | used    | 1.25   |
            B        | 2017   | used    | 0.0001 | 亿元
        """,
    )
    figures = evaluate(panel, divisions=["A", "C"])
    assert values(figures) == {"A 2016": "1.25", "A 2017": "12500.00", "C 2016": "1.25", "C 2017": "22500.00"}
