"""Headers as offices write them, and the words of scenario, basis and approximate."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.errors import Place
from libminsheng.facts.columns import HEADERS, REMARKS, REQUIRED, STANDARD, read_header
from tests.facts.files import HEADER, good, refused, written

ALIASES = {name: sorted({name, *(text for text, of in HEADERS.items() if of == name)}) for name in STANDARD}


@given(st.data())
def test_every_header_stands_for_its_column_in_any_order(data: st.DataObject) -> None:
    names = data.draw(st.permutations(STANDARD))
    texts = [data.draw(st.sampled_from(ALIASES[name])) for name in names]
    header, faults = read_header([f" {text} " for text in texts], Place())
    assert not faults
    assert list(header.names) == list(names)
    assert list(header.written) == texts
    assert header.breakdowns == ()


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path, missing: str) -> None:
    names = [name for name in REQUIRED if name != missing]
    path = written(tmp_path, f"{','.join(names)}\n" + ",".join("1" for _ in names) + "\n")
    error = refused(path)
    (fault,) = error.faults
    assert fault.place == Place(str(path), row=1)
    assert f"缺少“{missing}”列，已有：{', '.join(names)}" in fault.text("zh")
    assert f"the column {missing} is missing, there are: {', '.join(names)}" in fault.text("en")


def test_a_header_that_is_nearly_right_is_shown(tmp_path: Path) -> None:
    (fault,) = refused(written(tmp_path, "division,period,measure,valeu,sex\nA,2017,m,1,f\n")).faults
    assert fault.hint("en") == "did you mean valeu?"
    assert fault.hint("zh") == "是否指 valeu？"


def test_all_missing_columns_are_told_at_once(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "sex,note\nf,x\n"))
    assert [fault.values["column"] for fault in error.faults] == list(REQUIRED)


def test_a_column_under_two_names_is_refused(tmp_path: Path) -> None:
    error = refused(written(tmp_path, "区划,时期,指标,数值,value\nA,2017,m,1,2\n"))
    assert "the column value is there twice" in error.text("en")
    assert "“value”列出现两次" in error.text("zh")


def test_a_unit_column_is_not_the_reporting_body(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, "区划,时期,指标,数值,单位,下达单位,性别\nA,2017,m,1,万元,省,女\n"))
    assert facts.frame.select("unit", "issuer", "性别").row(0) == ("万元", "省", "女")
    assert facts.breakdowns == ("性别",)


def test_remarks_are_no_breakdowns(tmp_path: Path) -> None:
    text = f"{HEADER[:-1]},{','.join(REMARKS)}\nA,2017,m,1,约,通报,见注\n"
    facts = ms.read_facts(written(tmp_path, text))
    assert facts.breakdowns == ()
    assert facts.frame.select(REMARKS).row(0) == (True, "通报", "见注")


@pytest.mark.parametrize(
    ("column", "word", "meant"),
    [
        ("口径", "", "actual"),
        ("口径", "实际", "actual"),
        ("口径", "目标", "target"),
        ("口径", "Baseline", "baseline"),
        ("累计", "", "period"),
        ("累计", "当期", "period"),
        ("累计", "YTD", "year_to_date"),
        ("累计", "是", "year_to_date"),
        ("是否约数", "否", False),
        ("是否约数", "TRUE", True),
        ("是否约数", "约", True),
        ("是否约数", "", False),
    ],
)
def test_words_are_read(tmp_path: Path, column: str, word: str, meant: object) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER[:-1]},{column}\nA,2017,m,1,{word}\n"))
    assert facts.frame[HEADERS[column]].to_list() == [meant]


@pytest.mark.parametrize(
    ("column", "word", "en"),
    [
        ("scenario", "taget", "did you mean target?"),
        ("basis", "year_to_dat", "did you mean year_to_date?"),
        ("approximate", "maybe", "but one of false, 否"),
    ],
)
def test_an_unknown_word_is_told_with_the_known_ones(tmp_path: Path, column: str, word: str, en: str) -> None:
    path = written(tmp_path, f"{HEADER[:-1]},{column}\nA,2017,m,1,\nB,2017,m,1,{word}\n")
    error = refused(path)
    (fault,) = error.faults
    assert fault.place == Place(str(path), row=3, column=column)
    assert en in fault.text("en")
    assert f"{column} 不能是“{word}”" in fault.text("zh")
    assert good(error) == [2]


@pytest.mark.parametrize("name", ["row", "file"])
def test_a_breakdown_may_have_any_name_or_is_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, f"{HEADER[:-1]},{name}\nA,2017,m,1,q\nA,2017,m,1,r\n")
    try:
        assert len(ms.read_facts(path)) == 2
    except ms.FactsError as error:
        assert name in error.text("en")  # noqa: PT017  # either is right, but not a traceback
