"""Scores: each built-in scheme with numbers worked out by hand, the question, what is shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.definitions.scheme import Item, Scheme
from libminsheng.scoring import Scorecard, Scores
from libminsheng.vocabulary.text import Text

COUNTY = "340102"


def card_of(facts: pl.DataFrame, scheme: str | Scheme, catalogue: ms.Catalogue | None = None) -> Scorecard:
    (card,) = ms.score(facts, scheme, catalogue=catalogue, divisions=[COUNTY])
    return card


# ------------------------------------------------------------------------------------- the built-in schemes


def frame(*rows: tuple[str, Any], period: str = "2021", **columns: Any) -> pl.DataFrame:
    """Facts of one county and year; ``target:x`` is a target."""
    parts = [(name.removeprefix("target:"), str(value), "target" if ":" in name else "actual") for name, value in rows]
    table = pl.DataFrame(parts, schema=["measure", "value", "scenario"], orient="row")
    return table.with_columns(
        division=pl.lit(COUNTY), period=pl.lit(period), **{k: pl.lit(v) for k, v in columns.items()}
    )


def points(card: Scorecard) -> dict[str, str | None]:
    return {one.item.code: None if one.points is None else str(one.points) for one in card.points}


SELF = (
    ("funds_spent", 810),
    ("funds_budgeted", 1000),
    ("outputs_planned", 100),
    ("outputs_actual", 95),
    ("outputs_qualified", 90),
    ("completion_timeliness_rating", 85),
    ("cost_planned", 200),
    ("cost_actual", 200),
    ("implementation_benefit_rating", 92),
)


def test_self_evaluation_10_50_30_10() -> None:
    facts = frame(*SELF, ("beneficiary_satisfaction_rating", "85.5"), ("target:beneficiary_satisfaction_rating", 90))
    card = card_of(facts, "self_evaluation")
    assert points(card) == {
        "budget_execution_rate": "8.10",  # 10 × 81 %
        "output_completion_rate": "11.88",  # 12.5 × 95 % = 11.875
        "output_quality_rate": "11.84",  # 12.5 × 90 ÷ 95 = 11.8421…
        "completion_timeliness": "10.63",  # 12.5 × 85 % = 10.625
        "cost_saving_rate": "12.50",
        "implementation_benefit": "27.60",  # 30 × 92 %
        "beneficiary_satisfaction": "9.50",  # 10 × 85.5 ÷ 90
    }
    assert card.exact == Fraction(81, 10) + Fraction(25, 2) * (
        Fraction(95, 100) + Fraction(90, 95) + Fraction(85, 100) + 1
    ) + Fraction(276, 10) + Fraction(95, 10)
    assert card.grade is not None
    assert (str(card.total), card.grade.name.zh) == ("92.04", "优"), "92.05 would be the sum of rounded points"
    assert card.points[-1].target == Decimal("90.00")


def test_without_a_reported_target_satisfaction_has_no_points_and_there_is_no_total() -> None:
    card = card_of(frame(*SELF, ("beneficiary_satisfaction_rating", "85.5")), "self_evaluation")
    assert (card.status, card.total, card.grade, card.missing) == ("no_data", None, None, ("beneficiary_satisfaction",))
    assert card.so_far == (Decimal("82.54"), Decimal("90.00"))
    last = card.points[-1]
    assert (last.status, last.missing) == ("no_data", ("target(beneficiary_satisfaction_rating)",))
    assert last.arithmetic("zh") == "没有结果（缺数据），不计分"


@pytest.mark.parametrize(("done", "share"), [(0, "12.50"), (3, "0.00")])
def test_a_target_of_zero_is_met_by_doing_nothing(done: int, share: str) -> None:
    card = card_of(frame(("outputs_actual", done), ("outputs_planned", 0)), "self_evaluation")
    assert points(card)["output_completion_rate"] == share
    assert ("什么" in card.points[1].arithmetic("zh")) is False
    assert "zero" in card.points[1].arithmetic("en")


def test_a_budget_of_zero_has_no_rate_and_no_points() -> None:
    card = card_of(frame(("funds_spent", 0), ("funds_budgeted", 0)), "self_evaluation")
    assert (card.points[0].status, card.points[0].points) == ("zero_denominator", None)
    assert "zero denominator" in card.points[0].arithmetic("en")


RATED_2020 = ("initiation_basis", "initiation_procedure", "goals_reasonableness", "indicators_clarity",
              "budget_soundness", "allocation_reasonableness", "funds_use_compliance", "rules_soundness",
              "rules_implementation", "completion_timeliness", "implementation_benefit")  # fmt: skip


def test_project_evaluation_2020() -> None:
    rated = [(f"{name}_rating", 90) for name in RATED_2020]
    money = [
        ("funds_received", 1000),
        ("funds_budgeted", 1000),
        ("funds_spent", 900),
        ("cost_planned", 10),
        ("cost_actual", 11),
    ]
    outputs = [("outputs_planned", 100), ("outputs_actual", 80), ("outputs_qualified", 80)]
    card = card_of(
        frame(*rated, *money, *outputs, ("beneficiary_satisfaction_rating", "89.99")), "project_evaluation@2020", None
    )
    found = points(card)
    assert found["initiation_basis"] == "3.00"  # 20 ÷ 6 × 90 %
    assert found["funds_arrival_rate"] == "4.00"
    assert found["budget_execution_rate"] == "3.60"
    assert found["output_completion_rate"] == "6.00"  # 7.5 × 80 %
    assert found["cost_saving_rate"] == "0.00"  # 10 % over
    assert found["beneficiary_satisfaction"] == "12.00"  # 15 × 80 %, for 89.99 is below 90
    # 18 + 4 + 3.6 + 3 × 3.6 + 6 + 7.5 + 6.75 + 0 + 13.5 + 12
    assert (str(card.total), card.grade and card.grade.name.zh) == ("82.15", "良")


def test_project_evaluation_2013() -> None:
    rated = ("initiation_compliance", "goals_reasonableness", "indicators_clarity", "rules_implementation",
             "quality_controllability", "funds_use_compliance", "financial_supervision")  # fmt: skip
    card = card_of(
        frame(*((f"{name}_rating", 80) for name in rated), ("funds_received", 9), ("funds_planned", 10), period="2017"),
        "project_evaluation@2013",
        None,
    )
    found = points(card)
    assert found["initiation_compliance"] == "3.20"  # 20 ÷ 5 × 80 %
    assert found["funds_arrival_rate"] == "3.60"
    assert card.points[0].earned is not None
    assert card.points[0].earned.label.zh == "达成年度指标"
    assert card.total is None


def test_department_evaluation_deducts_half_a_point_for_each_point_over() -> None:
    card = card_of(frame(("staff_on_post", 1039), ("staff_quota", 1000)), "department_evaluation", None)
    found = next(one for one in card.points if one.item.code == "staff_control_rate")
    # 20 ÷ 5 = 4 points; 103.9 is three whole points over 100
    assert (str(found.points), found.arithmetic("en")) == ("2.50", "103.9 misses 100: 4 − 3 × 0.5 = 2.50, at least 0")


CORE = [(f"{name}_rating", 80) for name in ("output_quantity", "output_quality", "output_timeliness",
        "economic_benefit", "social_benefit", "ecological_benefit")]  # fmt: skip
COST = [(f"{name}_rating", 90) for name in ("economic_cost", "social_cost", "environmental_cost")]
SPENT = [("funds_spent", 95), ("funds_budgeted", 100)]


def test_core_indicators_with_cost() -> None:
    card = card_of(frame(*COST, *CORE, *SPENT, ("beneficiary_satisfaction_rating", 60)), "core_indicators", None)
    # 20 × 90 % + 40 × 80 % + 20 × 80 % + 10 × 50 % + 10 × 95 %
    assert (str(card.total), card.scheme.edition) == ("80.50", "cost")


def test_without_satisfaction_its_weight_goes_to_benefit() -> None:
    card = card_of(frame(*CORE, *SPENT), "core_indicators@no_cost", None)
    weights = {one.item.code: one.weight for one in card.points}
    assert weights["social_benefit"] == Fraction(40, 3)
    assert weights["beneficiary_satisfaction"] == 0
    # 50 × 80 % + 40 × 80 % + 9.5
    assert (str(card.total), card.missing) == ("81.50", ("beneficiary_satisfaction",))


@pytest.mark.parametrize("rate", [94, 95, 96])
def test_what_lacks_more_than_satisfaction_has_no_total(rate: int) -> None:
    assert card_of(frame(*CORE, ("funds_spent", rate)), "core_indicators@no_cost", None).total is None


def test_every_built_in_scheme_has_weights_of_100_and_says_whether_it_was_read() -> None:
    catalogue = ms.catalogue()
    assert {scheme.key: scheme.verified for scheme in catalogue.schemes} == {
        "core_indicators@cost": False,
        "core_indicators@no_cost": False,
        "department_evaluation@2013": False,
        "project_evaluation@2013": False,
        "project_evaluation@2020": False,
        "self_evaluation@2020": True,
    }
    for scheme in catalogue.schemes:
        assert sum(scheme.weights.values()) == scheme.total == 100
        assert sum(group.weight for group in scheme.groups) == 100


# ------------------------------------------------------------------------------------- the question


@pytest.mark.parametrize(
    "text", ["self_evaluation", "self_evaluation@2020", "单位自评", "Self-evaluation", " 单位自评@2020 "]
)
def test_a_scheme_is_found_by_code_edition_and_name(text: str) -> None:
    assert ms.catalogue().scheme(text).key == "self_evaluation@2020"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("self_evaluaton", "self_evaluation"),
        ("self_evaluation@2019", "self_evaluation@2020"),
        ("nothing like it", "core_indicators"),
    ],
)
def test_an_unknown_scheme_is_refused_with_the_nearest(text: str, told: str) -> None:
    with pytest.raises(ms.EvaluationError, match=told):
        ms.score(frame(*SPENT), text)


def test_of_several_editions_the_default_is_taken() -> None:
    assert ms.catalogue().scheme("core_indicators").edition == "cost"
    assert ms.catalogue().scheme("project_evaluation").edition == "2020"


def test_projects_are_scored_one_by_one() -> None:
    facts = pl.concat([frame(*SPENT, project="A"), frame(("funds_spent", 30), ("funds_budgeted", 40), project="B")])
    scores = ms.score(facts, "self_evaluation", by=["project"], divisions=[COUNTY])
    found = [(dict(card.by), str(card.points[0].points)) for card in scores]
    assert found == [({}, "8.93"), ({"project": "A"}, "9.50"), ({"project": "B"}, "7.50")]
    assert scores.find("瑶海区", "2021", {"project": "B"}).points[0].points == Decimal("7.50")
    assert scores.frame["project"].to_list()[::7] == [None, "A", "B"]
    with pytest.raises(ms.EvaluationError, match="340102 2021"):
        scores.find(COUNTY, "2022")


def test_periods_and_divisions_are_those_asked_for() -> None:
    rows = [frame(*SPENT, period=f"{year}-0{month}") for year in (2020, 2021) for month in (1, 2)]
    facts = pl.concat(rows)
    assert [str(card.period) for card in ms.score(facts, "self_evaluation", divisions=[COUNTY])] == ["2020", "2021"]
    months = ms.score(facts, "self_evaluation", divisions=[COUNTY], period="month", start="2021-01", end="2021-02")
    assert [str(card.period) for card in months] == ["2021-01", "2021-02"]
    assert {card.division for card in ms.score(facts, "self_evaluation", level="prefecture")} == {"340100"}
    later = ms.score(facts, "self_evaluation", divisions=[COUNTY], start="2030", end="2031")
    assert [(card.status, card.points[0].status) for card in later] == [("no_data", "no_data")] * 2


def test_no_facts_give_no_scores() -> None:
    scores = ms.score(frame(*SPENT).clear(), "self_evaluation")
    assert (len(scores), scores.frame.height, scores.to_dicts()) == (0, 0, [])
    assert scores._repr_html_()


MIXED = """
[[measure]]
code = "births"
name = "活产"
unit = "人"
year_starts = 10

