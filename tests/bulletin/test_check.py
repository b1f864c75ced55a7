"""Texts are checked together: only what no number within the print removes is a finding, and nothing is rewritten."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libminsheng.bulletin.check import check_bulletin
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.read import Bulletin, read_bulletin
from libminsheng.checks.finding import Finding
from tests.bulletin.quantities import CATALOGUE, said


def found(text: str, *codes: str) -> list[Finding]:
    """What is found in a text of Yaohai in 2017; only these codes where any are named."""
    findings = check_bulletin(read_bulletin(text, division="340102", period="2017"), CATALOGUE)
    return [one for one in findings if not codes or one.code in codes]


@pytest.fixture(scope="module")
def yaohai(repository: Path) -> list[Finding]:
    text = (repository / "examples/yaohai-2017/bulletin.txt").read_text("utf-8")
    return list(check_bulletin(read_bulletin(text), CATALOGUE))


def one_of(findings: list[Finding], code: str, rule: str = "") -> Finding:
    some = [one for one in findings if one.code == code and rule in ("", one.rule)]
    assert len(some) == 1, [(one.code, one.rule) for one in findings]
    return some[0]


# ------------------------------------------------------------------------------------------ Yaohai 2017


def test_the_two_standards_are_most_likely_in_each_others_place(yaohai: list[Finding]) -> None:
    one = one_of(yaohai, "swapped_values")
    for line in (
        "356900 ÷ 29 ÷ 12 = 1025.57",
        "29 × 12 × 710 = 247080 (+44.45 %)",
        "29 × 12 × 983 = 342084 (+4.33 %)",
        "356900 ÷ 983 = 363.07; ÷ 12 = 30.26",
        "356900 ÷ 710 = 502.68; ÷ 12 = 41.89",
        "710 ≈ 1.3 × 546; 983 ≈ 1.8 × 546",
        "710 < 983",
    ):
        assert line in one.arithmetic
    swapped, printed = one.hypotheses
    assert swapped.weight > Decimal("0.8") > printed.weight
    assert "983" in swapped.what.zh
    assert "710" in printed.what.zh
    assert not [other for other in yaohai if other.code == "floor_not_met"]


def test_persons_per_dwelling_are_hard_to_believe(yaohai: list[Finding]) -> None:
    assert "3034 ÷ 520 = 5.83" in one_of(yaohai, "implausible_ratio").arithmetic


def test_the_parts_are_two_fifths_of_the_whole(yaohai: list[Finding]) -> None:
    one = one_of(yaohai, "parts_share")
    assert one.severity == "note"
    assert "= 107001100; ÷ 262000000 = 40.84 % (40.76–40.92); 262000000 − 107001100 = 154998900" in one.arithmetic


def test_the_screening_rate_leaves_two_numbers_of_births(yaohai: list[Finding]) -> None:
    one = one_of(yaohai, "rate_partners")
    assert one.severity == "note"
    assert "10642–10643" in one.message("en")
    assert one.message("zh").endswith("截尾时为 10642")
    assert "(10642 − 10601 = 41)" in one.arithmetic


def test_the_utilization_rate_cannot_be_checked_and_why(yaohai: list[Finding]) -> None:
    one = one_of(yaohai, "rate_unchecked", "funds_utilization_reported")
    assert one.severity == "note"
    assert "2.62亿元" in one.message("zh")


def test_visits_are_no_cases(yaohai: list[Finding]) -> None:
    one = one_of(yaohai, "counted_otherwise")
    assert (one.severity, one.seen) == ("warning", "808人次")
    assert one.where["end"] - one.where["start"] == len(one.seen)


def test_there_is_no_error_and_nothing_else_of_note(yaohai: list[Finding]) -> None:
    warnings = sorted(one.code for one in yaohai if one.severity != "note")
    assert warnings == ["counted_otherwise", "implausible_ratio", "swapped_values"]


# ------------------------------------------------------------------------------------------ rules of packs


def test_a_subset_above_its_set_only_where_no_precision_removes_it() -> None:
    text = "城乡居民养老保险保障人数{}万人，城乡居民养老保险应参保人数{}万人。"
    assert found(text.format("1.45", "1.40"), "subset_exceeds_set")
    assert not found(text.format("1.45", "1.45"), "subset_exceeds_set")
    assert not found(text.format("1.5", "1.46"), "subset_exceeds_set")  # 1.5 may be 1.46


def test_the_standards_in_their_order_pass() -> None:
    text = "农村五保集中和分散供养标准分别为983元/月、710元/月，向29名集中供养对象发放补助资金34.2万元。"
    assert not found(text, "swapped_values", "per_head_off_standard", "floor_not_met")


def test_an_amount_that_no_printed_standard_gives_is_off_its_own() -> None:
    text = "农村五保集中和分散供养标准分别为983元/月、710元/月，向29名集中供养对象发放补助资金135.69万元。"
    assert not found(text, "swapped_values")
    assert one_of(found(text), "per_head_off_standard").severity == "warning"


def test_a_rate_that_no_count_gives() -> None:
    text = "完成新生儿遗传代谢病筛查{}人，新生儿遗传代谢病筛查率{}%。"
    assert one_of(found(text.format(82, "126.5")), "rate_impossible").severity == "error"
    for rate in ("126.2", "126.1"):  # 82 of 65, rounded and cut off
        assert one_of(found(text.format(82, rate)), "rate_partners").severity == "note"


# ------------------------------------------------------------------------------------------ within a sentence


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("共实施民生工程26项，其中省级19项、市级7项。", False),
        ("共实施民生工程26项，其中省级19项、市级8项。", True),
        ("共实施民生工程26项，其中省级29项。", True),
        ("共实施民生工程26项，其中省级19项。", False),
        ("共实施民生工程26项，包括省级19项、市级6项。", True),
        ("保障对象8642人（其中城市1207人，农村7435人），发放低保金5210.3万元。", False),
        ("投入资金2.6亿元，其中中央1.9亿元、省级0.7亿元。", False),
        ("投入资金2.62亿元，其中中央1.9亿元、省级0.9亿元。", True),
    ],
)
def test_parts_of_a_sentence_fit_their_whole(text: str, wrong: bool) -> None:
    assert bool(found(text, "part_exceeds_whole")) == wrong


def test_one_part_above_its_whole_is_an_error_their_sum_a_warning() -> None:
    assert found("共26项，其中省级29项。", "part_exceeds_whole")[0].severity == "error"
    assert found("共26项，其中省级19项、市级8项。", "part_exceeds_whole")[0].severity == "warning"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("发放问卷6247份，收回3002份，占48.1%。", False),
        ("发放问卷6247份，收回3002份，占84.1%。", True),
        ("发放问卷6247份，收回3002份，占48.0%。", False),  # cut off
        ("发放问卷6247份，收回3002份，占48.2%。", True),
        ("教育支出9.37亿元，比上年增加6200万元，增长7.1%。", False),
        ("参保1000人，缴费900人，满意度95%。", False),
    ],
)
def test_rates_follow_from_the_counts_beside_them(text: str, wrong: bool) -> None:
    assert bool(found(text, "rate_impossible")) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("拨付资金949.3亿元，同比增长5.8个百分点。", True),
        ("拨付资金949.3亿元，同比增长5.8%。", False),
        ("拨付资金949.3亿元，拨付率93.4%，提高5.8个百分点。", False),
        ("拨付资金949.3亿元，拨付率提高5.8个百分点。", False),
        ("拨付资金949.3亿元。增长5.8个百分点。", False),
        ("拨付率93.4%，超序时进度24.9%。", True),
        ("拨付率93.4%，超序时进度24.9个百分点。", False),
    ],
)
def test_percent_and_points_are_told_apart(text: str, wrong: bool) -> None:
    assert bool(found(text, "percent_for_points")) == wrong


def test_digits_that_were_run_together_are_taken_apart() -> None:
    one = one_of(found("为7516-9岁学龄儿童免费体检。", "digits_run_together"), "digits_run_together")
    assert one.seen == "7516-9岁"
    assert "751" in one.hypotheses[0].what.zh
    assert "6-9岁" in one.hypotheses[0].what.zh
    assert not found("为751名6-9岁学龄儿童免费体检。", "digits_run_together")


def test_one_number_for_two_things_is_noted() -> None:
    assert found("救助孤儿5714人；新开工厂房3套；慰问老兵5714人。", "printed_twice")
    assert not found("救助孤儿17人；慰问老兵17人。", "printed_twice")
    assert not found("救助孤儿5714人。全年救助孤儿5714人。", "printed_twice")


# ------------------------------------------------------------------------------------------ laws


@given(said())
@settings(deadline=None)
def test_nothing_crashes_and_every_finding_lies_in_the_text(given_: tuple[str, list[Quantity]]) -> None:
    text, quantities = given_
    for one in check_bulletin(Bulletin(text, quantities), CATALOGUE, file="a.txt"):
        assert 0 <= one.where["start"] <= one.where["end"] <= len(text)
        assert one.where["file"] == "a.txt"
        assert one.text("zh")
        assert one.text("en")
        assert one.as_dict()["message"]["zh"]


@given(st.text(max_size=200))
@settings(deadline=None)
def test_any_text_can_be_checked(text: str) -> None:
    check_bulletin(read_bulletin(text), CATALOGUE)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(0, 4), st.booleans())
@settings(deadline=None)
def test_a_true_rate_is_never_a_finding(top: int, bottom: int, decimals: int, cut: bool) -> None:
    exact = Decimal(top) * 100 / Decimal(bottom)
    rounding = "ROUND_DOWN" if cut else "ROUND_HALF_UP"
    rate = exact.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
    text = f"发放问卷{max(top, bottom)}份，收回{min(top, bottom)}份，占{rate:f}%。"
    if top <= bottom:
        assert not found(text, "rate_impossible")
