"""Monitoring: the rules of the warning system, what is missing, what is asked, what is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.report.lights import monitor_grid
from tests.scoring.reports import COUNTY, facts, month, only, watch

# ------------------------------------------------------------------------------------- the rules


def test_the_limits_of_colours_belong_to_the_better_side() -> None:
    rules = ms.catalogue().light_rules
    steps = {Decimal("59.99"): "red", Decimal(60): "yellow", Decimal("79.99"): "yellow", Decimal(80): "green"}
    for code, best in (("positive", "blue"), ("budget", "green"), ("qualitative", "green")):
        assert {value: rules[code].light(value) for value in steps} == steps
        assert (rules[code].light(Decimal("119.99")), rules[code].light(120)) == ("green", best)


@pytest.mark.parametrize(
    ("actual", "planned", "light"), [(100, 100, "green"), (9999, 10000, "red"), (0, 100, "red"), (101, 100, "green")]
)
def test_quality_is_green_within_its_range_whatever_the_month(actual: int, planned: int, light: str) -> None:
    rows = facts(("2018-01", "outputs_qualified", actual), ("2018-01", "outputs_actual", planned))
    found = watch(rows, "2018-03", watches=["quality_met"])
    assert (only(found).light, only(found).pace, only(found).forecast) == (light, None, None)


def test_quality_is_that_of_the_year_so_far() -> None:
    rows = facts(*((month(n), name, value) for n in (1, 2) for name, value in (("outputs_qualified", 45 + 5 * n),
                 ("outputs_actual", 50 + 5 * n))))  # fmt: skip
    one = only(watch(rows, "2018-02", watches=["quality_met"]))
    assert (str(one.actual), one.light) == ("91.30", "red")  # (50 + 55) ÷ (55 + 60)


@pytest.mark.parametrize(("value", "light"), [("599.99", "red"), ("600", "green"), ("700", "green"), ("700.01", "red")])
def test_both_ends_of_a_range_belong_to_it(local: ms.Catalogue, value: str, light: str) -> None:
    one = only(watch(facts(("2018-05", "aid", value)), "2018-05", local, watches=["aid_range"]))
    assert (one.light, one.name.en, one.target) == (light, "Aid within its range", None)


@pytest.mark.parametrize(("value", "light"), [(80, "green"), ("79.99", "yellow"), (60, "yellow"), ("59.9", "red")])
def test_qualitative_goals_go_by_what_was_awarded(local: ms.Catalogue, value: Any, light: str) -> None:
    one = only(watch(facts(("2018-05", "opinion", value)), "2018-05", local))
    assert (one.light, one.rule.code, one.target) == (light, "qualitative", None)


def test_a_stock_has_its_last_value_and_no_forecast(local: ms.Catalogue) -> None:
    rows = facts(("2018-02", "beds", 10), ("2018-06", "beds", 30), ("2018", "target:beds", 60))
    one = only(watch(rows, "2018-06", local))
    assert (one.actual, one.pace, one.light) == (Decimal(30), Decimal("100.00"), "green")
    assert (one.forecast, one.needed) == (None, None)


def test_a_standard_is_held_against_its_limit(local: ms.Catalogue) -> None:
    rows = facts(("2018-05", "aid", 710), ("2018", "target:aid", 700))
    one = only(watch(rows, "2018-05", local, watches=["aid"]))
    assert (one.light, one.forecast, one.name.zh) == ("red", None, "补助标准")


def test_a_sum_of_flows_is_carried_on_and_a_rate_is_not(local: ms.Catalogue) -> None:
    rows = facts(("2018-06", "+visits", 4), ("2018-06", "+waiting", 5), ("2018", "target:visits", 9),
                 ("2018-06", "+paved", 2), ("2018", "target:paved", 9))  # fmt: skip
    both, rate = watch(rows, "2018-06", local, watches=["both", "paved_rate"])
    assert (both.watch.code, both.light, both.forecast, both.name.zh) == ("both", "green", Decimal(18), "both")
    assert (rate.watch.code, str(rate.actual), rate.forecast, rate.needed) == ("paved_rate", "0.50", None, None)


def test_the_statistical_year_counts_from_october(local: ms.Catalogue) -> None:
    rows = facts(("2018-05", "+screened", 80), ("2018", "target:screened", 100))
    one = only(watch(rows, "2018-05", local))
    # eight of twelve months: 80 ÷ (100 ÷ 12 × 8) × 100
    assert (one.pace, one.light, one.forecast, one.needed) == (Decimal("120.00"), "blue", Decimal(120), Decimal(5))


@pytest.mark.parametrize(
    ("period", "pace"), [("2018-06", "70.00"), ("2018-Q2", "70.00"), ("2018-H1", "70.00"), ("2018年上半年", "70.00")]
)
def test_quarters_and_halves_stand_at_their_last_month(period: str, pace: str) -> None:
    rows = facts(("2018-06", "+task_done", 35), ("2018", "target:task_done", 100))
    assert str(only(watch(rows, period)).pace) == pace


def test_a_year_that_is_over_needs_nothing_more() -> None:
    rows = facts(("2018-12", "+task_done", 90), ("2018", "target:task_done", 100))
    one = only(watch(rows, "2018"))
    assert (one.light, str(one.pace), one.needed) == ("green", "90.00", None)


# ------------------------------------------------------------------------------------- what is missing


def test_a_target_without_a_report_is_watched_and_has_no_light() -> None:
    one = only(watch(facts(("2018", "target:task_done", 100)), "2018-05"))
    assert (one.light, one.status, one.actual, one.target) == (None, "no_data", None, Decimal("100.0000"))
    assert one.as_dict()["missing"] == ["year_to_date(task_done)"]
    overall = watch(facts(("2018", "target:task_done", 100)), "2018-05").overall[0]
    assert (overall.light, overall.without) == (None, 1)


def test_without_a_target_a_named_watch_has_no_light(local: ms.Catalogue) -> None:
    one = only(watch(facts(("2018-05", "+visits", 3)), "2018-05", local, watches=["visits"]))
    assert (one.light, one.status) == (None, "no_data")
    assert one.as_dict()["missing"] == ["full_year(target(visits))"]
    assert not len(watch(facts(("2018-05", "+task_done", 3)), "2018-05")), "no target, no watch"


def test_targets_of_several_issuers_are_not_added() -> None:
    rows = pl.concat(
        [
            facts(("2018", "target:task_done", 100), issuer="province"),
            facts(("2018", "target:task_done", 120), issuer="city"),
            facts(("2018-05", "+task_done", 30)).with_columns(issuer=pl.lit(None, pl.String)),
        ]
    )
    assert (only(watch(rows, "2018-05")).light, only(watch(rows, "2018-05")).status) == (None, "not_additive")


@pytest.mark.parametrize("period", ["2017-12", "2016", "2018-01"])
def test_before_anything_is_reported_only_the_targets_are_seen(period: str) -> None:
    rows = facts(("2018-05", "+task_done", 30), ("2018", "target:task_done", 100))
    assert [one.status for one in watch(rows, period)] == (["no_data"] if period.startswith("2018") else [])
    assert len(watch(rows.clear(), period)) == 0


# ------------------------------------------------------------------------------------- the question


def test_projects_have_lights_of_their_own() -> None:
    rows = pl.concat(
        [
            facts(("2018-06", "+task_done", done), ("2018", "target:task_done", 100), project=name)
            for name, done in (("A", 20), ("B", 45))
        ]
    )
    found = watch(rows, "2018-06", by=["project"])
    assert [(dict(one.by), one.light) for one in found] == [
        ({}, "yellow"),
        ({"project": "A"}, "red"),
        ({"project": "B"}, "green"),
    ]
    assert [one.light for one in found.overall] == ["yellow", "red", "green"]
    assert found.frame["project"].to_list() == [None, "A", "B"]


def test_every_measure_with_a_target_is_watched_and_those_named_alone(local: ms.Catalogue) -> None:
    rows = facts(*((period, name, 50) for name in ("paved", "visits", "task_done", "beds")
                   for period, name in (("2018-06", name), ("2018", f"target:{name}"))))  # fmt: skip
    rules = {one.watch.code: one.rule.code for one in watch(rows, "2018-06", local)}
    assert {code: rules[code] for code in ("paved", "visits", "task_done", "beds")} == {
        "paved": "positive",
        "visits": "negative",
        "task_done": "positive",
        "beds": "positive",
    }
    assert [one.watch.code for one in watch(rows, "2018-06", local, watches=["beds", "paved", "beds"])] == [
        "beds",
        "paved",
    ]
    assert [one.watch.code for one in watch(rows, "2018-06", local, watches="paved")] == ["paved"]


def test_a_formula_named_like_a_measure_stands_for_it(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        '[[watch]]\ncode = "task_done"\nactual = "year_to_date(task_done)"\nlight = "negative"\n'
        'target = "full_year(target(task_done))"\n',
        "utf-8",
    )
    rows = facts(("2018-06", "+task_done", 101), ("2018", "target:task_done", 100))
    one = only(watch(rows, "2018-06", ms.catalogue(packs=[path])))
    assert (one.light, one.rule.code, one.forecast, one.needed) == ("red", "negative", Decimal(202), None)


@pytest.mark.parametrize("code", ['code = "ours"\n', ""])
def test_a_pack_of_one_file_sets_the_lights_of_every_target_anew(tmp_path: Path, code: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        '[[light]]\ncode = "strict"\nname = "从严"\ncompares = "pace"\n'
        'steps = [{ light = "red", below = 90 }, { light = "green" }]\n\n'
        f'[[watch]]\n{code}measure = "*"\nlight = "strict"\n',
        "utf-8",
    )
    rows = facts(("2018-06", "+task_done", 42), ("2018", "target:task_done", 100))
    assert only(watch(rows, "2018-06")).light == "green"
    ours = only(watch(rows, "2018-06", ms.catalogue(packs=[path])))
    assert (ours.light, ours.rule.code, ours.watch.code) == ("red", "strict", "task_done")


@pytest.mark.parametrize(("name", "near"), [("task_don", "task_done"), ("*", "quality_met"), ("nothing", "task_done")])
def test_an_unknown_watch_is_refused_with_those_there_are(name: str, near: str) -> None:
    rows = facts(("2018-06", "+task_done", 42), ("2018", "target:task_done", 100))
    with pytest.raises(ms.EvaluationError, match=near):
        watch(rows, "2018-06", watches=[name, "task_done"])


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(ms.PeriodError):
        watch(facts(("2018-06", "+task_done", 42)), "2018-13")


# ------------------------------------------------------------------------------------- what is shown


def some_facts() -> Iterable[pl.DataFrame]:
    for place, done, spent in (("340102", 20, 50), ("340103", 60, 10)):
        yield facts(
            ("2018-06", "+task_done", done), ("2018", "target:task_done", 100),
            ("2018-06", "+funds_spent", spent), ("2018", "funds_budgeted", 100), division=place,
        )  # fmt: skip


def test_the_json_of_what_is_watched() -> None:
    found = watch(pl.concat(some_facts()), "2018-06", watches=["task_done"])
    assert found.to_dicts() == [
        {
            "watch": "task_done",
            "name": {"zh": ms.catalogue().measures["task_done"].name.zh, "en": ms.catalogue().measures["task_done"].name.en},
            "aspect": "goal",
            "rule": "positive",
            "division": COUNTY,
            "period": "2018-06",
            "by": {},
            "actual": "20.0000",
            "target": "100.0000",
            "unit": ms.catalogue().measures["task_done"].unit,
            "pace": "40.00",
            "light": "red",
            "status": "ok",
            "forecast": "40.0000",
            "needed": "13.3334",
            "flags": [],
            "missing": [],
        }
    ]  # fmt: skip
    assert json.loads(json.dumps([one.as_dict() for one in found.overall])) == [
        {"division": COUNTY, "period": "2018-06", "by": {}, "budget": None, "goal": "red", "light": "red",
         "counts": {"red": 1, "yellow": 0, "green": 0, "blue": 0}, "without": 0}
    ]  # fmt: skip


def test_the_roll_up_of_divisions() -> None:
    found = ms.monitor(pl.concat(some_facts()), "2018-06", level="county")
    assert [(one.division, one.budget, one.goal, one.light) for one in found.overall] == [
        ("340102", "green", "red", "red"),
        ("340103", "red", "blue", "red"),
    ]


def test_the_frame_of_lights() -> None:
    frame = ms.monitor(pl.concat(some_facts()), "2018-06", level="county").frame
    assert frame.columns == [
        "division", "period", "watch", "aspect", "rule", "actual", "target", "unit", "pace", "light", "status",
        "forecast", "needed", "flags", "missing",
    ]  # fmt: skip
    assert frame.filter(pl.col("watch") == "task_done")["needed"].to_list() == [Decimal("13.3334"), Decimal("6.6667")]
    assert frame.schema["pace"] == pl.Decimal(38, 2)


def test_a_notebook_shows_colours_and_shapes() -> None:
    with ms.language("zh"):
        html = watch(pl.concat(some_facts()), "2018-06")._repr_html_()
        nothing = watch(pl.concat(some_facts()).clear(), "2018-06")._repr_html_()
    assert "● 红" in html
    assert "瑶海区" in html
    assert nothing


def test_amounts_of_any_size_stay_exact() -> None:
    done = Decimal("123456789012345678901234.5678")
    rows = facts(("2018-06", "+task_done", done), ("2018", "target:task_done", done * 2 + Decimal("0.0001")))
    one = only(watch(rows, "2018-06"))
    assert (one.actual, one.forecast) == (done, done * 2)
    assert one.needed == Decimal("20576131502057613150205.7614")  # a sixth of what is left, rounded up


def test_what_a_column_cannot_hold_is_refused() -> None:
    rows = facts(("2018-05", "+task_done", "9" * 34), ("2018", "target:task_done", "0.0001"))
    found = watch(rows, "2018-05")
    assert str(found[0].forecast) == f"23{'9' * 32}7.6000"
    with pytest.raises(ms.EvaluationError):
        _ = found.frame


def test_a_county_that_reports_spending_but_no_budget_makes_the_pace_incomplete() -> None:
    """The province's spending is all there and so is its budget, as far as it goes; together they are not."""
    rows = pl.concat(
        [
            facts(("2018-05", "+funds_spent", 60), ("2018", "funds_budgeted", 100)),
            facts(("2018-05", "+funds_spent", 60), division="340103"),
        ]
    )
    one = only(ms.monitor(rows, "2018-05", divisions=["340000"]))
    assert (one.actual, one.target, one.figure.flags) == (120, 100, ())
    assert one.flags == ("incomplete",) == tuple(one.as_dict()["flags"])
    found = ms.monitor(rows, "2018-05", divisions=["340000", "340103"])
    assert found.frame["flags"].to_list() == [["incomplete"], ["incomplete"]]
    assert found.frame["missing"].to_list() == [[], ["full_year(funds_budgeted)"]]
    assert [cell.text for cell in [row[-1] for part in monitor_grid(found, "zh").sections for row in part.rows]] == [
        "报送不全",
        "缺数据；缺全年（预算资金）；报送不全",
    ]
