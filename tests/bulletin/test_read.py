"""The laws of the reader: spans are right, bounds hold the value, print and reading are inverse, nothing crashes or drags."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.bulletin.numerals import read_chinese
from libminsheng.bulletin.units import known_words

_WORDS = """
2017年 1—7月 截至9月底 全区 瑶海区 参保人数 达 近 约 余 多 万 亿 百 千 十 两 三 廿 元 万元 元/月 人 名 % 百分点 个百分点 、 ， 。 和 至 到 — -
分别 第 〔2020〕10号 （ ） ( ) 《 》 “ ” 百分之 分之 点 每千名 每人每月 1,234 12.5 3 １２ ． 单位：万元 增长 同比 的 以上 不足 0 . , + : / ① 😀
"""
_PIECES = st.sampled_from([*_WORDS.split(), "\n", "\t", "|", " ", "   ", "\ud800"])
_TEXTS = st.one_of(
    st.text(max_size=120),
    st.lists(_PIECES, max_size=40).map("".join),
    st.binary(max_size=120).map(lambda raw: raw.decode("gb18030", "replace")),
    st.binary(max_size=120).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)


@settings(max_examples=400, deadline=None)
@given(_TEXTS, st.sampled_from([None, "2017", "2017-09", "2017-H1"]), st.sampled_from([None, "340102", "340000"]))
@example("百分之千万分之一点五亿余", None, None)
@example("０，０００．０％", "2017", None)
@example("|1|2|\n|3|", None, None)
@example("999999999999999万亿元", None, None)
@example("部门分别\ud800甲,1,2", None, None)
@example("²③³٣५ 3²个", None, None)
def test_any_text_is_read_with_right_spans(text: str, period: str | None, division: str | None) -> None:
    bulletin = ms.read_bulletin(text, period=period, division=division)
    end = 0
    for one in bulletin:
        assert text[one.start : one.end] == one.text
        assert end <= one.start < one.end
        end = one.end
        assert one.low <= one.value <= one.high
        assert one.value.is_finite()
        assert one.of == one.of.encode().decode().strip()
        assert one.measure is None
        assert one.candidates == ()
    assert bulletin.to_dicts() == ms.read_bulletin(text, period=period, division=division).to_dicts()
    assert bulletin.frame.height == len(bulletin)
    assert bulletin._repr_html_()


# ------------------------------------------------------------------------------ print and reading are inverse


def _chinese(number: int) -> str:
    """A whole number below 10¹² in Chinese numerals, as it is spoken."""
    if number == 0:
        return "零"
    groups, parts = [number // 10**8, number // 10**4 % 10**4, number % 10**4], []
    for place, group in enumerate(groups):
        if group:
            gap = "零" if parts and group < 1000 else ""
            parts.append(gap + _below(group) + ("亿", "万", "")[place])
        elif parts and place == 1 and groups[2] >= 1000:
            parts.append("零")
    said = "".join(parts)
    return said[1:] if said.startswith("一十") else said


def _below(group: int) -> str:
    said, gap = "", False
    for power, sign in ((3, "千"), (2, "百"), (1, "十"), (0, "")):
        digit = group // 10**power % 10
        if digit:
            said += ("零" if gap and said else "") + "零一二三四五六七八九"[digit] + sign
        gap = digit == 0
    return said


@given(st.integers(0, 10**12 - 1))
@example(10_010_010)
@example(100_000_005)
@example(20_000)
def test_chinese_numerals_give_the_number_back(number: int) -> None:
    assert read_chinese(_chinese(number)) == number


def _only(text: str) -> ms.Quantity:
    bulletin = ms.read_bulletin(f"全区累计救助儿童{text}。")
    assert [one.text for one in bulletin] == [text]
    return bulletin[0]


_WIDE = str.maketrans("0123456789.,%", "０１２３４５６７８９．，％")


@settings(deadline=None)
@given(st.integers(0, 10**15 - 1), st.booleans())
@example(13_000_000_000, False)  # as long as a telephone number
def test_arabic_numbers_give_the_number_back(number: int, wide: bool) -> None:
    for printed in (f"{number}人", f"{number:,}人"):
        read = _only(printed.translate(_WIDE) if wide else printed)
        assert (read.value, read.low, read.high, read.unit) == (number, number, number, "人")


@settings(deadline=None)
@given(
    st.integers(1, 10**8), st.integers(0, 4), st.sampled_from([("万", 4), ("亿", 8), ("千万", 7), ("百万", 6), ("", 0)])
)
def test_decimals_and_scales_give_the_number_and_its_precision_back(
    digits: int, places: int, scale: tuple[str, int]
) -> None:
    printed = Decimal(digits).scaleb(-places)
    read = _only(f"{printed:f}{scale[0]}元")
    assert read.value == printed.scaleb(scale[1])
    last = scale[1] - places
    half = Decimal(0) if last == 0 else Decimal(5).scaleb(last - 1)
    assert read.high - read.value == half
    assert read.value - read.low == min(half, read.value)


@settings(deadline=None)
@given(st.integers(1, 9_999).filter(lambda number: number not in (1, 2)))
def test_counts_in_chinese_numerals_give_the_number_back(number: int) -> None:
    said = _chinese(number)
    assert (_only(f"{said}名").value, _only(f"{said}名").unit) == (number, "名")


@settings(deadline=None)
@given(st.decimals(0, 1000, places=2), st.sampled_from(["%", "‰", "个百分点", "％"]))
def test_rates_stay_as_printed(rate: Decimal, sign: str) -> None:
    read = _only(f"{rate:f}{sign}")
    assert (read.value, read.high - read.value) == (rate, Decimal("0.005"))
    assert read.unit == {"个百分点": "百分点", "％": "%"}.get(sign, sign)


def test_units_are_those_of_the_vocabulary_but_for_named_measure_words() -> None:
    for unit in known_words(in_vocabulary=True):
        assert ms.unit(unit)
    for word in known_words(in_vocabulary=False):
        with pytest.raises(ms.UnitError):
            ms.unit(word)


# ------------------------------------------------------------------------------ choices that a person can check


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("近14万人", 130_000, 140_000),
        ("近100人", 90, 100),
        ("约1200人", 1150, 1250),
        ("200余人", 200, 300),
        ("3500人以上", 3500, 4500),
        ("不足1000人", 0, 1000),
        ("2万人", 15_000, 25_000),
        ("20000人", 20_000, 20_000),
        ("3万5千人", 34_500, 35_500),
        ("一百二十三人", 123, 123),
    ],
)
def test_what_a_notation_leaves_open(text: str, low: int, high: int) -> None:
    (read,) = ms.read_bulletin(f"惠及{text}。")
    assert (read.low, read.high) == (low, high)


def test_a_whole_percentage_is_rounded_but_none_and_all_are_exact() -> None:
    read = {one.text: one for one in ms.read_bulletin("知晓率85%，完工率100%，退出率0%。")}
    assert (read["85%"].low, read["85%"].high) == (Decimal("84.5"), Decimal("85.5"))
    assert read["100%"].low == read["100%"].high == 100
    assert read["0%"].high == 0


def test_a_falling_rate_keeps_its_minus_and_a_dash_is_none() -> None:
    fall, low, high = ms.read_bulletin("投资增长-2.3%，补助60%-70%。")
    assert (fall.value, low.value, high.value) == (Decimal("-2.3"), 60, 70)


def test_the_caller_says_where_and_when() -> None:
    bulletin = ms.read_bulletin("上半年全市救助52人，全区救助14人，三里街街道3人。", division="瑶海区", period="2018")
    assert [(one.division, one.period) for one in bulletin] == [
        ("340100", "2018-H1"), ("340102", "2018-H1"), ("340102004", "2018-H1"),
    ]  # fmt: skip
    with pytest.raises(ms.DivisionError):
        ms.read_bulletin("", division="无此区")
    with pytest.raises(ms.PeriodError):
        ms.read_bulletin("", period="十三月")


def test_a_shorter_time_ends_with_its_paragraph() -> None:
    text = "2020年上半年救助5人。\n救助9人。\n2021年，救助7人，比2020年增加2人。"
    assert [one.period for one in ms.read_bulletin(text)] == ["2020-H1", "2020", "2021", "2021"]


def test_what_a_figure_is_compared_with_is_of_its_own_year() -> None:
    text = "2020年满意率为98.6%，比2019年的97.1%提高1.5个百分点。"
    assert [(one.period, one.of) for one in ms.read_bulletin(text)] == [
        ("2020", "满意率"), ("2019", "满意率"), ("2020", "满意率提高"),
    ]  # fmt: skip


def test_a_level_is_raised_to_a_level_of_the_same_unit() -> None:
    read = ms.read_bulletin("农村低保标准由每人每年6840元提高到7536元。")
    assert [(one.value, one.unit) for one in read] == [(6840, "元/(人·年)"), (7536, "元/(人·年)")]


def test_a_unit_above_a_table_is_that_of_its_numbers() -> None:
    text = "单位：万元\n项目\t计划\t完成\n助学金\t120\t111.14\n学杂费\t5800\t5714.8\n合计完成2项。"
    read = [(one.text, one.value, one.unit, one.of) for one in ms.read_bulletin(text)]
    assert read == [
        ("120", 1_200_000, "元", "助学金计划"),
        ("111.14", 1_111_400, "元", "助学金完成"),
        ("5800", 58_000_000, "元", "学杂费计划"),
        ("5714.8", 57_148_000, "元", "学杂费完成"),
        ("2项", 2, "项", "完成"),
    ]


def test_a_tree_of_ones_own_names_its_places() -> None:
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "甲县"), ms.Division("A1", "桃花镇", "A")])
    bulletin = ms.read_bulletin("甲县救助5人，其中桃花镇2人。", tree=tree)
    assert [one.division for one in bulletin] == ["A", "A1"]
    assert bulletin.division == "A"


# ------------------------------------------------------------------------------ time


def _seconds(text: str) -> float:
    best = 60.0
    for _ in range(3):
        start = time.process_time()
        ms.read_bulletin(text)
        best = min(best, time.process_time() - start)
    return best


def test_a_long_bulletin_is_read_in_a_moment() -> None:
    text = ("2017年，全区为5325名残疾人发放生活和护理补贴392.77万元，知晓率达99.61%，比上年提高1.2个百分点。\n" * 250)[
        :10_000
    ]
    assert len(text) == 10_000
    assert _seconds(text) < 0.4, "a quarter of this is the promise; the rest is for a busy machine"


@pytest.mark.parametrize(
    "piece",
    ["1", "1人", "一", "百分之", "每人每月", "(", "1,", "1.", "、", "分别", "第一、", "a1-", "《", "电话", "1\t", "近", "1-", "比", "2017年"],
)  # fmt: skip
def test_time_grows_with_the_length_of_a_hostile_text(piece: str) -> None:
    short, long = (piece * (length // len(piece)) for length in (3_000, 24_000))
    assert _seconds(long) < 8 * 3 * max(_seconds(short), 0.005)


def test_a_word_about_another_city_does_not_make_the_document_its() -> None:
    text = "2017年，我区救助孤儿17人。三里街街道开展活动20场，红光街道3场，和平路街道5场。相关阅读：上海一所学校迎来40周年，上海的老师说。"
    assert ms.read_bulletin(text).division == "340102"


def test_signs_without_width_part_no_number_from_its_unit() -> None:
    bulletin = ms.read_bulletin("救助孤儿\u202e17\u202c人，补贴\ufeff390\u200b户。")
    assert [(str(one.value), one.unit, one.of) for one in bulletin] == [("17", "人", "孤儿"), ("390", "户", "补贴")]


def test_a_tenth_is_ten_per_cent_as_far_as_it_is_known() -> None:
    (one,) = ms.read_bulletin("近七成老人签约了家庭医生。")
    assert (one.value, one.unit, one.approximate, one.text) == (70, "%", True, "七成")
    (one,) = ms.read_bulletin("群众满意率达到九成。")
    assert (one.low, one.high, one.approximate) == (85, 95, False)
