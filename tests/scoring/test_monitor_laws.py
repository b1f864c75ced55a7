"""Lights against the rules written down once more, whatever the month, the order or the size."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.lights import LIGHTS, Light, worst
from libminsheng.engine.rounding import round_fraction
from libminsheng.scoring import Overall
from tests.scoring.reports import COUNTY, facts, month, only, watch


def pace_of(actual: Decimal, target: Decimal, months: int) -> Fraction:
    """Domain's own words: actual ÷ (target ÷ 12 × months) × 100."""
    return Fraction(actual) / (Fraction(target) / 12 * months) * 100


lengths = st.decimals(0, 5000, places=2)
some_months = st.integers(1, 12)


@settings(max_examples=80, deadline=None)
@given(lengths | st.just(Decimal(0)), lengths | st.just(Decimal(0)), some_months)
def test_what_should_be_more_is_lit_by_its_pace(
    local: ms.Catalogue, actual: Decimal, target: Decimal, months: int
) -> None:
    one = only(watch(facts((month(months), "+paved", actual), ("2018", "target:paved", target)), month(months), local))
    if target == 0:
        assert (one.light, one.pace) == ("green" if actual == 0 else "red", None)
        return
    pace = pace_of(actual, target, months)
    assert one.light == ("red" if pace < 60 else "yellow" if pace < 80 else "green" if pace < 120 else "blue")
    assert one.pace == Decimal(round_fraction(pace * 100, "half_up")).scaleb(-2)


@settings(max_examples=60, deadline=None)
@given(lengths, lengths, some_months)
def test_spending_is_lit_by_its_pace_and_never_blue(spent: Decimal, budget: Decimal, months: int) -> None:
    found = watch(facts((month(months), "+funds_spent", spent), ("2018", "funds_budgeted", budget)), month(months))
    one = next(one for one in found if one.watch.code == "budget_execution")
    assert one.watch.aspect == "budget"
    if budget == 0:
        assert (one.light, one.status) == (None, "zero_denominator")
        return
    pace = pace_of(spent, budget, months)
    assert one.light == ("red" if pace < 60 else "yellow" if pace < 80 else "green")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), some_months, st.sampled_from(["visits", "waiting"]))
def test_what_should_be_less_is_held_against_the_whole_limit(
    local: ms.Catalogue, actual: int, limit: int, months: int, measure: str
) -> None:
    found = watch(
        facts((month(months), f"+{measure}", actual), ("2018", f"target:{measure}", limit)), month(months), local,
        watches=[measure],
    )  # fmt: skip
    within = actual < limit if measure == "waiting" else actual <= limit
    assert (only(found).light, only(found).needed) == ("green" if within else "red", None)


@settings(max_examples=80, deadline=None)
@given(lengths, lengths, some_months)
def test_the_forecast_and_what_is_needed(local: ms.Catalogue, actual: Decimal, target: Decimal, months: int) -> None:
    one = only(watch(facts((month(months), "+paved", actual), ("2018", "target:paved", target)), month(months), local))
    forecast = Fraction(actual) * 12 / months
    assert one.forecast == Decimal(round_fraction(forecast * 100, "half_up")).scaleb(-2)
    left = 12 - months
    if left == 0:
        assert one.needed is None
        return
    assert one.needed is not None
    assert one.needed >= 0
    assert actual + one.needed * left >= target
    if one.needed > 0:
        assert actual + (one.needed - Decimal("0.01")) * left < target, "one unit less would not do"


SOME = ms.monitor(
    pl.concat(
        [
            facts((month(5), "+task_done", 35), ("2018", "target:task_done", 100)),
            facts((month(5), "+funds_spent", 35), ("2018", "funds_budgeted", 100)),
        ]
    ),
    month(5),
    divisions=[COUNTY],
)


@given(st.lists(st.sampled_from([*LIGHTS, None]), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_roll_up_is_the_worst_in_whatever_order(lights: list[Light | None], random: Any) -> None:
    lit = [replace(SOME[n % len(SOME)], light=light) for n, light in enumerate(lights)]
    shuffled = list(lit)
    random.shuffle(shuffled)
    one, other = Overall.of(lit), Overall.of(shuffled)
    assert one == other
    ranked = [light for light in ("red", "yellow", "green", "blue") if light in lights]
    assert one.light == (ranked[0] if ranked else None) == worst(lights)
    assert sum(one.counts.values()) + one.without == len(lights)
    for aspect, light in (("budget", one.budget), ("goal", one.goal)):
        assert light == worst(each.light for each in lit if each.watch.aspect == aspect)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["paved", "visits", "beds"]), some_months, st.integers(0, 99)), max_size=8,
                unique_by=lambda row: row[:2]), st.integers(0, 99))  # fmt: skip
def test_the_order_of_reports_does_not_matter(local: ms.Catalogue, rows: list[tuple[str, int, int]], seed: int) -> None:
    table = facts(
        *((month(number), name, value) for name, number, value in rows),
        *(("2018", f"target:{name}", 50) for name in ("paved", "visits", "beds")),
    )
    one, other = (
        watch(frame, "2018-06", local) for frame in (table, table.sample(fraction=1, shuffle=True, seed=seed))
    )
    assert one.to_dicts() == other.to_dicts()
    assert [each.as_dict() for each in one.overall] == [each.as_dict() for each in other.overall]
