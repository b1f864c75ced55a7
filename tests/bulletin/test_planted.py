"""A clean page stays silent, and one fault planted in it is found where it is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from time import process_time

import pytest

from libminsheng.bulletin.check import check_bulletin
from libminsheng.bulletin.read import read_bulletin
from libminsheng.checks.finding import Finding
from tests.bulletin.quantities import CATALOGUE

CLEAN = """2021年，全区实施民生工程33项，其中省级29项、市级4项。全年到位资金18.67亿元，拨付资金15.02亿元，资金拨付率80.45%。
农村低保对象5400人，发放农村低保资金3126万元，城市低保对象1320人，发放城市低保金812.4万元。
集中和分散供养标准分别为983元/月、710元/月，为29名集中供养对象发放补助资金34.2万元。
全年活产3,210人，新生儿听力筛查3,150人，筛查率98.13%，孕产妇系统管理3,020人，系统管理率94.08%。
养老机构床位4,318张，其中护理型床位2,546张，占58.96%。
新开工棚户区改造1,040套，惠及3,120人，开工率104%。
就业技能培训目标任务2100人，完成2368人，完成率112.76%。
法律援助案件办结1126件，其中民事案件884件、刑事案件242件。
财政民生支出62.9亿元，同比增长7.4%；民生支出占比83.6%，较上年提高0.9个百分点。
新建幼儿园9所，其中公办6所、民办3所，总投资1.2亿元，其中中央资金4000万元、省级资金3000万元、县级配套5000万元。
电话抽查1200人次，接通859人次，接通率71.58%，满意率93.5%，比上年提高1.2个百分点。
农村改厕任务8000户，开工7,562户，竣工6,980户，竣工率87.25%。
每户补助标准为0.5—1.2万元，其中重点对象户均补助1.85万元，财政补助标准由69元提高至74元，建档率92.4%。
支出进度66.67%，较序时进度慢8.33个百分点。"""


def found(text: str) -> list[Finding]:
    return [one for one in check_bulletin(read_bulletin(text, division="340811"), CATALOGUE) if one.severity != "note"]


def test_a_clean_page_stays_silent() -> None:
    assert found(CLEAN) == []


@pytest.mark.parametrize("name", ["sentences.toml", "further_sentences.toml"])
def test_sentences_without_a_fault_stay_silent(name: str) -> None:
    for sentence in tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))["sentence"]:
        assert found(sentence["text"]) == [], sentence["text"]


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("护理型床位2,546张", "护理型床位5,546张", "part_exceeds_whole"),
        ("省级29项、市级4项", "省级29项、市级8项", "part_exceeds_whole"),
        ("县级配套5000万元", "县级配套9000万元", "part_exceeds_whole"),
        ("听力筛查3,150人", "听力筛查3,510人", "subset_exceeds_set"),
        ("983元/月、710元/月", "710元/月、983元/月", "swapped_values"),
        ("补助资金34.2万元", "补助资金342万元", "per_head_off_standard"),
        ("占58.96%", "占53.96%", "rate_impossible"),
        ("筛查率98.13%", "筛查率93.18%", "rate_impossible"),
        ("资金拨付率80.45%", "资金拨付率84.05%", "rate_impossible"),
        ("拨付资金15.02亿元", "拨付资金150.2亿元", "rate_impossible"),
        ("完成率112.76%", "完成率121.76%", "rate_impossible"),
        ("完成2368人", "完成2100人", "rate_impossible"),
        ("接通率71.58%", "接通率75.18%", "rate_impossible"),
        ("竣工率87.25%", "竣工率97.25%", "rate_impossible"),
        ("同比增长7.4%", "同比增长7.4个百分点", "percent_for_points"),
        ("较上年提高0.9个百分点", "较上年提高0.9%", "percent_for_points"),
        ("比上年提高1.2个百分点", "比上年提高1.2%", "percent_for_points"),
        ("慢8.33个百分点", "慢8.33%", "percent_for_points"),
        ("惠及3,120人", "惠及31,200人", "implausible_ratio"),
        ("案件办结1126件", "案件1126人次", "counted_otherwise"),
    ],
)
def test_a_planted_fault_is_found(right: str, wrong: str, code: str) -> None:
    assert right in CLEAN
    text = CLEAN.replace(right, wrong)
    place = text.index(wrong)
    some = [one for one in found(text) if one.code == code]
    assert some
    assert any(one.where["start"] < place + len(wrong) and one.where["end"] > place for one in some)


@pytest.mark.parametrize("words", ["其中1人，", "完成1人，完成率1%，"])
def test_a_sentence_that_never_ends_costs_no_more_than_its_length(words: str) -> None:
    def seconds(length: int) -> float:
        bulletin = read_bulletin((words * length)[:length], division="340811")
        begun = process_time()
        check_bulletin(bulletin, CATALOGUE)
        return process_time() - begun

    seconds(500)
    assert seconds(4000) < 4 * seconds(2000)
