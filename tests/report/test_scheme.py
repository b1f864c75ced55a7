"""Schemes, rules of lights and watches in words: the stretches that are printed are those that are computed by."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.definitions.lights import LightRule, LightStep
from libminsheng.definitions.scheme import Band, Grade, Item
from libminsheng.report.scheme import bands_words, grades_words, method_words, scheme_grids
from libminsheng.report.table import table_text
from libminsheng.report.watch import steps_words, watch_grid
from libminsheng.report.words import interval
from libminsheng.scoring.points import earn

numbers = st.decimals(-50, 150, places=1)
limits = st.lists(st.decimals(1, 99, places=1), unique=True, min_size=1, max_size=5)


def lies_in(value: Decimal, stretch: str) -> bool:
    low, high = (Decimal(end.replace("−", "-").replace("∞", "Infinity")) for end in stretch[1:-1].split(", "))
    after = value > low if stretch[0] == "(" else value >= low
    return after and (value < high if stretch[-1] == ")" else value <= high)


def stretches(words: str) -> list[str]:
    return re.findall(r"[\[(][^\])]*[\])]", words)


@given(numbers, st.one_of(st.none(), numbers), st.one_of(st.none(), numbers), st.sampled_from(["[)", "(]", "[]"]))
def test_an_open_end_is_round(value: Decimal, low: Decimal | None, high: Decimal | None, ends: str) -> None:
    text = interval(low, high, ends)
    above = low is None or value > low or (value == low and ends[0] == "[")
    below = high is None or value < high or (value == high and ends[1] == "]")
    assert lies_in(value, text) == (above and below)


@given(limits, st.decimals(0, 100, places=1))
def test_a_total_lies_in_the_stretch_of_its_grade(begins: list[Decimal], total: Decimal) -> None:
    ends = [*sorted(begins, reverse=True), Decimal(0)]
    grades = tuple(Grade(f"g{number}", ms.Text(f"g{number}"), least) for number, least in enumerate(ends))
    scheme = ms.Scheme("s", "1", ms.Text(), (), grades=grades)
    grade = scheme.grade(total)
    assert grade is not None
    printed = stretches(grades_words(scheme, "en"))
    assert [lies_in(total, text) for text in printed] == [one == grade for one in grades]


@given(limits, numbers, st.booleans())
def test_a_value_lies_in_the_stretch_of_its_band(ends: list[Decimal], value: Decimal, lower: bool) -> None:
    shares = [Decimal(100 - 10 * number) for number in range(len(ends) + 1)]
    ordered: list[Decimal | None] = [*sorted(ends, reverse=not lower), None]
    bands = tuple(
        Band(None if lower else end, end if lower else None, share, ms.Text())
        for end, share in zip(ordered, shares, strict=True)
    )
    item = Item("rate", "rate", ms.Text(), method="banded", bands=bands)
    earned = earn(item, "lower" if lower else "higher", Fraction(value), None, Fraction(10))
    printed = stretches(bands_words(bands, "en", most=lower))
    assert [lies_in(value, text) for text in printed] == [Fraction(share) / 100 == earned.share for share in shares]


@given(limits, numbers)
def test_a_pace_lies_in_the_stretch_of_its_light(ends: list[Decimal], value: Decimal) -> None:
    colours = ("red", "yellow", "green", "blue")
    cut = sorted(ends)[:3]
    steps = [LightStep(colour, end) for colour, end in zip(colours, [*cut, None], strict=False)]  # type: ignore[arg-type]  # colours are literals
    rule = LightRule("r", ms.Text(), "pace", tuple(steps))
    printed = stretches(steps_words(rule, "en"))
    assert [lies_in(value, text) for text in printed] == [step.light == rule.light(value) for step in steps]


PACK = """\
[[measure]]
code = "meals"
name = { zh = "供餐数", en = "Meals" }
unit = "份"
time = "flow"

[[indicator]]
code = "meals_served"
name = { zh = "供餐量", en = "Meals served" }
formula = "meals"
unit = "份"
better = "lower"

