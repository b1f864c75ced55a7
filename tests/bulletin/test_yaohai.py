"""The shipped example: every figure of the 2017 bulletin, told anew."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import libminsheng as ms

TEXT = (Path(__file__).parents[2] / "examples/yaohai-2017/bulletin.txt").read_text("utf-8")

# words, value, half of what the notation leaves open, unit, what it counts
FIGURES = [
    ("19项", "19", "0", "项", "省级民生工程"),
    ("7项", "7", "0", "项", "市级民生工程"),
    ("2.62亿元", "262000000", "500000", "元", "专项资金"),
    ("100%", "100", "0", "%", "资金利用率"),
    ("100%", "100", "0", "%", "工程类项目"),
    ("6.87万", "68700", "50", "人", "城乡义务教育阶段学生"),
    ("5714.8万元", "57148000", "500", "元", "学杂费"),
    ("619名", "619", "0", "名", "普通高中学生"),
    ("111.14万元", "1111400", "50", "元", "助学金"),
    ("3234个", "3234", "0", "个", "公益岗位"),
    ("79名", "79", "0", "名", "高校毕业生"),
    ("1514人", "1514", "0", "人", "企业新录用人员培训"),
    ("81人", "81", "0", "人", "退役士兵培训"),
    ("18.8万人", "188000", "500", "人", "城镇居民基本医疗保险参保人数"),
    ("4390.71万元", "43907100", "50", "元", "投入资金"),
    ("1.0601万名", "10601", "0", "名", "常住人口新生儿"),
    ("99.61%", "99.61", "0.005", "%", "筛查率"),
    ("7家", "7", "0", "家", "定点医院"),
    ("2946人次", "2946", "0", "人次", "医疗救助"),
    ("1.45万人", "14500", "50", "人", "城乡居民养老保险保障人数"),
    ("710元/月", "710", "0", "元/月", "农村五保集中供养标准"),
    ("983元/月", "983", "0", "元/月", "农村五保分散供养标准"),
    ("29名", "29", "0", "名", "集中供养对象"),
    ("35.69万元", "356900", "50", "元", "补助资金"),
    ("520套", "520", "0", "套", "棚户区改造新开工保障房"),
    ("3034人", "3034", "0", "人", "惠及群众"),
    ("5325名", "5325", "0", "名", "残疾人"),
    ("392.77万元", "3927700", "50", "元", "生活和护理补贴"),
    ("17人", "17", "0", "人", "孤儿"),
    ("168名", "168", "0", "名", "残疾儿童抢救性康复"),
    ("55万元", "550000", "5000", "元", "精神病患者药费补助资金"),
    ("808人次", "808", "0", "人次", "法律援助案件"),
    ("8部", "8", "0", "部", "民生微视频"),
    ("91处", "91", "0", "处", "民生工程文化墙"),
    ("125场次", "125", "0", "场次", "宣传活动"),
    ("2万人", "20000", "5000", "人", "微信公众号订阅人数"),
]


def test_every_figure_is_read() -> None:
    bulletin = ms.read_bulletin(TEXT)
    read = [(one.text, one.value, one.value - one.low, one.high - one.value, one.unit, one.of) for one in bulletin]
    exact = [(text, Decimal(value), Decimal(half), Decimal(half), unit, of) for text, value, half, unit, of in FIGURES]
    assert read[: len(exact)] == exact
    assert not any(one.approximate for one in bulletin[: len(exact)])
    assert {one.division for one in bulletin[: len(exact)]} == {"340102"}
    assert {one.period for one in bulletin} == {"2017"}


def test_two_streets_have_figures_of_their_own() -> None:
    events, seconds = ms.read_bulletin(TEXT)[-2:]
    assert (events.text, events.value, events.low, events.high) == ("20余场", 20, 20, 30)
    assert (events.approximate, events.unit, events.of, events.division) == (True, "场", "宣传活动", "340102004")
    assert (seconds.text, seconds.unit, seconds.division) == ("100秒", "秒", "340102008")


def test_the_notebook_marks_every_quantity_and_loads_nothing() -> None:
    page = ms.read_bulletin(TEXT)._repr_html_()
    assert page.count("<mark") == len(FIGURES) + 2
    assert 'title="68700 人 · 68650 – 68750 · 城乡义务教育阶段学生 · 340102 · 2017"' in page
    assert "<script" not in page
    assert "http" not in page


def test_markup_in_a_text_is_shown_as_it_stands() -> None:
    page = ms.read_bulletin("<b>救助</b>孤儿17人<script>\ud800")._repr_html_()
    assert "&lt;b&gt;救助&lt;/b&gt;孤儿<mark" in page
    assert page.encode()


def test_the_frame_has_a_row_for_each_quantity_and_exact_numbers_as_text() -> None:
    frame = ms.read_bulletin(TEXT).frame
    assert frame.height == len(FIGURES) + 2
    assert frame["value"].to_list()[2] == "262000000"
    assert ms.read_bulletin("").frame.columns == frame.columns
