"""Divisions: the shipped list, the codes' rules, trees of one's own, renumbered codes."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.vocabulary.divisions import gb_level, gb_parent

BUILTIN = ms.DivisionTree.builtin()


@given(st.sampled_from([division.code for division in BUILTIN]))
def test_a_line_leads_to_a_root_one_parent_at_a_time(code: str) -> None:
    line = BUILTIN.lineage(code)
    assert line[0] == code
    assert [BUILTIN.parent(one) for one in line] == [*line[1:], None]
    assert BUILTIN.level(code) == gb_level(code)
    assert gb_parent(code) == BUILTIN.parent(code)


def test_yaohais_thirteen_townships_are_listed() -> None:
    townships = BUILTIN.children("340102")
    assert len(townships) == 13
    assert BUILTIN.name("340102004") == "三里街街道"
    assert BUILTIN.name("340102401") == "合肥龙岗综合经济开发区"


def test_functional_zones_stand_beside_their_counties() -> None:
    assert {"340102", "340176", "340177", "340178"} <= set(BUILTIN.children("340100"))
    assert BUILTIN.level("340176") == "county"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("340102", "340102"),
        ("340102000000", "340102"),
        ("瑶海区", "340102"),
        ("合肥市瑶海区", "340102"),
        (" 三里街街道 ", "340102004"),
    ],
)
def test_codes_and_names_are_resolved(text: str, code: str) -> None:
    assert BUILTIN.resolve(text) == code


def test_a_code_of_a_place_whose_list_is_not_loaded_hangs_under_its_prefix() -> None:
    assert BUILTIN.lineage("110101") == ("110101", "110100", "110000")
    assert BUILTIN.lineage("340202001") == ("340202001", "340202", "340200", "340000")
    assert BUILTIN.lineage("340102001001")[1] == "340102001"
    assert not BUILTIN.is_listed("110101")


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("340199", "340181 巢湖市"),
        ("340102099", "340102100 大兴镇"),
        ("34010", "340104"),
        ("瑶海", "340102 瑶海区"),
        ("990101", None),
        ("", None),
    ],
)
def test_an_unknown_code_of_a_listed_place_is_refused_with_the_nearest(code: str, near: str | None) -> None:
    with pytest.raises(ms.DivisionError) as error:
        BUILTIN.resolve(code)
    assert (near or "check the code") in error.value.text("en")


def test_a_name_that_several_have_is_refused() -> None:
    tree = ms.DivisionTree.from_divisions([ms.Division("A", "城关镇"), ms.Division("B", "城关镇")])
    with pytest.raises(ms.DivisionError, match="A, B"):
        tree.resolve("城关镇")


def write(folder: Path, text: str, name: str = "tree.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_tree_of_ones_own_is_complete_and_its_codes_are_opaque(tmp_path: Path, encoding: str) -> None:
    tree = ms.DivisionTree.from_csv(
        write(tmp_path, "code,name,parent\nX,全县,\n007,一镇,X\nY,开发区,\n", encoding=encoding)
    )
    assert tree.lineage("007") == ("007", "X")
    assert tree.children(None) == ("X", "Y")
    with pytest.raises(ms.DivisionError):
        tree.resolve("340102")


def test_every_fault_of_a_tree_is_told_with_its_row(tmp_path: Path) -> None:
    text = "code,name,parent,level,valid_from\nA,a,B,,\nB,b,A,,\nC,c,Z,,\nD,d,,,\nD,e,,,\nE,e,E,,\n,f,,,\n"
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, text))
    told = error.value.text("en")
    for part in (
        "row 4: the parent Z of C is not in the list",
        "row 6: the code D is there twice",
        "A → B → A",
        "E → E",
        "row 8: the code is blank",
    ):
        assert part in told, part
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, "code,parent,level,valid_from\nA,,contea,\nB,,,2017-13-01\n"))
    assert [fault.place.row for fault in error.value.faults] == [2, 3]
    with pytest.raises(ms.DivisionError, match="did you mean cod"):
        ms.DivisionTree.from_csv(write(tmp_path, "cod,name\nA,a\n"))
    (tmp_path / "bad.csv").write_bytes(b"code\n\xff\xff\n")
    with pytest.raises(ms.DivisionError, match="neither UTF-8 nor GB18030"):
        ms.DivisionTree.from_csv(tmp_path / "bad.csv")


def test_a_list_of_codes_alone_finds_its_parents_by_the_digits(tmp_path: Path) -> None:
    tree = ms.DivisionTree.from_csv(
        write(tmp_path, "代码,名称\n32,江苏省\n3201,南京市\n320102,玄武区\n320102002000,梅园新村街道\n")
    )
    assert tree.lineage("320102002") == ("320102002", "320102", "320100", "320000")


def test_divisions_are_valid_from_and_to() -> None:
    tree = ms.DivisionTree.from_divisions(
        [
            ms.Division("A", "旧", valid_to=datetime.date(2016, 12, 31)),
            ms.Division("B", "新", valid_from=datetime.date(2017, 1, 1)),
        ]
    )
    assert [division.code for division in tree.divisions(datetime.date(2016, 6, 1))] == ["A"]
    assert [division.code for division in tree.divisions(datetime.date(2017, 6, 1))] == ["B"]
    assert len(tree.divisions()) == 2


TREE = "code,name,parent\nP,全市,\nN,新区,P\nM,另区,P\nO,原区,P\n"


def test_a_renumbered_division_keeps_its_years(tmp_path: Path) -> None:
    successors = write(tmp_path, "old,new,from\nOLD,N,2017-01-01\n", "old.csv")
    tree = ms.DivisionTree.from_csv(write(tmp_path, TREE), successors=successors)
    facts = pl.DataFrame(
        {"division": ["OLD", "N"], "period": ["2016", "2017"], "measure": ["live_births"] * 2, "value": [10, 12]}
    )
    figures = ms.evaluate(
        facts,
        indicators=[ms.Indicator("growth", formula="live_births / year_ago(live_births) - 1", unit="%")],
        tree=tree,
        divisions=["N"],
        start="2017",
    )
    assert [str(figure.value) for figure in figures] == ["20.00"]
    twice = facts.with_columns(period=pl.lit("2017"))
    with pytest.raises(ms.FactsError, match="both report the same thing"):
        ms.evaluate(twice, indicators=["newborn_screening_rate"], tree=tree)


def test_a_split_or_merger_is_never_followed(tmp_path: Path) -> None:
    successors = write(tmp_path, "old,new,from\nO,N,2017-01-01\nO,M,2017-01-01\n", "old.csv")
    tree = ms.DivisionTree.from_csv(write(tmp_path, TREE), successors=successors)
    assert tree.successor("O") is None
    assert len(tree.splits_and_mergers) == 2


def test_a_county_list_comes_from_an_installed_package(monkeypatch: pytest.MonkeyPatch) -> None:
    county = SimpleNamespace(code="320102", name="玄武区")
    prefecture = SimpleNamespace(code="320100", name="南京市", counties=[county])
    province = SimpleNamespace(code="320000", name="江苏省", prefectures=[prefecture])
    module = ModuleType("gb2260")
    module.GB2260 = lambda *edition: SimpleNamespace(provinces=[province])  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "gb2260", module)
    tree = ms.DivisionTree.from_package("gb2260")
    assert tree.name("320102") == "玄武区"
    assert tree.lineage("320102001")[1] == "320102"
    with pytest.raises(ms.DivisionError, match="one of"):
        ms.DivisionTree.from_package("gb2061")
    monkeypatch.setitem(sys.modules, "gb2260", None)
    with pytest.raises(ms.DivisionError, match="pip install gb2260"):
        ms.DivisionTree.from_package("gb2260")
