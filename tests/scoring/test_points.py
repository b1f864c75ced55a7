"""How an item earns its points: every method against an oracle of fractions, a limit on the better side."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libminsheng.definitions.scheme import Band, Grade, Item, Scheme
from libminsheng.scoring.points import earn, shown
from libminsheng.vocabulary.text import Text
from tests.scoring.strategies import METHODS, items, values, weights


@st.composite
def asked(draw: Any) -> tuple[Item, str, Fraction]:
    method = draw(st.sampled_from(METHODS))
    choices = ["higher", "lower"] if method == "banded" else ["higher", "lower", "target"]
    better = draw(st.sampled_from(choices))
    return draw(items(method, better)), better, draw(weights)


def target_of(item: Item) -> Fraction | None:
    return None if item.target is None else Fraction(item.target)


def share(item: Item, better: str, value: Fraction, weight: Fraction = Fraction(10)) -> Fraction:
    return earn(item, better, value, target_of(item), weight).share  # type: ignore[arg-type]  # a direction


def oracle(item: Item, better: str, value: Fraction, weight: Fraction) -> Fraction:
    """The share by the words of the methods, written down once more."""
    if item.method == "rated":
        return Fraction(sorted([Fraction(0), value, Fraction(100)])[1], 100)
    if item.method == "direct":
        return sorted([Fraction(0), value, weight])[1] / weight
    if item.method == "banded":
        for band in item.bands:
            end = band.most if better == "lower" else band.least
            inside = end is None or (value <= end if better == "lower" else value >= end)
            if inside:
                return Fraction(band.share or 0) / 100
        return Fraction(0)
    target = target_of(item)
    assert target is not None
    met = {"higher": value >= target, "lower": value <= target, "target": value == target}[better]
    if met:
        return Fraction(1)
    if item.method == "threshold":
        return Fraction(0)
    if item.method == "stepped":
        assert item.step is not None
        assert item.deduct is not None
        steps = abs(value - target) / Fraction(item.step)
        rounded = {"dropped": Fraction(math.floor(steps)), "counted": Fraction(math.ceil(steps)), "shared": steps}
        return max(Fraction(0), weight - rounded[item.part_step] * Fraction(item.deduct)) / weight
    if better == "target":
        part = 1 - abs(value - target) / abs(target) if target else Fraction(0)
    elif target <= 0:
        part = Fraction(0)
    else:
        part = target / value if better == "lower" else value / target
    part = max(Fraction(0), part)
    return part if item.passing is None or part * 100 >= item.passing else Fraction(0)


# ------------------------------------------------------------------------------------- laws


@settings(max_examples=400, deadline=None)
@given(asked(), values)
def test_a_share_is_what_the_method_says_and_no_more_than_all(
    case: tuple[Item, str, Fraction], value: Fraction
) -> None:
    item, better, weight = case
    found = share(item, better, value, weight)
    assert found == oracle(item, better, value, weight)
    assert 0 <= found <= 1


@settings(max_examples=400, deadline=None)
@given(asked(), values, values)
def test_a_better_value_never_earns_less(case: tuple[Item, str, Fraction], one: Fraction, other: Fraction) -> None:
    item, better, weight = case
    if item.method in ("rated", "direct"):
        better = "higher"
    if better == "target":
        target = target_of(item) or Fraction(0)
        worse, good = sorted((one, other), key=lambda value: -abs(value - target))
    else:
        worse, good = sorted((one, other), reverse=better == "lower")
    assert share(item, better, worse, weight) <= share(item, better, good, weight)


@settings(max_examples=200, deadline=None)
@given(asked(), st.integers(1, 10**6))
def test_a_limit_belongs_to_the_better_side(case: tuple[Item, str, Fraction], fine: int) -> None:
    item, better, weight = case
    if item.target is not None:
        assert share(item, better, Fraction(item.target), weight) == 1
    worse = Fraction(1, fine) if better == "lower" else Fraction(-1, fine)
    for band in item.bands:
        end = band.most if better == "lower" else band.least
        if end is not None:
            assert share(item, better, Fraction(end), weight) == Fraction(band.share or 0) / 100
            assert share(item, better, Fraction(end) + worse, weight) <= Fraction(band.share or 0) / 100


@settings(max_examples=200, deadline=None)
@given(asked(), values)
def test_the_arithmetic_is_said_in_both_languages(case: tuple[Item, str, Fraction], value: Fraction) -> None:
    item, better, weight = case
    found = earn(item, better, value, target_of(item), weight)  # type: ignore[arg-type]  # a direction
    lines = {lang: found.words(lang, weight, "POINTS") for lang in ("zh", "en")}
    assert all("POINTS" in line and "{" not in line for line in lines.values())
    assert lines["zh"] != lines["en"] or item.method == "proportional"


@given(values, st.integers(0, 6))
def test_a_number_is_shown_in_full_or_with_its_end_open(value: Fraction, places: int) -> None:
    text = shown(value, places)
    back = Fraction(text.rstrip("…"))
    assert (back == value) == (not text.endswith("…"))
    assert abs(back) <= abs(value) < abs(back) + Fraction(1, 10**places)


@settings(max_examples=300)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=5, unique=True), st.integers(0, 10_000))
def test_a_grade_begins_with_its_limit(limits: list[int], total: int) -> None:
    begins = sorted({*limits, 0}, reverse=True)
    grades = tuple(Grade(f"g{n}", Text(), Decimal(least).scaleb(-2)) for n, least in enumerate(begins))
    grade = Scheme("s", "1", Text(), (), grades=grades).grade(Decimal(total).scaleb(-2))
    assert grade is not None
    assert grade.code == f"g{next(n for n, least in enumerate(begins) if least <= total)}"


# ------------------------------------------------------------------------------------- to be read


@pytest.mark.parametrize(
    ("total", "name"),
    [
        ("100", "优"),
        ("90", "优"),
        ("89.99", "良"),
        ("80", "良"),
        ("79.99", "中"),
        ("60", "中"),
        ("59.99", "差"),
        ("0", "差"),
    ],
)
def test_90_is_excellent_and_89_99_is_good(total: str, name: str) -> None:
    import libminsheng as ms

    for scheme in ms.catalogue().schemes:
        grade = scheme.grade(Decimal(total))
        assert grade is not None
        assert grade.name.zh == name


def made(method: str, **keys: Any) -> Item:
    words = {
        key: Decimal(value) if isinstance(value, str) and key != "part_step" else value for key, value in keys.items()
    }
    return Item("x", "x", Text(), method=method, **words)  # type: ignore[arg-type]  # one of METHODS


@pytest.mark.parametrize(
    ("item", "better", "value", "points", "words"),
    [
        (made("proportional", target="100"), "higher", "81.4", "8.14", "10 × 81.4 ÷ 100 = 8.14"),
        (made("proportional", target="100"), "higher", "120", "10", "120 meets the target 100: all 10 points"),
        (made("proportional", target="100"), "higher", "-5", "0", "-5 does not meet the target 100: 0 points"),
        (made("proportional", target="4"), "lower", "5", "8", "10 × 4 ÷ 5 = 8"),
        (made("proportional", target="0"), "lower", "5", "0", "5 does not meet the target 0: 0 points"),
        (made("proportional", target="100"), "target", "90", "9", "10 × (1 − |90 − 100| ÷ 100) = 9"),
        (made("proportional", target="100"), "target", "110", "9", "10 × (1 − |110 − 100| ÷ 100) = 9"),
        (made("proportional", target="10"), "target", "25", "0", "|25 − 10| is no less than the target: 0 points"),
        (made("proportional", target="100", passing="60"), "higher", "60", "6", "10 × 60 ÷ 100 = 6"),
        (made("proportional", target="100", passing="60"), "higher", "59.99", "0", "59.99 is less than 60 % of the target 100: 0 points"),
        (made("threshold", target="0"), "higher", "0", "10", "0 meets the target 0: all 10 points"),
        (made("threshold", target="0"), "higher", "-0.01", "0", "-0.01 does not meet the target 0: 0 points"),
        (made("stepped", target="100", step="1", deduct="0.5"), "lower", "103.9", "8.5", "103.9 misses 100: 10 − 3 × 0.5 = 8.5, at least 0"),
        (made("stepped", target="100", step="1", deduct="0.5", part_step="counted"), "lower", "103.9", "8", "103.9 misses 100: 10 − 4 × 0.5 = 8, at least 0"),
        (made("stepped", target="100", step="1", deduct="0.5", part_step="shared"), "lower", "103.9", "8.05", "103.9 misses 100: 10 − 3.9 × 0.5 = 8.05, at least 0"),
        (made("stepped", target="100", step="1", deduct="0.5"), "lower", "300", "0", "300 misses 100: 10 − 200 × 0.5 = 0, at least 0"),
        (made("stepped", target="0", step="1", deduct="0.5"), "target", "-2", "9", "-2 misses 0: 10 − 2 × 0.5 = 9, at least 0"),
        (made("rated"), None, "85", "8.5", "awarded 85 %: 10 × 85 % = 8.5"),
        (made("rated"), None, "120", "10", "awarded 120 %: 10 × 100 % = 10"),
        (made("direct"), None, "7.5", "7.5", "awarded 7.5 directly: 7.5 of 10"),
        (made("direct"), None, "12", "10", "awarded 12 directly: 10 of 10"),
    ],
)  # fmt: skip
def test_each_method_on_ten_points(item: Item, better: Any, value: str, points: str, words: str) -> None:
    found = earn(item, better, Fraction(value), target_of(item), Fraction(10))
    assert found.share * 10 == Fraction(points)
    assert found.words("en", Fraction(10), points) == words


STEPS = (
    Band(Decimal(90), None, Decimal(100), Text("满意", "content")),
    Band(Decimal(80), None, Decimal(80), Text()),
    Band(Decimal(60), None, Decimal(50), Text()),
    Band(None, None, Decimal(0), Text()),
)


@pytest.mark.parametrize(
    ("value", "points"), [("90", 10), ("89.99", 8), ("80", 8), ("79.99", 5), ("60", 5), ("59.99", 0), ("-3", 0)]
)
def test_the_steps_of_satisfaction(value: str, points: int) -> None:
    assert share(made("banded", bands=STEPS), "higher", Fraction(value)) * 10 == points


def test_bands_of_what_should_be_low_end_with_most() -> None:
    days = (Band(None, Decimal(3), Decimal(100), Text()), Band(None, Decimal(7), Decimal(60), Text()))
    item = made("banded", bands=days)
    assert [share(item, "lower", Fraction(day)) * 10 for day in ("3", "3.01", "7", "8")] == [10, 6, 6, 0]


@pytest.mark.parametrize(("value", "label"), [("80", "达成"), ("79.9", "部分"), ("60", "部分"), ("59", "未达")])
def test_a_rating_has_the_label_of_its_band(value: str, label: str) -> None:
    labels = tuple(
        Band(Decimal(least), None, None, Text(zh, en))
        for least, zh, en in ((80, "达成", "met"), (60, "部分", "in part"), (0, "未达", "missed"))
    )
    found = earn(made("rated", bands=labels), None, Fraction(value), None, Fraction(10))
    assert found.label.zh == label
    assert found.words("zh", Fraction(10), "8").endswith(f"（{label}）")
    assert found.words("en", Fraction(10), "8").endswith(")")
    assert found.share == Fraction(value) / 100, "the label earns nothing of its own"


def test_deducted_points_keep_their_arithmetic_when_the_weight_moves() -> None:
    item = made("stepped", target="100", step="1", deduct="0.5")
    found = earn(item, "lower", Fraction(104), Fraction(100), Fraction(10))
    assert found.words("en", Fraction(15), "12") == (
        "104 misses 100: 10 − 4 × 0.5 = 8, at least 0; its weight moved from 10 to 15: 12"
    )
    assert earn(made("direct"), None, Fraction(8), None, Fraction(10)).words("zh", Fraction(15), "12") == (
        "直接赋分 8，得 8（满分 10）；分值由 10 调为 15，得 12"
    )