[[scheme]]
code = "kitchens"
name = { zh = "食堂评分", en = "Kitchen scores" }
missing = "redistributed"
composite = "linear"
items = [
    { code = "a", indicator = "meals_served", target = 10, passing = 60, weight = 30 },
    { code = "b", name = { zh = "阶梯", en = "Steps" }, indicator = "meals_served", method = "stepped", target = 0, step = 1.5, deduct = 2, part_step = "counted" },
    { code = "c", indicator = "meals_served", method = "banded", bands = [{ most = 5, share = 100 }, { most = 10, share = 50 }, { share = 0 }] },
    { code = "d", indicator = "meals_served", method = "direct" },
    { code = "e", indicator = "meals_served", method = "threshold", better = "target", target = "reported" },
    { code = "f", indicator = "meals_served", method = "rated", bands = [{ least = 60, label = { zh = "够", en = "enough" } }, { least = 0, label = { zh = "不够", en = "too few" } }] },
    { code = "g", indicator = "meals_served", target = 10, better = "higher", zero_target = "full_if_none" },
]

[[light]]
code = "ceiling"
name = { zh = "上限灯", en = "Ceiling" }
compares = "limit"

[[watch]]
code = "waste"
name = { zh = "浪费", en = "Waste" }
measure = "meals"
light = "ceiling"
strict = true
"""


@pytest.fixture
def kitchens(tmp_path: Path) -> ms.Catalogue:
    path = tmp_path / "kitchens.toml"
    path.write_text(PACK, "utf-8")
    return ms.catalogue(packs=[path], builtin=False)


def test_every_way_to_earn_points_is_said(kitchens: ms.Catalogue) -> None:
    said = {item.code: method_words(item, kitchens, "zh") for item in kitchens.scheme("kitchens").items}
    assert said == {
        "a": "按目标 ÷ 完成值的比例计分，不超过目标得满分；得分率不足60 %不得分",
        "b": "不超过目标得满分，每超1.5扣2分，扣完为止；不满一档按一档扣",
        "c": "按所在档次计分；(−∞, 5] 100 %、(5, 10] 50 %、(10, ∞) 0 %",
        "d": "直接赋分",
        "e": "等于目标得满分，否则不得分",
        "f": "评审给出得分率；[60, ∞) 够、[0, 60) 不够",
        "g": "按完成值 ÷ 目标的比例计分，达到目标得满分；目标为零时，没有发生得满分，否则不得分",
    }


def test_a_scheme_without_groups_shows_its_items_with_their_parts(kitchens: ms.Catalogue) -> None:
    page, items = (table_text(grid) for grid in scheme_grids([kitchens.scheme("kitchens")], kitchens, "en"))
    assert "the mean of the shares that the items earned, all alike" in page
    assert "the weight of an item without a value goes to the others of its group" in page
    assert "grades" not in page
    assert "11.6666…" in items, "(100 − 30) ÷ 6"
    for part in ("Meals served", "Steps", "10 份", "as reported", "enough"):
        assert part in items


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_watch_says_what_it_is_held_against(kitchens: ms.Catalogue, lang: Any) -> None:
    table = table_text(watch_grid(kitchens.watches[0], kitchens, lang))
    parts = {
        "zh": ("浪费 · waste", "供餐数 · meals", "上报的目标", "等于目标也算超过", "上限灯 · ceiling", "绩效目标"),
        "en": ("Waste · waste", "Meals · meals", "as reported", "is over it", "Ceiling · ceiling", "the goals"),
    }[lang]
    for part in parts:
        assert part in table


def test_a_strict_floor_is_not_met_by_its_target(tmp_path: Path) -> None:
    path = tmp_path / "kitchens.toml"
    path.write_text(PACK.replace('compares = "limit"', 'compares = "floor"'), "utf-8")
    known = ms.catalogue(packs=[path], builtin=False)
    (watch,) = known.watches
    assert "a value equal to the target is below it" in table_text(watch_grid(watch, known, "en"))
