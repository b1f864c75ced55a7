"""From quantities to measures: the unit decides first, then the words; what is not clear stays open."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libminsheng.bulletin.match import AHEAD, LEAST, SHOWN, match
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.read import read_bulletin
from libminsheng.vocabulary.units import unit
from tests.bulletin.quantities import CATALOGUE, Said, said


@given(said())
@settings(deadline=None)
def test_no_measure_of_another_unit_is_ever_proposed(given_: tuple[str, list[Quantity]]) -> None:
    text, quantities = given_
    for one in match(quantities, CATALOGUE, text):
        for candidate in one.quantity.candidates:
            measure = CATALOGUE.measures[candidate.measure]
            assert unit(measure.unit).compatible(unit(one.quantity.unit))
            assert unit(measure.unit).points == unit(one.quantity.unit).points
            assert 0 <= candidate.score <= 1


@given(said(), st.randoms())
@settings(deadline=None)
def test_matching_looks_at_the_text_alone(given_: tuple[str, list[Quantity]], random: object) -> None:
    text, quantities = given_
    found = match(quantities, CATALOGUE, text)
    assert found == match(quantities, CATALOGUE, text)
    assert len(found) == len(quantities)
    for one in found:
        scores = [candidate.score for candidate in one.quantity.candidates]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) <= SHOWN
        assert (one.quantity.measure is not None) == (one.outcome == "matched")
        if one.outcome == "matched":
            assert one.quantity.measure == one.quantity.candidates[0].measure
            assert scores[0] >= Decimal(str(LEAST))
            assert len(scores) < 2 or scores[0] - scores[1] >= Decimal(str(AHEAD)) - Decimal("0.01")


@pytest.mark.parametrize("code", sorted(CATALOGUE.measures))
def test_a_measure_is_the_best_candidate_for_its_own_name(code: str) -> None:
    measure = CATALOGUE.measures[code]
    if measure.unit == "1" or measure.name.zh.startswith("通报的"):
        return  # a bulletin prints no plain numbers, and does not say that it is one
    one = Quantity("7", 0, 1, Decimal(7), Decimal(7), Decimal(7), measure.unit, of=measure.name.zh)
    assert match([one], CATALOGUE)[0].quantity.candidates[0].measure == code


def test_heads_are_not_visits() -> None:
    text = "7家定点医院累计救助重性精神病人{}。"
    visits = (
        Said(text.format("2946人次"))
        .number("7家", "7", "家", "定点医院")
        .number("2946人次", "2946", "人次", "救助重性精神病人")
    )
    heads = (
        Said(text.format("2946人"))
        .number("7家", "7", "家", "定点医院")
        .number("2946人", "2946", "人", "救助重性精神病人")
    )
    assert match(visits.quantities, CATALOGUE, visits.text)[1].quantity.measure == "mental_care_visits"
    codes = [one.measure for one in match(heads.quantities, CATALOGUE, heads.text)[1].quantity.candidates]
    assert "mental_care_visits" not in codes


def test_words_of_a_measure_in_another_unit_are_told() -> None:
    one = Said("全年放映农村公益电影1520户。").number("1520户", "1520", "户", "放映农村公益电影")
    found = match(one.quantities, CATALOGUE, one.text)[0]
    assert (found.outcome, found.other, found.quantity.measure) == ("other_unit", "film_screenings", None)


def test_a_standard_is_an_amount_a_month_and_takes_its_own_half_of_the_head() -> None:
    one = Said("农村五保集中和分散供养标准分别达到710元/月、983元/月。")
    one.number("710元/月", "710", "元/月", "农村五保集中供养标准").number(
        "983元/月", "983", "元/月", "农村五保分散供养标准"
    )
    codes = [found.quantity.measure for found in match(one.quantities, CATALOGUE, one.text)]
    assert codes == ["collective_care_standard", "home_care_standard"]


def test_what_fits_several_measures_is_said_to_be_ambiguous() -> None:
    one = Said("全年享受补贴412人。").number("412人", "412", "人", "享受补贴")
    found = match(one.quantities, CATALOGUE, one.text)[0]
    assert found.outcome in ("ambiguous", "weak")
    assert found.quantity.measure is None
    assert len(found.quantity.candidates) > 1


def test_the_domain_of_the_paragraph_counts() -> None:
    scores = []
    for head in ("学有所教", "住有所居"):
        one = Said(f"{head}。为619名学生发放助学金111.14万元。")
        one.number("619名", "619", "人", "学生").number("111.14万元", "1111400", "元", "助学金", "50")
        found = match(one.quantities, CATALOGUE, one.text)[1].quantity.candidates
        scores.append(next(each.score for each in found if each.measure == "senior_secondary_aid_funds"))
    assert scores[0] >= scores[1] + Decimal("0.09")


def test_one_place_and_time_has_one_value_of_a_measure() -> None:
    one = Said("全年开展宣传活动125场次，另开展宣传活动20场。")
    one.number("125场次", "125", "场次", "开展宣传活动").number("20场", "20", "场次", "开展宣传活动")
    found = match(one.quantities, CATALOGUE, one.text)
    assert [each.outcome for each in found] == ["matched", "taken"]
    assert found[1].quantity.measure is None
    assert found[1].quantity.candidates[0].measure == "publicity_events"


def test_without_a_unit_or_a_text_nothing_is_guessed() -> None:
    one = Said("共有12。").number("12", "12", "")
    assert match(one.quantities, CATALOGUE, one.text)[0].outcome == "no_unit"
    assert match([], CATALOGUE, "") == ()


def test_ten_thousand_letters_are_read_and_matched_fast(repository: Path) -> None:
    """A tenth of a second (`make bench` measures); here twice that, so that a busy machine passes."""
    text = ((repository / "examples/yaohai-2017/bulletin.txt").read_text("utf-8") * 20)[:10_000]
    match(read_bulletin(text[:1000]), CATALOGUE)
    times = []
    for _ in range(3):
        begun = process_time()
        assert len(match(read_bulletin(text), CATALOGUE)) > 500
        times.append(process_time() - begun)
    assert min(times) < 0.2


def test_a_sentence_without_end_takes_no_longer_for_each_number() -> None:
    one = Said("共26项，其中" + "省级19项、" * 5000)
    one.quantities = list(read_bulletin(one.text))
    begun = process_time()
    match(one.quantities, CATALOGUE, one.text)
    assert process_time() - begun < 10


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        (
            "困难残疾人生活补贴发放3,890人，重度残疾人护理补贴发放4,210人。",
            "living_subsidy_disabled nursing_subsidy_disabled",
        ),
        ("家庭医生签约服务12.6万人，重点人群签约4.3万人。", "family_doctor_signed priority_groups_signed"),
        ("送戏进万村242场，农村公益电影放映2,904场。", "operas_to_villages film_screenings"),
        ("12345热线受理86,541件，按期办结86,428件。", "requests_received requests_closed_on_time"),
        ("农村低保对象5400人，发放农村低保资金3126万元。", "dibao_recipients dibao_funds"),
        ("养老机构床位4,318张，其中护理型床位2,546张。", "institution_beds nursing_beds"),
        ("城镇新增就业1.28万人，失业人员再就业3567人。", "new_urban_employment_reported unemployed_reemployed"),
        ("新开工棚户区改造3,104套，基本建成1,286套。", "shanty_units_started shanty_units_built"),
        ("民生工程到位资金18.67亿元，拨付资金15.02亿元。", "funds_received funds_disbursed"),
        (
            "在园幼儿总数1.36万人，普惠性幼儿园在园幼儿1.2万人。",
            "kindergarten_children inclusive_kindergarten_children",
        ),
    ],
)
def test_the_right_measure_comes_first(text: str, measures: str) -> None:
    bulletin = read_bulletin(text, division="340811", period="2021")
    assert [one.quantity.candidates[0].measure for one in match(bulletin, CATALOGUE)] == measures.split()
