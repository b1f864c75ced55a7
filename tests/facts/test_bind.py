"""Facts against definitions and divisions: all bad rows at once, exact units, keys reported twice."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.errors import Place
from libminsheng.facts import bind
from tests.facts.files import HEADER, good, refused, written

CATALOGUE = ms.catalogue()
TREE = ms.DivisionTree.builtin()
UNITS = "division,period,measure,value,unit\n"


# ---- laws


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-(10**15), 10**15), st.sampled_from([("元", 1), ("千元", 1_000), ("万元", 10_000), ("亿元", 10**8)]))
def test_money_is_converted_exactly(tmp_path: Path, cents: int, given_in: tuple[str, int]) -> None:
    text, factor = given_in
    shown = Decimal(cents) / (100 * factor)
    path = written(tmp_path, f"{UNITS}340102,2017,funds_used,{shown:f},{text}\n")
    bound = bind(ms.read_facts(path), CATALOGUE, TREE)
    assert bound.frame["value_minor"].to_list() == [cents]
    assert "unit" not in bound.frame.columns


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)), st.sets(st.integers(0, 5), max_size=5))
def test_bad_rows_never_take_a_good_one_along(tmp_path: Path, order: list[int], bad: set[int]) -> None:
    lines = [f"340102,{2000 + n},live_births,{'x' if n in bad else n}" for n in order]
    path = written(tmp_path, HEADER + "\n".join(lines) + "\n")
    kept = ms.read_facts(path, catalogue=CATALOGUE, skip_bad_rows=True)
    assert kept.frame["value"].to_list() == [n for n in order if n not in bad]
    assert [fault.place.row for fault in kept.bad_rows] == [i + 2 for i, n in enumerate(order) if n in bad]
    if bad:
        error = refused(path, catalogue=CATALOGUE)
        assert error.faults == kept.bad_rows
        assert good(error) == kept.frame["row"].to_list()


# ---- what the definitions do not know


@pytest.mark.parametrize(
    ("row", "column", "zh", "en"),
    [
        ("340102,2017,活产,1,", "measure", "是否指 活产数？", "did you mean 活产数?"),
        ("340102,2017,live_brths,1,", "measure", "是否指 live_births？", "did you mean live_births?"),
        ("340199,2017,live_births,1,", "division", "没有区划“340199”", "there is no division '340199'"),
        ("瑶海,2017,live_births,1,", "division", "没有区划“瑶海”", "there is no division '瑶海'"),
        ("340102,2017-13,live_births,1,", "period", "“2017-13”不是时期", "'2017-13' is no period"),
        ("340102,,live_births,1,", "period", "每行都要写明", "period is blank"),
        ("1.06E+11,2017,live_births,1,", "division", "位数已丢失", "format the column as text"),
        ("340102,2017,live_births,1,元", "unit", "不能换算为 live_births 的单位", "use 人 or a multiple of it"),
        ("340102,2017,live_births,1,人次", "unit", "用 人", "does not fit live_births, which is in 人"),
        ("340102,2017,live_births,1,仁", "unit", "单位“仁”中的“仁”不认识", "the unit '仁' has an unknown part"),
        ("340102,2017,live_births,1.5,", "value", "超过 live_births 规定的 0 位", "more decimals than the 0"),
        ("340102,2017,live_births,0.00015,万人", "value", "0.00015 万人", "check the unit"),
        ("340102,2017,funds_used,1.005,", "value", "超过 funds_used 规定的 2 位", "more decimals than the 2"),
    ],
)
def test_each_bad_row_is_told_with_place_and_reason(tmp_path: Path, row: str, column: str, zh: str, en: str) -> None:
    path = written(tmp_path, f"{UNITS}340102,2016,live_births,5,人\n{row}\n340102,2018,live_births,0.0007,万人\n")
    error = refused(path, catalogue=CATALOGUE)
    (fault,) = error.faults
    assert fault.place == Place(str(path), row=3, column=column)
    assert zh in fault.text("zh")
    assert en in fault.text("en")
    assert good(error) == [2, 4]
    assert len(ms.read_facts(path, catalogue=CATALOGUE, skip_bad_rows=True)) == 2


def test_without_a_catalogue_evaluate_refuses_the_rest(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER}340102,2017,live_brths,5\n340199,2017,live_births,5\n"))
    with pytest.raises(ms.FactsError) as error:
        ms.evaluate(facts)
    assert [fault.place.row for fault in error.value.faults] == [2, 3]


def test_a_place_whose_list_is_not_loaded_is_taken(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER}110101,2017,live_births,5\n"), catalogue=CATALOGUE)
    assert facts.frame["division"].to_list() == ["110101"]


def test_names_become_codes(tmp_path: Path) -> None:
    path = written(tmp_path, "区划,时期,指标,数值,单位\n瑶海区,2017年9月,活产数,1.0642,万人\n")
    bound = bind(ms.read_facts(path), CATALOGUE, TREE)
    assert bound.frame.select("division", "period", "measure").row(0) == ("340102", "2017-09", "live_births")
    assert Fraction(bound.frame["value_minor"][0]) == 10642


# ---- the same key twice


def test_the_same_key_twice_names_both_rows(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}A,2017,m,5\nB,2017,m,5\nA,2017年,m,6\n")
    error = refused(path)
    (fault,) = error.faults
    assert fault.place == Place(str(path), row=4)
    assert "与第 2 行" in fault.text("zh")
    assert "as row 2" in fault.text("en")
    assert good(error) == [3]


def test_the_same_key_in_two_files_names_both_files(tmp_path: Path) -> None:
    first, other = (written(tmp_path, f"{HEADER}A,2017,m,7\n", name) for name in ("first.csv", "other.csv"))
    (fault,) = refused([first, other]).faults
    assert fault.place == Place(str(other), row=2)
    assert "first.csv" in fault.text("zh")
    assert "first.csv" in fault.text("en")


def test_a_name_and_its_code_are_one_key(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}瑶海区,2016,活产数,5\n340102,2016,live_births,6\n")
    assert len(ms.read_facts(path)) == 2
    (fault,) = refused(path, catalogue=CATALOGUE).faults
    assert (fault.code, fault.place.row) == ("facts.twice", 3)


@pytest.mark.parametrize(
    ("column", "one", "two", "differ"),
    [
        ("basis", "当期", "累计", True),
        ("basis", "累计", "累计", False),
        ("scenario", "实际", "目标", True),
        ("性别", "女", "男", True),
        ("unit", "元", "万元", False),
        ("note", "x", "y", False),
        ("source", "x", "y", False),
        ("approximate", "是", "否", False),
    ],
)
def test_what_tells_two_reports_apart(tmp_path: Path, column: str, one: str, two: str, differ: bool) -> None:
    path = written(tmp_path, f"{HEADER[:-1]},{column}\nA,2017-02,m,5,{one}\nA,2017-02,m,9,{two}\n")
    if differ:
        assert len(ms.read_facts(path)) == 2
    else:
        assert [fault.code for fault in refused(path).faults] == ["facts.twice"]


def test_a_blank_value_was_not_reported(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER}A,2017,m,\nA,2017,m,0\nB,2017,m, \n,,,\n"))
    assert facts.frame["value"].to_list() == [0]
    assert facts.blank_rows == 2


# ---- known faults of this edition


def test_a_value_too_large_for_its_unit_is_refused_and_never_wraps(tmp_path: Path) -> None:
    path = written(tmp_path, f"{UNITS}340102,2017,funds_used,{'9' * 36},亿元\n")
    with pytest.raises(ms.FactsError):
        bind(ms.read_facts(path), CATALOGUE, TREE)


def test_files_of_very_different_scale_are_read_or_refused(tmp_path: Path) -> None:
    large = written(tmp_path, f"{HEADER}A,2017,m,{'9' * 36}\n", "large.csv")
    small = written(tmp_path, f"{HEADER}A,2018,m,0.0000000001\n", "small.csv")
    try:
        assert len(ms.read_facts([large, small])) == 2
    except ms.FactsError as error:
        assert {fault.place.file for fault in error.faults} <= {str(large), str(small)}  # noqa: PT017  # either is right


def test_an_unreadable_file_hides_no_bad_rows_of_another(tmp_path: Path) -> None:
    bad = written(tmp_path, f"{HEADER}A,2017,m,x\n")
    error = refused([bad, tmp_path / "none.csv"])
    assert {fault.place.file for fault in error.faults} == {str(bad), str(tmp_path / "none.csv")}


def test_no_file_at_all_is_refused_or_empty(tmp_path: Path) -> None:
    assert len(ms.read_facts([], catalogue=CATALOGUE)) == 0


def test_all_that_is_wrong_with_one_row_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        "division,period,measure,value,unit\n"
        "340199,2017-13,live_brths,x,人\n"  # nothing of it is right
        ",2017,live_births,5,元\n",
        "utf-8",
    )
    with pytest.raises(ms.FactsError) as caught:
        ms.read_facts(path, catalogue=ms.catalogue())
    found = [(fault.place.row, fault.place.column) for fault in caught.value.faults]
    assert sorted(found) == [(2, "division"), (2, "measure"), (2, "period"), (2, "value"), (3, "division"), (3, "unit")]


def test_a_fault_calls_its_column_as_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("区划代码,年度,指标名称,数值,计量单位\n340102,2017,活产书,5,元\n340199,2017,活产数,5,元\n", "utf-8")
    with pytest.raises(ms.FactsError) as caught:
        ms.read_facts(path, catalogue=ms.catalogue())
    columns = [(fault.place.row, fault.place.column) for fault in caught.value.faults]
    assert sorted(columns) == [(2, "指标名称"), (3, "区划代码"), (3, "计量单位")]