[[measure]]
code = "visited"
name = "访视"
unit = "人"
year_starts = 10

[[measure]]
code = "aid"
name = "标准"
unit = "元/月"
time = "standard"

[[measure]]
code = "done"
name = "完成"
unit = "个"

[[measure]]
code = "due"
name = "应完成"
unit = "个"

[[indicator]]
code = "visits"
edition = "old"
name = "访视率"
formula = "visited / births"
unit = "%"
better = "higher"
valid_to = 2017-10-31

[[indicator]]
code = "visits"
edition = "new"
name = "访视率"
formula = "visited / (births + births)"
unit = "%"
better = "higher"
valid_from = 2017-11-01

[[indicator]]
code = "a_rate"
name = "完成率"
formula = "done / due"
unit = "%"
better = "higher"

[[indicator]]
code = "aid_level"
name = "标准水平"
formula = "aid"
unit = "元/月"
better = "higher"

[[scheme]]
code = "mixed"
name = "混合"
items = [
    { indicator = "a_rate", weight = 40, target = 100 },
    { indicator = "访视率", code = "visits", weight = 60, target = 100 },
]

[[scheme]]
code = "aided"
name = "标准方案"
missing = "zero"
items = [{ indicator = "aid_level", target = "reported" }]

[[scheme]]
code = "sure"
name = "有目标的"
items = [{ indicator = "a_rate", target = "reported", zero_target = "full_if_none", better = "lower" }]
"""


@pytest.fixture
def mixed(tmp_path: Path) -> ms.Catalogue:
    path = tmp_path / "mixed.toml"
    path.write_text(MIXED, "utf-8")
    return ms.catalogue(packs=[path])


def test_statistical_years_stand_side_by_side(mixed: ms.Catalogue) -> None:
    months = [frame(("visited", 6), ("births", 8), period="2016-10"), frame(("done", 1), ("due", 2), period="2017-12")]
    card = ms.score(pl.concat(months), "mixed", catalogue=mixed, divisions=[COUNTY], start="2017", end="2017")[0]
    # 2017 of the one ends in September, when the old edition was in force; of the other in December
    assert points(card) == {"a_rate": "20.00", "visits": "45.00"}
    assert [one.figure and one.figure.indicator.key for one in card.points] == ["a_rate@1", "visits@old"]
    assert card.period == ms.Period.parse("2017")


def test_what_cannot_be_added_has_no_points(mixed: ms.Catalogue) -> None:
    facts = pl.concat(
        [frame(("aid", value), ("target:aid", 700)).with_columns(division=pl.lit(place)) for place, value in
         (("340102", 700), ("340103", 650))]
    )  # fmt: skip
    city, yaohai, luyang = ms.score(facts, "aided", catalogue=mixed, divisions=["340100", "340102", "340103"])
    assert (city.points[0].status, city.total) == ("not_additive", Decimal("0.00"))
    assert "not additive" in city.points[0].arithmetic("en")
    assert (yaohai.total, luyang.total) == (Decimal("100.00"), Decimal("92.86"))


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        ((("done", 3), ("due", 10), ("target:done", 3), ("target:due", 10)), "100.00"),
        ((("done", 5), ("due", 10), ("target:done", 3), ("target:due", 10)), "60.00"),
        ((("done", 0), ("due", 10), ("target:done", 0), ("target:due", 10)), "100.00"),
        ((("done", 1), ("due", 10), ("target:done", 0), ("target:due", 10)), "0.00"),
        ((("done", 0), ("due", 0)), "100.00"),
        ((("done", 2), ("due", 0)), "0.00"),
        ((("done", 1), ("due", 10), ("target:done", 2)), None),
    ],
)
def test_reported_targets(mixed: ms.Catalogue, facts: tuple[tuple[str, Any], ...], total: str | None) -> None:
    card = card_of(frame(*facts), "sure", mixed)
    assert (None if card.total is None else str(card.total)) == total


def test_a_scheme_made_by_hand_is_checked_like_any_other() -> None:
    scheme = ms.catalogue().scheme("self_evaluation")
    broken = replace(scheme, total=Decimal(90), items=(*scheme.items, Item("no_such", "no_such", Text())))
    with pytest.raises(ms.DefinitionError) as caught:
        ms.score(frame(*SPENT), broken)
    assert {"definitions.scheme_weights", "definitions.unknown_indicator", "definitions.scheme_groupless"} <= {
        fault.code for fault in caught.value.faults
    }


# ------------------------------------------------------------------------------------- what is shown


def test_the_json_of_a_scorecard() -> None:
    found: Scores = ms.score(frame(*SPENT), "self_evaluation", divisions=[COUNTY])
    (card,) = found.to_dicts()
    assert list(card) == [
        "scheme", "edition", "division", "period", "by", "total", "of", "grade", "status", "missing", "verified", "items",
    ]  # fmt: skip
    assert (card["scheme"], card["edition"], card["of"], card["total"], card["verified"]) == (
        "self_evaluation",
        "2020",
        "100",
        None,
        True,
    )
    assert card["items"][0] == {
        "item": "budget_execution_rate",
        "group": "execution",
        "name": card["items"][0]["name"],
        "indicator": "budget_execution_rate",
        "edition": "self_evaluation",
        "value": "95.00",
        "unit": "%",
        "method": "proportional",
        "target": "100",
        "weight": "10",
        "points": "9.50",
        "label": None,
        "status": "ok",
        "flags": card["items"][0]["flags"],
        "missing": [],
        "arithmetic": {"zh": "10 × 95 ÷ 100 = 9.50", "en": "10 × 95 ÷ 100 = 9.50"},
    }


def test_the_frame_of_scores() -> None:
    frame_ = ms.score(frame(*SPENT), "self_evaluation", divisions=[COUNTY]).frame
    assert frame_.columns == [
        "scheme", "edition", "division", "period", "item", "group", "indicator", "value", "unit", "weight", "points",
        "status", "total", "grade", "flags", "missing",
    ]  # fmt: skip
    assert frame_["points"].to_list() == [Decimal("9.50"), *[None] * 6]
    assert frame_["weight"].to_list() == ["10", "12.5", "12.5", "12.5", "12.5", "30", "10"]
    assert frame_.schema["points"] == pl.Decimal(38, 2)


def test_a_notebook_shows_total_grade_and_arithmetic() -> None:
    facts = frame(*SELF, ("beneficiary_satisfaction_rating", "85.5"), ("target:beneficiary_satisfaction_rating", 90))
    with ms.language("zh"):
        html = ms.score(facts, "self_evaluation", divisions=[COUNTY])._repr_html_()
    for text in ("单位自评", "92.04", "优", "10 × 81 ÷ 100 = 8.10", "瑶海区"):
        assert text in html
    hostile = frame(*SPENT, project="<script>")
    assert "<script>" not in ms.score(hostile, "self_evaluation", by=["project"])._repr_html_()
