"""Units, domains, programme kinds, tiers."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.vocabulary.domains import DOMAINS, find_service, service_classes, services
from libminsheng.vocabulary.programmes import PROGRAMME_KINDS, tier
from libminsheng.vocabulary.units import known_units

MONEY = ["元", "千元", "万元", "百万元", "亿元"]


@given(st.decimals(-(10**12), 10**12, places=4), st.sampled_from(MONEY), st.sampled_from(MONEY))
def test_conversion_is_exact_there_and_back(value: Decimal, one: str, other: str) -> None:
    there = ms.convert(value, ms.unit(one), ms.unit(other))
    assert ms.convert(there, ms.unit(other), ms.unit(one)) == Fraction(value)


@given(st.sampled_from(known_units()), st.sampled_from(known_units()))
def test_a_quotient_of_units_has_the_quotient_of_their_factors(one: str, other: str) -> None:
    composed = ms.unit(f"{one}/{other}")
    assert composed.factor == ms.unit(one).factor / ms.unit(other).factor
    assert composed.dimension == (ms.unit(one) / ms.unit(other)).dimension


@pytest.mark.parametrize(
    ("text", "factor", "dimension"),
    [
        ("万元", 10_000, "元"), ("亿元", 100_000_000, "元"), ("万人次", 10_000, "人次"), ("名", 1, "人"), ("年", 12, "月"),
        ("%", Fraction(1, 100), ""), ("‰", Fraction(1, 1000), ""), ("百分点", Fraction(1, 100), ""), ("1", 1, ""), ("㎡", 1, "平方米"),
        ("m2", 1, "平方米"), ("万m²", 10_000, "平方米"), ("km2", 1_000_000, "平方米"), ("㎢", 1_000_000, "平方米"), ("平方千米", 1_000_000, "平方米"),
        ("m3", 1, "立方米"), ("㎥", 1, "立方米"), ("km", 1, "公里"), ("千米", 1, "公里"), ("kg", Fraction(1, 1000), "吨"), ("㎏", Fraction(1, 1000), "吨"),
        ("千克", Fraction(1, 1000), "吨"), ("万千克", 10, "吨"),
    ],
)  # fmt: skip
def test_units_of_the_field(text: str, factor: Fraction, dimension: str) -> None:
    found = ms.unit(text)
    assert found.factor == factor
    assert "".join(name for name, _ in found.dimension) == dimension


def test_people_visits_and_households_are_different_things() -> None:
    assert not ms.unit("人").compatible(ms.unit("人次"))
    assert not ms.unit("人").compatible(ms.unit("户"))
    with pytest.raises(ms.UnitError, match="count different things"):
        ms.convert(1, ms.unit("人"), ms.unit("人次"))


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("元/㎡", (("元", 1), ("平方米", -1))), ("kg/km2", (("吨", 1), ("平方米", -1))), ("1/月", (("月", -1),)), ("1/(人·月)", (("人", -1), ("月", -1))),
        ("元/(人・月)", (("人", -1), ("元", 1), ("月", -1))), ("元/(人•月)", (("人", -1), ("元", 1), ("月", -1))), ("元/1", (("元", 1),)),
    ],
)  # fmt: skip
def test_units_are_composed(text: str, dimension: tuple[tuple[str, int], ...]) -> None:
    assert ms.unit(text).dimension == dimension


@pytest.mark.parametrize("text", ["10/人", "人^2", "米^2", "人^999999999", "^", "公里2", "kmm", "元(人)", "()"])
def test_a_number_or_a_power_is_no_part_of_a_unit(text: str) -> None:
    with pytest.raises(ms.UnitError) as error:
        ms.unit(text)
    assert {fault.code for fault in error.value.faults} <= {"vocabulary.unit", "vocabulary.unit_form"}


@pytest.mark.parametrize("text", ["人·" * 10**6 + "人", "万" * 10**6 + "元", "(" * 10**6, "ﷺ" * 81])
def test_a_hostile_text_is_refused_unread_and_not_echoed(text: str) -> None:
    with pytest.raises(ms.UnitError) as error:
        ms.unit(text)
    (fault,) = error.value.faults
    assert fault.code == "vocabulary.unit_form"
    assert len(fault.text("zh")) < 200
    assert "…" in fault.text("zh")
    assert ms.unit(f" {'人/' * 39}人").dimension == (("人", -38),)


@pytest.mark.parametrize("text", ["万园", "元//人", "元/", "/人", "__import__"])
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(ms.UnitError) as error:
        ms.unit(text)
    assert error.value.text("zh") != error.value.text("en")


def test_the_standard_has_nine_domains_22_classes_and_81_services() -> None:
    assert [domain.order for domain in DOMAINS] == list(range(1, 11))
    assert len(service_classes()) == 22
    assert Counter(service.domain.code for service in services())["assistance"] == 14
    numbers = [service.number for service in services() if service.number]
    assert numbers == list(range(1, 81))
    added = [service for service in services() if service.number is None]
    assert [service.name for service in added] == ["增补叶酸预防神经管缺陷服务"]
    assert not added[0].verified
    assert find_service("贫困地区学生营养膳食补助") == find_service(14)


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("工程类", "works"),
        ("建设类", "works"),
        ("补助补偿类", "subsidy"),
        ("参保类", "insurance"),
        ("培训类", "training"),
    ],
)
def test_local_labels_find_their_kind(label: str, code: str) -> None:
    found = ms.programme_kind(label)
    assert found is not None
    assert found.code == code


def test_no_label_means_two_kinds() -> None:
    labels = Counter(label for kind in PROGRAMME_KINDS for label in (kind.code, kind.name.zh, *kind.aliases))
    assert max(labels.values()) == 1
    assert ms.programme_kind("奇怪类") is None
    county = tier("区级")
    assert county is not None
    assert county.code == "county"
