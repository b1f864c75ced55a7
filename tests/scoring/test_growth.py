"""Growth: amounts in %, rates in 百分点, both exact; what is missing or zero is said, never guessed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.engine.rounding import round_fraction

YEARS = ("2015", "2016", "2017")
COUNTY = "340102"
AMOUNTS = {
    "births": ms.Indicator("births", "live_births", "人", decimals=0),
    "unscreened": ms.Indicator("unscreened", "live_births - newborns_screened", "人", decimals=0),
    "doubled": ms.Indicator("doubled", "live_births * live_births / newborns_screened", "人"),
}
RATES = {
    "rate": ms.Indicator("rate", "newborns_screened / live_births", "%"),
    "per_mille": ms.Indicator("per_mille", "newborns_screened / live_births", "‰"),
    "ratio": ms.Indicator("ratio", "newborns_screened / live_births", "1", decimals=4),
    "ahead": ms.Indicator("ahead", "newborns_screened / live_births - time_progress()", "百分点"),
    "points": ms.Indicator(
        "points", "newborns_screened / live_births - year_ago(newborns_screened / live_births)", "百分点"
    ),
}
FORMULAS: dict[str, Any] = {
    "births": lambda screened, births: Fraction(births),
    "unscreened": lambda screened, births: Fraction(births - screened),
    "doubled": lambda screened, births: Fraction(births * births, screened),
    "rate": Fraction,
    "per_mille": Fraction,
    "ratio": Fraction,
    "ahead": lambda screened, births: Fraction(screened, births) - 1,
}

numbers = st.integers(1, 12) | st.integers(900, 10**7)
years = st.fixed_dictionaries({year: st.tuples(numbers, numbers) for year in YEARS})


def frame_of(rows: list[tuple[str, str, str, Any]]) -> pl.DataFrame:
    schema = {"division": pl.String, "period": pl.String, "measure": pl.String, "value": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def births(**reported: int | None) -> pl.DataFrame:
    """Live births by period: ``births(p2016=80)``, ``births(p2017_01=7)``."""
    return frame_of([(COUNTY, name[1:].replace("_", "-"), "live_births", number) for name, number in reported.items()])


def facts_of(some: dict[str, tuple[int | None, int | None]]) -> pl.DataFrame:
    return frame_of(
        [
            (COUNTY, year, measure, number)
            for year, pair in some.items()
            for measure, number in zip(("newborns_screened", "live_births"), pair, strict=True)
        ]
    )


def only(facts: pl.DataFrame, indicator: Any, **options: Any) -> ms.Change:
    changes = ms.compare(facts, indicators=[indicator], divisions=[COUNTY], **({"start": "2017"} | options))
    assert len(changes) == 1
    return changes[0]


# ------------------------------------------------------------------------------------- laws


@settings(max_examples=40, deadline=None)
@given(years, st.sampled_from(["year_ago", "previous"]))
def test_an_amount_is_its_base_and_the_change_of_its_base(some: dict[str, tuple[int, int]], against: str) -> None:
    changes = ms.compare(facts_of(some), indicators=AMOUNTS.values(), divisions=[COUNTY], start="2016", against=against)
    for change in changes:
        code, year = change.figure.indicator.code, str(change.figure.period)
        now, then = FORMULAS[code](*some[year]), FORMULAS[code](*some[str(int(year) - 1)])
        assert (change.figure.exact, change.base.exact, change.unit) == (now, then, "%")
        if then == 0:
            assert (change.status, change.change) == ("zero_denominator", None)
            continue
        assert change.exact is not None
        assert then + abs(then) * change.exact == now
        assert change.exact == (now - then) / abs(then)
        assert change.change == Decimal(round_fraction(change.exact * 10_000, "half_up")).scaleb(-2)
        assert (change.exact > 0) == (now > then)


@settings(max_examples=40, deadline=None)
@given(years)
def test_a_rate_changes_by_the_exact_difference(some: dict[str, tuple[int, int]]) -> None:
    wanted = [one for code, one in RATES.items() if code != "points"]
    changes = ms.compare(facts_of(some), indicators=wanted, divisions=[COUNTY], start="2016")
    assert len(changes) == 2 * len(wanted)
    for change in changes:
        code, year = change.figure.indicator.code, str(change.figure.period)
        now, then = FORMULAS[code](*some[year]), FORMULAS[code](*some[str(int(year) - 1)])
        decimals = 3 if code == "per_mille" else 2
        assert (change.status, change.unit, change.exact) == ("ok", "百分点", now - then)
        assert change.change == Decimal(round_fraction((now - then) * 10 ** (2 + decimals), "half_up")).scaleb(
            -decimals
        )


@settings(max_examples=30, deadline=None)
@given(years, st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(some: dict[str, tuple[int, int]], random: Any) -> None:
    facts = facts_of(some)
    shuffled = facts.sample(fraction=1, shuffle=True, seed=random.randint(0, 1000))
    one, two = (ms.compare(frame, indicators=[*AMOUNTS.values(), *RATES.values()]) for frame in (facts, shuffled))
    assert one.to_dicts() == two.to_dicts()
    assert one.receipt == two.receipt


@settings(max_examples=30, deadline=None)
@given(st.fixed_dictionaries({year: st.tuples(st.none() | numbers, st.none() | numbers) for year in YEARS}))
def test_the_figures_are_those_of_evaluate(some: dict[str, tuple[int | None, int | None]]) -> None:
    wanted = [*AMOUNTS.values(), *RATES.values()]
    if all(number is None for pair in some.values() for number in pair):
        return
    changes = ms.compare(facts_of(some), indicators=wanted)
    assert [change.figure for change in changes] == list(ms.evaluate(facts_of(some), indicators=wanted))
    for change in changes:
        missing = change.figure.status == "no_data" or change.base.status == "no_data"
        assert (change.status == "no_data") == missing
        assert bool(change.missing) == missing


# ------------------------------------------------------------------------------------- examples


def test_an_amount_grows_in_percent_and_a_rate_in_points() -> None:
    facts = facts_of({"2016": (80, 100), "2017": (99, 110)})
    assert (only(facts, AMOUNTS["births"]).change, only(facts, AMOUNTS["births"]).unit) == (Decimal("10.00"), "%")
    rate = only(facts, RATES["rate"])
    assert (rate.change, rate.unit) == (Decimal("10.00"), "百分点")  # 90 % after 80 %, not 12.5 %
    assert only(facts, RATES["per_mille"]).change == Decimal("10.000")
    assert only(facts, RATES["ratio"]).change == Decimal("10.00")


def test_a_difference_of_rates_changes_in_points() -> None:
    facts = facts_of({"2015": (50, 100), "2016": (60, 100), "2017": (90, 100)})
    change = only(facts, RATES["points"])
    assert (change.figure.value, change.base.value, change.change) == (
        Decimal("30.00"),
        Decimal("10.00"),
        Decimal("20.00"),
    )
    assert change.unit == "百分点"


def test_an_amount_per_head_is_an_amount() -> None:
    facts = pl.DataFrame(
        {
            "division": [COUNTY] * 4,
            "period": ["2016", "2017"] * 2,
            "measure": ["fee_exemption_funds"] * 2 + ["pupils_fee_exempted"] * 2,
            "value": [800, 1000, 1, 1],
        }
    )
    change = only(facts, "fee_exemption_per_pupil")
    assert (change.change, change.unit) == (Decimal("25.00"), "%")


def test_nothing_is_rounded_before_it_is_subtracted() -> None:
    # printed, 33.33 % after 66.67 % would make −33.34
    change = only(facts_of({"2016": (2, 3), "2017": (1, 3)}), RATES["rate"])
    assert (change.base.value, change.figure.value, change.change) == (
        Decimal("66.67"),
        Decimal("33.33"),
        Decimal("-33.33"),
    )


def test_a_negative_base_keeps_the_direction() -> None:
    facts = facts_of({"2016": (110, 100), "2017": (105, 100)})
    change = only(facts, AMOUNTS["unscreened"])
    assert (change.base.value, change.figure.value, change.change) == (Decimal(-10), Decimal(-5), Decimal("50.00"))


def test_a_base_of_zero_has_its_status() -> None:
    change = only(births(p2016=0, p2017=5), AMOUNTS["births"])
    assert (change.status, change.change, change.missing) == ("zero_denominator", None, ())
    assert change.base.value == 0
    rate = only(facts_of({"2016": (0, 10), "2017": (1, 10)}), RATES["rate"])
    assert (rate.status, rate.change) == ("ok", Decimal("10.00"))  # a difference divides by nothing


def test_what_is_missing_is_named() -> None:
    change = only(births(p2017=5), AMOUNTS["births"])
    assert (change.status, change.change, change.missing) == ("no_data", None, ("year_ago(live_births)",))
    assert (change.base.status, change.base.missing) == ("no_data", ("live_births",))
    lacking = only(facts_of({"2016": (1, 2), "2017": (None, 2)}), RATES["rate"], against="previous")
    assert lacking.missing == ("newborns_screened",)


def test_the_base_is_the_earlier_periods_figure() -> None:
    facts = births(p2016_12=8, p2017_11=5, p2017_12=10)
    changes = ms.compare(
        facts, indicators=[AMOUNTS["births"]], divisions=[COUNTY], start="2017-12", against=["previous", "year_ago"]
    )
    assert [(one.against, str(one.base.period), one.change) for one in changes] == [
        ("previous", "2017-11", Decimal("100.00")),
        ("year_ago", "2016-12", Decimal("25.00")),
    ]
    assert {one.base.indicator for one in changes} == {changes[0].figure.indicator}


def test_the_statistical_year_counts_from_october() -> None:
    facts = births(p2015_10=3, p2016_10=6, p2017_10=12)
    change = only(facts, AMOUNTS["births"], period="year", start="2017", end="2017")
    assert (change.figure.value, change.base.value, change.change) == (Decimal(6), Decimal(3), Decimal("100.00"))


def test_the_base_shows_the_two_sides_of_its_division() -> None:
    change = only(facts_of({"2016": (80, 100), "2017": (99, 110)}), RATES["rate"])
    assert (change.base.numerator, change.base.denominator) == (Decimal(80), Decimal(100))


def test_one_figure_for_each_value_of_a_breakdown() -> None:
    facts = pl.DataFrame(
        {
            "division": [COUNTY] * 4,
            "period": ["2016", "2016", "2017", "2017"],
            "measure": ["live_births"] * 4,
            "value": [10, 10, 12, 9],
            "sex": ["f", "m", "f", "m"],
        }
    )
    changes = ms.compare(facts, indicators=[AMOUNTS["births"]], divisions=[COUNTY], start="2017", by=["sex"])
    assert [(dict(one.figure.by), one.change) for one in changes] == [
        ({}, Decimal("5.00")),
        ({"sex": "f"}, Decimal("20.00")),
        ({"sex": "m"}, Decimal("-10.00")),
    ]
    assert changes.frame["sex"].to_list() == [None, "f", "m"]


EDITIONS = """
[[measure]]
code = "asked"
name = { zh = "求助数", en = "Asked" }
unit = "件"
time = "flow"

