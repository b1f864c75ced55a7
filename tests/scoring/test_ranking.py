"""Rankings: 1-2-3-3-5, in the indicator's direction, by exact values; what has no value stands apart."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms

COUNTIES = ("341502", "341503", "341504", "341522", "341523", "341524", "341525")
"""金安区, 裕安区, 叶集区, 霍邱县, 舒城县, 金寨县, 霍山县."""
RATE = ms.Indicator("rate", "newborns_screened / live_births", "%", decimals=1, better="higher")

counts = st.one_of(st.none(), st.integers(0, 4), st.integers(990, 1010))
reports = st.dictionaries(st.sampled_from(COUNTIES), st.tuples(counts, counts), min_size=1).filter(
    lambda some: any(number is not None for pair in some.values() for number in pair)
)
targets = st.one_of(st.integers(0, 200), st.decimals(0, 120, places=2))


def figures_of(reported: dict[str, tuple[int | None, int | None]], *, indicator: ms.Indicator = RATE) -> ms.Figures:
    return ms.evaluate(frame_of(rows_of(reported)), indicators=[indicator])


def rows_of(reported: dict[str, tuple[int | None, int | None]]) -> list[tuple[str, str, str, int | None]]:
    return [
        (division, "2017", measure, number)
        for division, pair in reported.items()
        for measure, number in zip(("newborns_screened", "live_births"), pair, strict=True)
    ]


def frame_of(rows: list[tuple[str, str, str, int | None]]) -> pl.DataFrame:
    schema = {"division": pl.String, "period": pl.String, "measure": pl.String, "value": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def ranks(ranking: ms.Ranking) -> list[tuple[int | None, str]]:
    return [(place.rank, place.figure.division) for place in ranking]


# ------------------------------------------------------------------------------------- laws


@settings(max_examples=60, deadline=None)
@given(reports, st.sampled_from(["higher", "lower", "target"]), targets, st.sampled_from(["exact", "printed"]))
def test_a_rank_is_one_more_than_how_many_are_strictly_better(
    reported: dict[str, tuple[int | None, int | None]], better: str, target: Any, ties: str
) -> None:
    aim = target if better == "target" else None
    figures = figures_of(reported)
    ranking = ms.rank(figures, "rate", "2017", level="county", better=better, target=aim, ties=ties)

    def worth(division: str) -> Fraction:
        screened, births = reported[division]
        assert screened is not None
        assert births
        value = Fraction(screened * 100, births)
        if ties == "printed":  # one decimal, half up; no value is negative
            value = Fraction(int(value * 10 + Fraction(1, 2)), 10)
        return -abs(value - Fraction(target)) if better == "target" else value if better == "higher" else -value

    usable = [code for code, (screened, births) in reported.items() if screened is not None and births]
    expected = {code: 1 + sum(worth(other) > worth(code) for other in usable) for code in usable}
    assert {place.figure.division: place.rank for place in ranking if place.rank is not None} == expected
    found = [place.rank for place in ranking]
    assert found == sorted(expected.values()) + [None] * (len(found) - len(expected))
    for part in (ranking[: len(expected)], ranking[len(expected) :]):
        keys = [(place.rank or 0, place.figure.division) for place in part]
        assert keys == sorted(keys)
    assert all((place.rank is None) == (place.figure.status != "ok") for place in ranking)


@settings(max_examples=30, deadline=None)
@given(reports, st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(reported: dict[str, tuple[int | None, int | None]], random: Any) -> None:
    rows = rows_of(reported)
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, two = (
        ms.rank(ms.evaluate(frame_of(some), indicators=[RATE]), "rate", "2017", level="county")
        for some in (rows, shuffled)
    )
    assert one.to_dicts() == two.to_dicts()
    assert one.frame.equals(two.frame)


# ------------------------------------------------------------------------------------- examples

NOTICE: dict[str, tuple[int | None, int | None]] = {
    "341502": (990, 1000),
    "341503": (99, 100),
    "341504": (980, 1000),
    "341522": (1000, 1000),
    "341523": (995, 1000),
    "341524": (7, None),
    "341525": (0, 0),
}
"""第三名金安区、裕安区；第五名叶集区."""


def test_level_divisions_share_a_place_and_leave_the_next_empty() -> None:
    ranking = ms.rank(figures_of(NOTICE), "rate", "2017", level="county")
    assert ranks(ranking) == [
        (1, "341522"),
        (2, "341523"),
        (3, "341502"),
        (3, "341503"),
        (5, "341504"),
        (None, "341524"),
        (None, "341525"),
    ]


def test_what_has_no_value_stands_at_the_end_with_its_reason() -> None:
    ranking = ms.rank(figures_of(NOTICE), "rate", "2017", level="county")
    apart = [(place.figure.status, place.figure.missing) for place in ranking if place.rank is None]
    assert apart == [("no_data", ("live_births",)), ("zero_denominator", ())]


def test_a_better_exact_value_is_ahead_where_the_printed_ones_are_level() -> None:
    figures = figures_of({"341502": (9991, 10000), "341503": (9992, 10000), "341504": (1, 1)})
    assert ranks(ms.rank(figures, "rate", "2017", level="county")) == [(1, "341504"), (2, "341503"), (3, "341502")]
    printed = ms.rank(figures, "rate", "2017", level="county", ties="printed")
    assert ranks(printed) == [(1, "341504"), (2, "341502"), (2, "341503")]


def test_the_target_is_in_the_indicators_unit() -> None:
    figures = figures_of({"341502": (90, 100), "341503": (96, 100), "341504": (100, 100)})
    for target in (95, "95", 95.0, Decimal(95), Fraction(95)):
        ranking = ms.rank(figures, "rate", "2017", level="county", better="target", target=target)
        assert ranks(ranking) == [(1, "341503"), (2, "341502"), (2, "341504")]
        assert ranking.target == 95


def test_flags_stay_visible() -> None:
    facts = frame_of(rows_of({"341502": (101, 100)}))
    bounded = ms.Indicator(
        "rate", "newborns_screened / live_births", "%", bounds=(Decimal(0), Decimal(100)), better="higher"
    )
    ranking = ms.rank(ms.evaluate(facts, indicators=[bounded]), "rate", "2017", level="county")
    assert ranking[0].figure.flags == ("out_of_bounds",)
    assert ranking.frame["flags"].to_list() == [["out_of_bounds"]]


def test_one_value_of_a_breakdown_is_ranked() -> None:
    facts = pl.DataFrame(
        {
            "division": ["341502", "341502", "341503", "341503"],
            "period": ["2017"] * 4,
            "measure": ["live_births"] * 4,
            "value": [1, 9, 2, 3],
            "sex": ["f", "m", "f", "m"],
        }
    )
    births = ms.Indicator("births", "live_births", "人", decimals=0, better="higher")
    figures = ms.evaluate(facts, indicators=[births], by=["sex"], level="county")
    assert ranks(ms.rank(figures, "births", "2017", {"sex": "f"})) == [(1, "341503"), (2, "341502")]
    assert ranks(ms.rank(figures, "births", "2017")) == [(1, "341502"), (2, "341503")]
    assert ms.rank(figures, "births", "2017", {"sex": "f"}).frame["sex"].to_list() == ["f", "f"]


def test_a_built_in_indicator_is_found_by_its_name() -> None:
    figures = ms.evaluate(frame_of(rows_of(NOTICE)), indicators=["newborn_screening_rate"], level="county")
    by_name = ms.rank(figures, "新生儿遗传代谢性疾病筛查率", "2017年")
    assert by_name.to_dicts() == ms.rank(figures, "newborn_screening_rate@2013", "2017").to_dicts()
    assert by_name.indicator.better == "higher"


def test_the_frame_and_the_dicts_say_the_same() -> None:
    ranking = ms.rank(figures_of(NOTICE), "rate", "2017", level="county")
    first = ranking.to_dicts()[0]
    assert list(first) == ["rank", *ranking[0].figure.as_dict()]
    assert (first["rank"], first["value"]) == (1, "100.0")
    assert ranking.frame["rank"].to_list() == [1, 2, 3, 3, 5, None, None]
    assert ranking.frame["value"].to_list()[:2] == [Decimal("100.0"), Decimal("99.5")]


# ------------------------------------------------------------------------------------- refusals


def refusal(figures: ms.Figures, *words: Any, **options: Any) -> list[str]:
    with pytest.raises(ms.EvaluationError) as caught:
        ms.rank(figures, *words, **options)
    assert all(fault.hint("zh") and fault.hint("en") for fault in caught.value.faults)
    return [fault.code for fault in caught.value.faults]


def test_several_levels_are_not_ranked_together() -> None:
    figures = figures_of(NOTICE)
    with pytest.raises(ms.EvaluationError, match="province, prefecture, county"):
        ms.rank(figures, "rate", "2017")
    assert refusal(figures, "rate", "2017", level="village") == ["scoring.rank_no_level"]
    assert refusal(figures, "rate", "2017", level="town") == ["scoring.option"]


def test_a_division_is_not_ranked_with_one_that_it_lies_in() -> None:
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "县"), ms.Division("A1", "镇", "A")])
    facts = pl.DataFrame({"division": ["A1"], "period": ["2017"], "measure": ["live_births"], "value": [1]})
    births = ms.Indicator("births", "live_births", "人", better="higher")
    assert refusal(ms.evaluate(facts, indicators=[births], tree=tree), "births", "2017") == ["scoring.rank_nested"]
    alone = ms.evaluate(facts, indicators=[births], tree=tree, divisions=["A1"])
    assert ranks(ms.rank(alone, "births", "2017")) == [(1, "A1")]


def test_a_direction_is_needed_and_a_target_where_it_says_so() -> None:
    plain = ms.Indicator("births", "live_births", "人")
    figures = figures_of(NOTICE, indicator=plain)
    assert refusal(figures, "births", "2017", level="county") == ["scoring.rank_direction"]
    assert refusal(figures, "births", "2017", level="county", better="target") == ["scoring.rank_target"]
    assert refusal(figures, "births", "2017", level="county", better="lower", target=1) == ["scoring.rank_no_target"]
    assert refusal(figures, "births", "2017", level="county", better="most") == ["scoring.option"]
    for text in ("x", "nan", "inf", "1e999999999", "-1e-999999999"):
        found = refusal(figures, "births", "2017", level="county", better="target", target=text)
        assert found == ["scoring.rank_number"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    figures = figures_of(NOTICE, indicator=ms.Indicator("births", "live_births", "人"))
    assert refusal(figures, "births", "2017", ties="nearly") == [
        "scoring.option",
        "scoring.rank_direction",
        "scoring.rank_levels",
    ]


def test_what_was_not_computed_is_refused() -> None:
    figures = figures_of(NOTICE)
    assert refusal(figures, "rate", "2016") == ["scoring.no_figures"]
    assert refusal(figures, "rate", "2017", {"sex": "f"}) == ["scoring.no_figures"]
    assert refusal(figures, "newborn_screening_rate", "2017") == ["scoring.no_figures"]
    assert refusal(figures, "newborn_screening_rat", "2017") == ["definitions.unknown_indicator"]


def test_of_several_editions_one_is_named() -> None:
    other = ms.Indicator("rate", "live_births / newborns_screened", "%", edition="2", better="higher")
    figures = ms.evaluate(frame_of(rows_of(NOTICE)), indicators=[RATE, other], level="county")
    assert refusal(figures, "rate", "2017") == ["scoring.rank_editions"]
    assert ranks(ms.rank(figures, "rate@2", "2017"))[0] == (1, "341504")


def test_a_notebook_shows_it(lang: str) -> None:
    html = ms.rank(figures_of(NOTICE), "rate", "2017", level="county")._repr_html_()
    assert "霍邱县" in html
    assert "<script" not in html
