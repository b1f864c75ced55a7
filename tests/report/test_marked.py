"""A form sent back: each doubtful cell coloured and commented once, all else as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import openpyxl
import pytest

import libminsheng as ms
from libminsheng.checks import Finding
from libminsheng.errors import Fault, Place
from libminsheng.report.marked import mark_workbook
from libminsheng.vocabulary.text import Text
from tests.facts.files import workbook
from tests.facts.forms import edited, enter, told, value_cells

CATALOGUE = ms.catalogue()
TREE = ms.DivisionTree.builtin()
SCREENED = {"division": "340102001", "period": "2017", "measure": "newborns_screened"}


def finding(severity: str = "error", **where: object) -> Finding:
    words = Text("筛查人数多于活产数", "more screened than born")
    return Finding(
        "x", severity, {**SCREENED, **where}, "105", "newborns_screened = 105 > live_births = 100", words=words  # type: ignore[arg-type]  # one of the three
    )  # fmt: skip


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form.xlsx"
    divisions = ["340102001", "340102003"]
    ms.template(
        path, measures=["newborns_screened", "live_births"], divisions=divisions, periods=["2017"], catalogue=CATALOGUE
    )
    return enter(path, [105, 100, 7, 8])


def marked(path: Path, *findings: Finding, faults: tuple[Fault, ...] = ()) -> openpyxl.Workbook:
    target = path.with_name("marked.xlsx")
    facts = ms.read_facts(path, catalogue=CATALOGUE)
    mark_workbook(path, target, findings, facts, faults=faults, catalogue=CATALOGUE, tree=TREE)
    return openpyxl.load_workbook(target)


def comments(book: openpyxl.Workbook) -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in book.worksheets[0].iter_rows() for c in row if c.comment}


def test_a_doubtful_cell_is_coloured_and_commented_once_in_chinese(form: Path) -> None:
    book = marked(form, finding("warning"), finding("error"))
    assert set(comments(book)) == {"E8"}
    text = comments(book)["E8"]
    assert text.count("筛查人数多于活产数") == 2
    assert "算式：新生儿遗传代谢病筛查人数 = 105 > 活产数 = 100" in text
    assert book.worksheets[0]["E8"].fill.start_color.rgb.endswith("FFC7CE"), "the gravest decides"


def test_all_is_listed_also_what_belongs_to_no_cell(form: Path) -> None:
    book = marked(form, finding(), finding("note", division="340104"))
    rows = list(book["疑点"].iter_rows(values_only=True))
    assert rows[0][:3] == ("级别", "单元格", "区划")
    assert [row[:3] for row in rows[1:]] == [("错误", "填报表!E8", "明光路街道"), ("提示", None, "蜀山区")]
    assert book["疑点"]["B2"].hyperlink


def test_an_indicators_operands_are_marked(form: Path) -> None:
    book = marked(form, finding(measure=None, indicator="newborn_screening_rate"))
    assert set(comments(book)) == {"E8", "F8"}


def test_the_rest_of_the_workbook_stays(form: Path) -> None:
    before, after = openpyxl.load_workbook(form), marked(form, finding())
    assert [sheet.title for sheet in after.worksheets] == ["填报表", "_minsheng", "疑点"]
    assert after["_minsheng"].sheet_state == "veryHidden"
    old, new = before.worksheets[0], after.worksheets[0]
    assert [[c.value for c in row] for row in old.iter_rows()] == [[c.value for c in row] for row in new.iter_rows()]
    assert new.protection.sheet
    assert new.freeze_panes == old.freeze_panes
    assert len(new.data_validations.dataValidation) == len(old.data_validations.dataValidation)
    assert len(list(new.conditional_formatting)) == len(list(old.conditional_formatting))
    assert len(list(value_cells(new))) == len(list(value_cells(old)))


def test_a_marked_form_reads_back_and_is_marked_anew(form: Path) -> None:
    marked(form, finding())
    again = form.with_name("marked.xlsx")
    assert told(ms.read_facts(again)) == told(ms.read_facts(form))
    mended = edited(again, lambda book: book.worksheets[0].__setitem__("E8", 99))
    target = form.with_name("third.xlsx")
    assert mark_workbook(mended, target, (), ms.read_facts(mended)) == 0
    book = openpyxl.load_workbook(target)
    assert comments(book) == {}
    assert book.worksheets[0]["E8"].fill.start_color.rgb.endswith("FFFBE6")
    assert [row[0] for row in book["疑点"].iter_rows(values_only=True)] == ["级别", "没有疑点"]


def test_somebody_elses_comment_is_kept(form: Path) -> None:
    def remark(book: openpyxl.Workbook) -> None:
        book.worksheets[0]["E8"].comment = openpyxl.comments.Comment("已核对", "李")

    assert comments(marked(edited(form, remark), finding()))["E8"].startswith("已核对\n")


def test_what_cannot_be_read_is_marked_and_nothing_becomes_a_formula(form: Path) -> None:
    fault = Fault("facts.no_number", Place(str(form), cell="填报表!F9"), {"value": "=1+1"})
    like = Finding("x", "note", {}, words=Text("=cmd()", "=cmd()"), arithmetic="=1+1")
    book = marked(form, like, faults=(fault,))
    assert "=1+1" in comments(book)["F9"]
    assert {cell.data_type for row in book["疑点"].iter_rows(min_row=2) for cell in row if cell.value} == {"s"}


def test_the_value_cell_of_a_plain_table_is_marked(tmp_path: Path) -> None:
    rows = [["区划", "指标", "数值", "时期"], ["340102001", "newborns_screened", 105, "2017"]]
    book = marked(workbook(tmp_path / "facts.xlsx", rows, first=1), finding())
    assert set(comments(book)) == {"C3"}


def test_without_openpyxl_it_says_what_to_install(form: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ms.EvaluationError, match="pip install"):
        mark_workbook(form, form.with_name("marked.xlsx"), (), None)
