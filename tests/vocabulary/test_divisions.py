"""Divisions: the shipped list, the codes' rules, trees of one's own, renumbered codes."""

from __future__ import annotations

import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.vocabulary.divisions import Succession, gb_level, gb_parent

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


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("34", "340000"),
        ("3401", "340100"),
        ("340102000000", "340102"),
        ("340102", "340102"),
        ("340102001000", "340102001"),
    ],
)
def test_a_list_of_codes_alone_is_asked_in_its_own_spelling_or_the_short_one(
    tmp_path: Path, written: str, code: str
) -> None:
    text = "代码,名称\n34,安徽省\n3401,合肥市\n340102000000,瑶海区\n340102001000,明光路街道\n"
    tree = ms.DivisionTree.from_csv(write(tmp_path, text))
    assert tree.resolve(written) == tree.resolve(code) == code
    assert tree.lineage(code)[-1] == "340000"
    facts = pl.DataFrame({"division": [written], "period": ["2017"], "measure": ["live_births"], "value": [10]})
    births = ms.Indicator("births", formula="live_births", unit="人")
    assert [str(one.value) for one in ms.evaluate(facts, indicators=[births], tree=tree, divisions=[written])] == [
        "10.00"
    ]


def test_one_place_in_two_spellings_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, "code,name\n34,安徽省\n340000000000,安徽省\n"))
    (fault,) = error.value.faults
    assert (fault.code, fault.place.row) == ("vocabulary.division_twice", 3)
    assert "row 2" in fault.text("en")


def test_successions_are_followed_in_the_spelling_of_the_list(tmp_path: Path) -> None:
    tree = ms.DivisionTree.from_csv(
        write(tmp_path, "code,name\n340100000000,合肥市\n340111000000,包河区\n"),
        write(tmp_path, "old,new,from\n340103000000,340111000000,2002-03-05\n", "old.csv"),
    )
    assert tree.lineage(tree.resolve("340103000000")) == ("340111", "340100")


def test_without_a_parent_column_opaque_codes_are_refused_once(tmp_path: Path) -> None:
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, "code,name\nX,全县\n007,一镇\n"))
    assert [(fault.code, fault.values["column"]) for fault in error.value.faults] == [
        ("vocabulary.division_column", "parent")
    ]
    text = "code,name\n34,安徽省\nX,全县\n,某乡\n３４０１,合肥市\n"
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, text))
    assert [(fault.code, fault.place.row) for fault in error.value.faults] == [
        ("vocabulary.division_digits", 3),
        ("vocabulary.division_digits", 5),
        ("vocabulary.division_blank", 4),
    ]


@pytest.mark.parametrize(
    ("text", "row", "zh", "en"),
    [
        ('code,name,parent\nA,a,\nB,"b,A\nC,c,A\n', 3, "这一行读不出", "the row cannot be read"),
        ('code,name,parent\nA,"a"x,\n', 2, "检查这一行的引号", "a quotation mark that is not closed"),
        ("code,name,parent\nA,a,\nB,一,二镇,A\n", 3, "有 4 格，表头只有 3 列", "has 4 cells under 3 columns"),
        ("code,name,parent,代码\nA,a,,B\n", 1, "“code”列出现不止一次", "the column code is there more than once"),
        ("code,parent,valid_from,valid_to\nA,,2017-01-01,2016-12-31\n", 2, "A 的失效日期 2016-12-31 早于生效日期 2017-01-01",
         "A ends on 2016-12-31, before it begins on 2017-01-01"),
    ],
)  # fmt: skip
def test_a_list_that_would_be_misread_is_refused(tmp_path: Path, text: str, row: int, zh: str, en: str) -> None:
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, text))
    (fault,) = error.value.faults
    assert fault.place.row == row
    assert zh in fault.text("zh")
    assert en in fault.text("en")


def test_what_a_list_may_leave_open_is_read(tmp_path: Path) -> None:
    text = 'code,name,parent,备注,备注\r\nP,"全市,含新区"\r\n,,,,\r\nA,a,P,,,,\r\nB,b,P,x,y\r\n'
    tree = ms.DivisionTree.from_csv(write(tmp_path, text))
    assert tree.name("P") == "全市,含新区"
    assert tree.children("P") == ("A", "B")
    assert tree.children(None) == ("P",)
    (tmp_path / "mac.csv").write_bytes(b"code,name,parent\rP,p,\rA,a,P\r")
    assert ms.DivisionTree.from_csv(tmp_path / "mac.csv").lineage("A") == ("A", "P")