[[measure]]
code = "solved"
name = { zh = "办结数", en = "Solved" }
unit = "件"
time = "flow"

[[indicator]]
code = "solved_rate"
edition = "2016"
name = { zh = "办结占比", en = "Solved" }
formula = "solved / asked"
unit = "%"
valid_to = "2016-12-31"

[[indicator]]
code = "solved_rate"
edition = "2017"
name = { zh = "办结占比", en = "Solved" }
formula = "solved / (solved + asked)"
unit = "%"
decimals = 1
valid_from = "2017-01-01"

[[indicator]]
code = "unsolved_rate"
name = { zh = "未办结占比", en = "Unsolved" }
formula = "1 - solved_rate"
unit = "%"
"""


def test_the_edition_of_the_later_period_governs_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "editions.toml"
    path.write_text(EDITIONS, "utf-8")
    catalogue = ms.catalogue(packs=[path])
    rows = [
        (COUNTY, year, code, number)
        for year, pair in {"2015": (1, 2), "2016": (1, 1), "2017": (3, 1)}.items()
        for code, number in zip(("solved", "asked"), pair, strict=True)
    ]
    changes = ms.compare(frame_of(rows), catalogue=catalogue, divisions=[COUNTY], start="2016")
    found = [
        (one.figure.indicator.key, str(one.figure.period), str(one.base.value), str(one.figure.value), str(one.change))
        for one in changes
    ]
    assert found == [
        ("solved_rate@2016", "2016", "50.00", "100.00", "50.00"),
        ("solved_rate@2017", "2017", "50.0", "75.0", "25.0"),
        ("unsolved_rate@1", "2016", "50.00", "0.00", "-50.00"),
        ("unsolved_rate@1", "2017", "50.00", "25.00", "-25.00"),
    ]
    asked = ms.compare(
        frame_of(rows), indicators=["solved_rate@2016"], catalogue=catalogue, divisions=[COUNTY], start="2017"
    )
    assert [str(one.change) for one in asked] == ["200.00"]


def test_flags_of_either_side_show() -> None:
    facts = births(p2016=8, p2017=9).with_columns(approximate=pl.Series([True, None]))
    change = only(facts, AMOUNTS["births"])
    assert (change.figure.flags, change.base.flags, change.flags) == ((), ("estimated",), ("estimated",))
    bounded = ms.Indicator("rate", "newborns_screened / live_births", "%", bounds=(Decimal(0), Decimal(100)))
    over = only(facts_of({"2016": (11, 10), "2017": (9, 10)}), bounded)
    assert (over.figure.flags, over.flags) == ((), ("out_of_bounds",))


def test_an_unverified_definition_shows() -> None:
    source = ms.Source("某文件", "某条", verified=False)
    change = only(births(p2016=1, p2017=2), ms.Indicator("births", "live_births", "人", source=source))
    assert change.flags == ("unverified_definition",)


# ------------------------------------------------------------------------------------- the answer


def test_what_json_carries() -> None:
    change = only(facts_of({"2016": (80, 100), "2017": (99, 110)}), "newborn_screening_rate")
    assert change.as_dict() == {
        "indicator": "newborn_screening_rate",
        "edition": "2013",
        "division": COUNTY,
        "period": "2017",
        "by": {},
        "against": "year_ago",
        "value": "90.00",
        "base": "80.00",
        "change": "10.00",
        "unit": "%",
        "change_unit": "百分点",
        "status": "ok",
        "flags": [],
        "missing": [],
    }


def test_the_frame_has_a_row_for_each_change() -> None:
    facts = facts_of({"2016": (80, 100), "2017": (99, 110)})
    changes = ms.compare(facts, indicators=[AMOUNTS["births"], RATES["rate"]], divisions=[COUNTY])
    frame = changes.frame
    assert frame.columns == [name for name in changes.to_dicts()[0] if name != "by"]
    assert frame["change"].to_list() == [None, Decimal("10.00"), None, Decimal("10.00")]
    assert frame["change_unit"].to_list() == ["%", "%", "百分点", "百分点"]


def test_a_change_is_explained_down_to_the_reports_of_both_sides() -> None:
    facts = facts_of({"2016": (80, 100), "2017": (99, 110)})
    changes = ms.compare(facts, indicators=["newborn_screening_rate"], against=["year_ago", "previous"])
    text = changes.explain("新生儿遗传代谢性疾病筛查率", COUNTY, "2017").text("zh")
    assert text.splitlines()[0] == "新生儿遗传代谢性疾病筛查率 · 同比 = 10.00 百分点"
    assert "瑶海区 2016年 = 80 人" in text
    assert "瑶海区 2017年 = 99 人" in text
    assert "环比" in changes.explain("newborn_screening_rate", COUNTY, "2017", against="previous").text("zh")
    with pytest.raises(ms.EvaluationError):
        changes.explain("newborn_screening_rate", COUNTY, "2031")


def test_what_is_no_comparison_is_refused() -> None:
    with pytest.raises(ms.EvaluationError, match="year_ago") as caught:
        ms.compare(births(p2017=1), against="year_agp")
    assert [fault.code for fault in caught.value.faults] == ["scoring.option"]
    with pytest.raises(ms.EvaluationError, match="year_ago, previous"):
        ms.compare(births(p2017=1), against=[])
    with pytest.raises(ms.EvaluationError, match="birth"):
        ms.compare(births(p2017=1), indicators=["birth_rat"])


def test_a_notebook_shows_it(lang: str) -> None:
    facts = births(p2016=0, p2017=5)
    html = ms.compare(facts, indicators=[AMOUNTS["births"]], divisions=[COUNTY])._repr_html_()
    assert ("基数为零" if lang == "zh" else "the base is zero") in html
    assert "<script" not in html