def test_the_faults_of_the_list_its_rows_and_its_successions_come_together(tmp_path: Path) -> None:
    tree = write(tmp_path, "code,parent,level,valid_from\nA,,contea,\nB,Z,,\nC,,,someday\n")
    old = write(
        tmp_path, "old,new,from\nX,A\nY,,2017-01-01\nV,W,2017-01-01\nW,V,2018-01-01\nU,U,2018-01-01\n", "old.csv"
    )
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(tree, old)
    told = {
        (Path(fault.place.file or "").name, fault.place.row, fault.code.partition(".")[2])
        for fault in error.value.faults
    }
    assert told == {
        ("tree.csv", 2, "division_level"),
        ("tree.csv", 3, "division_parent"),
        ("tree.csv", 4, "division_date"),
        ("old.csv", 2, "division_date"),
        ("old.csv", 3, "division_blank"),
        ("old.csv", 4, "succession_circle"),
        ("old.csv", 6, "succession_circle"),
    }
    assert "the renumberings go in a circle: V → W → V" in error.value.text("en")
    assert "代码变更成了环：U → U" in error.value.text("zh")


def test_what_keeps_either_file_from_being_read_is_told_together(tmp_path: Path) -> None:
    old = write(tmp_path, "old,new\nO,N\n", "old.csv")
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(tmp_path / "none.csv", old)
    assert [fault.code for fault in error.value.faults] == ["vocabulary.division_file", "vocabulary.division_column"]
    (tmp_path / "old.csv").write_bytes(b"old\n\xff\xff\n")
    with pytest.raises(ms.DivisionError) as error:
        ms.DivisionTree.from_csv(write(tmp_path, ""), old)
    assert [fault.code for fault in error.value.faults] == [
        "vocabulary.division_column",
        "vocabulary.division_encoding",
    ]


def test_a_tree_may_be_of_any_depth() -> None:
    depth = 5000
    tree = ms.DivisionTree.from_divisions(
        ms.Division(str(one), "", str(one - 1) if one else None) for one in range(depth)
    )
    assert tree.lineage(str(depth - 1)) == tuple(str(one) for one in reversed(range(depth)))
    assert tree.lineage(str(depth - 2))[0] == str(depth - 2)


def test_a_code_is_written_in_ascii_digits() -> None:
    with pytest.raises(ms.DivisionError):
        BUILTIN.resolve("340202００１")


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
    day = datetime.date(2017, 1, 1)
    assert ms.DivisionTree.from_divisions([ms.Division("A", "一日", None, None, day, day)]).divisions(day)
    with pytest.raises(ms.DivisionError, match="before it begins"):
        ms.DivisionTree.from_divisions([ms.Division("A", "", None, None, day, datetime.date(2016, 12, 31))])


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
    asked = ms.evaluate(facts, indicators=figures[0].indicator, tree=tree, divisions=["OLD"], reporters=["OLD"])
    assert [(one.division, str(one.period), one.coverage) for one in asked] == [
        ("N", "2016", (0, 1)),
        ("N", "2017", (1, 1)),
    ]
    assert asked.explain("growth", "OLD", "2017").text() == asked.explain("growth", "N", "2017").text()
    twice = facts.with_columns(period=pl.lit("2017"))
    with pytest.raises(ms.FactsError, match="both report the same thing"):
        ms.evaluate(twice, indicators=["newborn_screening_rate"], tree=tree)


def test_a_split_or_merger_is_never_followed(tmp_path: Path) -> None:
    successors = write(tmp_path, "old,new,from\nO,N,2017-01-01\nO,M,2017-01-01\n", "old.csv")
    tree = ms.DivisionTree.from_csv(write(tmp_path, TREE), successors=successors)
    assert tree.successor("O") is None
    assert len(tree.splits_and_mergers) == 2


def test_a_renumbering_is_followed_to_its_end_but_never_in_a_circle() -> None:
    day = datetime.date(2017, 1, 1)
    chain = [Succession("340103", "340104", day), Succession("340104", "340111", day)]
    tree = ms.DivisionTree.from_divisions([ms.Division("340111", "包河区")], chain, complete=False)
    assert tree.successor("340103") == "340111"
    assert tree.lineage("340103") == ("340111",)
    assert tree.lineage("340103001") == ("340103001", "340111")
    assert tree.lineage("340103001001") == ("340103001001", "340103001", "340111")
    with pytest.raises(ms.DivisionError, match="340103 → 340104 → 340111 → 340103"):
        ms.DivisionTree.from_divisions([], [*chain, Succession("340111", "340103", day)])
    lost = ms.DivisionTree.from_divisions([], [Succession("OLD", "NEW", day)])
    with pytest.raises(ms.DivisionError, match="NEW"):
        lost.lineage("OLD")
