"""Forms that come back damaged are refused with cell, reason and hint, all at once; an office's own form is read where it says all."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from tests.facts.files import refused, repacked
from tests.facts.forms import corner, edited, enter, pages, through_libreoffice, told, value_cells

CATALOGUE = ms.catalogue()
STREETS = ["340102001", "340102003", "340102004", "340102005"]


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """Four streets, two measures, filled in: 1 to 8."""
    path = tmp_path / "form.xlsx"
    ms.template(
        path, measures=["newborns_screened", "live_births"], divisions=STREETS, periods=["2017"], catalogue=CATALOGUE
    )
    return enter(path, range(1, 9))


def put(path: Path, *values: Any) -> Path:
    """Other values into the first cells."""

    def change(book: openpyxl.Workbook) -> None:
        for cell, value in zip(value_cells(pages(book)[0]), values, strict=False):
            cell.value = value

    return edited(path, change)


def seen(error: ms.FactsError) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.place.cell) for fault in error.faults]


# ---- cells


def test_every_bad_cell_is_refused_at_once_with_its_place_and_the_good_ones_are_kept(form: Path) -> None:
    put(form, "约十人", datetime.date(2017, 9, 1), "1.06E+11", "#DIV/0!", "=1+2", True, "99.61%")
    error = refused(form)
    assert seen(error) == [
        ("facts.no_number", "填报表!E8"),
        ("forms.date", "填报表!F8"),
        ("facts.scientific", "填报表!E9"),
        ("facts.excel_error", "填报表!F9"),
        ("forms.formula", "填报表!E10"),
        ("forms.truth", "填报表!F10"),
        ("facts.percent", "填报表!E11"),
    ]
    for lang in ("zh", "en"):
        assert all(fault.hint(lang) for fault in error.faults)  # type: ignore[arg-type]  # one of the two
    assert "form.xlsx, cell 填报表!E8" in error.text("en")
    assert "单元格 填报表!F8：" in error.text("zh")
    assert isinstance(error.facts, ms.Facts)
    assert error.facts.frame["cell"].to_list() == ["填报表!F11"]
    assert len(ms.read_facts(form, skip_bad_rows=True)) == 1


def test_a_formula_is_refused_with_the_value_that_it_shows(form: Path) -> None:
    def cached(name: str, content: bytes) -> tuple[str, bytes]:
        if name == "xl/worksheets/sheet1.xml":
            content = content.replace(b"<v>1</v>", b"<f>1+2</f><v>3</v>", 1)
        return name, content

    error = refused(repacked(form, cached))
    assert seen(error) == [("forms.formula", "填报表!E8")]
    assert "3" in error.text("en")


def test_definitions_are_checked_with_the_cell(form: Path) -> None:
    put(form, 1.5, 2)
    error = refused(form, catalogue=CATALOGUE)
    assert seen(error) == [("engine.decimals", "填报表!E8")]


def test_a_number_in_a_hidden_row_is_refused(form: Path) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        pages(book)[0].row_dimensions[9].hidden = True

    assert seen(refused(edited(form, hide))) == [("forms.hidden", "填报表!E9"), ("forms.hidden", "填报表!F9")]


def test_numbers_beside_and_below_the_form_are_refused(form: Path) -> None:
    def scribble(book: openpyxl.Workbook) -> None:
        (page,) = pages(book)
        page["J8"] = 5
        page["E14"] = 6
        page["B15"] = "一点说明"

    assert seen(refused(edited(form, scribble))) == [("forms.unmarked", "填报表!J8"), ("forms.unmarked", "填报表!E14")]


def test_a_word_that_is_no_choice_is_refused_once_for_its_row(form: Path) -> None:
    def choose(book: openpyxl.Workbook) -> None:
        pages(book)[0]["G8"] = "大概"

    assert seen(refused(edited(form, choose))) == [("facts.word", "填报表!G8")]


# ---- marks and key


def test_a_damaged_key_is_refused(form: Path) -> None:
    def damage(book: openpyxl.Workbook) -> None:
        book["_minsheng"]["A4"] = str(book["_minsheng"]["A4"].value).replace("340102001", "340102003")

    error = refused(edited(form, damage))
    assert [fault.code for fault in error.faults] == ["forms.key_damaged"]
    assert error.facts is None


@pytest.mark.parametrize("text", ["", "{}", "minsheng-form"])
def test_a_key_that_is_no_key_is_refused(form: Path, text: str) -> None:
    def damage(book: openpyxl.Workbook) -> None:
        sheet = book["_minsheng"]
        sheet.delete_rows(1, 20)
        sheet["A1"] = text

    assert [fault.code for fault in refused(edited(form, damage)).faults] == ["forms.key_damaged"]


def test_a_key_of_another_version_is_refused(form: Path) -> None:
    def renew(book: openpyxl.Workbook) -> None:
        book["_minsheng"]["A2"] = "2"

    assert [fault.code for fault in refused(edited(form, renew)).faults] == ["forms.key_version"]


def test_a_form_whose_key_sheet_is_gone_is_not_taken_for_something_else(form: Path) -> None:
    def remove(book: openpyxl.Workbook) -> None:
        book.remove(book["_minsheng"])

    assert [fault.code for fault in refused(edited(form, remove)).faults] == ["forms.key_damaged"]


def test_lost_and_doubled_rows_columns_and_sheets_are_named(form: Path) -> None:
    def cut(book: openpyxl.Workbook) -> None:
        pages(book)[0].delete_rows(9)

    error = refused(edited(form, cut))
    assert [fault.code for fault in error.faults] == ["forms.line_lost"]
    assert "340102003" in error.text("en")

    def double(book: openpyxl.Workbook) -> None:
        book.copy_worksheet(pages(book)[0])

    assert "forms.mark_twice" in [fault.code for fault in refused(edited(form, double)).faults]


def test_a_missing_sheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    ms.template(
        path, measures=["live_births"], divisions=STREETS, periods=["2017"], layout="sheets", catalogue=CATALOGUE
    )
    enter(path, range(4))

    def remove(book: openpyxl.Workbook) -> None:
        book.remove(pages(book)[1])

    error = refused(edited(path, remove))
    assert [fault.code for fault in error.faults] == ["forms.sheet_lost"]
    assert "340102003" in error.text("en")
    assert len(ms.read_facts(path, skip_bad_rows=True)) == 3
    assert len(ms.read_facts(path, sheet=pages(openpyxl.load_workbook(path))[0].title)) == 1


def test_rows_that_were_sorted_without_their_marks_are_refused(form: Path) -> None:
    def sort(book: openpyxl.Workbook) -> None:
        (page,) = pages(book)
        for column in range(2, 8):
            one, other = page.cell(8, column), page.cell(9, column)
            one.value, other.value = other.value, one.value

    error = refused(edited(form, sort))
    assert seen(error) == [("forms.swapped", "填报表!B8"), ("forms.swapped", "填报表!B9")]
    assert len(ms.read_facts(form, skip_bad_rows=True)) == 4


def test_headers_that_trade_places_are_refused(form: Path) -> None:
    def trade(book: openpyxl.Workbook) -> None:
        (page,) = pages(book)
        row, _ = corner(page)
        one, other = page.cell(row + 1, 5), page.cell(row + 1, 6)
        one.value, other.value = other.value, one.value

    assert {fault.code for fault in refused(edited(form, trade)).faults} == {"forms.swapped"}


def test_one_form_twice_reports_everything_twice(form: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(form.read_bytes())
    error = refused([form, copy])
    assert {fault.code for fault in error.faults} == {"facts.twice"}
    assert error.faults[0].place.cell == "填报表!E8"
    assert "row 8" in error.text("en")


def test_a_million_empty_rows_do_no_harm(form: Path) -> None:
    rows = b"".join(b'<row r="%d"/>' % number for number in range(20, 1_000_020))

    def pad(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.replace(b"</sheetData>", rows + b"</sheetData>") if name.endswith(
            "sheet1.xml"
        ) else content

    start = time.perf_counter()
    assert len(ms.read_facts(repacked(form, pad))) == 8
    assert time.perf_counter() - start < 20


def test_an_empty_form_reports_nothing(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    ms.template(path, measures=["live_births"], divisions=STREETS, periods=["2017"], catalogue=CATALOGUE)
    facts = ms.read_facts(path, catalogue=CATALOGUE)
    assert (len(facts), facts.blank_rows) == (0, 4)


# ---- an office's own form

Rows = Sequence[Sequence[Any]]


def office(path: Path, rows: Rows, *merged: str) -> Path:
    def fill(book: openpyxl.Workbook) -> None:
        for span in merged:
            book.worksheets[0].merge_cells(span)

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return edited(path, fill)


def read(path: Path) -> dict[tuple[Any, ...], tuple[Decimal, str]]:
    return told(ms.read_facts(path, catalogue=CATALOGUE))


TWO_HEADERS: Rows = [
    ["2017年民生工程资金情况表"],
    ["填报单位：瑶海区民生办", "", "", "", "单位：万元"],
    ["街道", "已拨付资金", "", "已使用资金", ""],
    ["", "目标", "实际", "目标", "实际"],
    ["明光路街道", 100, 90, 100, 80.5],
    ["胜利路街道", 50, None, 50, 40],
]


def test_two_header_rows_with_merged_cells(tmp_path: Path) -> None:
    rows = [list(row) for row in TWO_HEADERS]
    rows[1] = ["", "", "", "", "单位：万元"]
    path = office(tmp_path / "own.xlsx", rows, "A1:E1", "B3:C3", "D3:E3", "A3:A4")
    found = read(path)
    assert found["340102001", "2017", "funds_disbursed", "target", ()] == (Decimal(100), "万元")
    assert found["340102001", "2017", "funds_used", "actual", ()] == (Decimal("80.5"), "万元")
    assert len(found) == 7
    cells = ms.read_facts(path, catalogue=CATALOGUE).frame["cell"].to_list()
    assert cells[0] == "Sheet1!B5"


@pytest.mark.libreoffice
def test_two_header_rows_that_libreoffice_saved(tmp_path: Path) -> None:
    rows = [list(row) for row in TWO_HEADERS]
    rows[1] = ["", "", "", "", "单位：万元"]
    path = office(tmp_path / "own.xlsx", rows, "A1:E1", "B3:C3", "D3:E3", "A3:A4")
    assert read(through_libreoffice(path, tmp_path / "saved")) == read(path)


def test_a_measure_per_row_and_a_division_per_column(tmp_path: Path) -> None:
    rows: Rows = [
        ["瑶海区各街道2017年三季度统计表"],
        ["序号", "指标", "单位", "明光路街道", "胜利路街道"],
        [1, "活产数", "人", 10, 20],
        [2, "已使用资金", "万元", 1.5, 2],
    ]
    rows = [["2017年第三季度统计表"], *rows[1:]]
    found = read(office(tmp_path / "own.xlsx", rows, "A1:E1"))
    assert found["340102003", "2017-Q3", "funds_used", "actual", ()] == (Decimal(2), "万元")
    assert found["340102001", "2017-Q3", "live_births", "actual", ()] == (Decimal(10), "人")


def test_a_measure_per_row_and_a_period_per_column_with_rows_merged_downwards(tmp_path: Path) -> None:
    rows: Rows = [
        ["区划", "指标", "2017年1月", "2017年2月"],
        ["瑶海区", "活产数（人）", 1, 2],
        ["", "已使用资金（元）", 3, 4],
    ]
    found = read(office(tmp_path / "own.xlsx", rows, "A2:A3"))
    assert found["340102", "2017-02", "funds_used", "actual", ()] == (Decimal(4), "元")
    assert len(found) == 4


Change = Callable[[list[list[Any]]], None]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["街道", "活产数"], ["明光路街道", 1]], "no period is named"),
        ([["2017年情况表"], ["指标", "数值"], ["活产数", 1]], "no division is named"),
        ([["2017年情况表"], ["街道", "活产数", "新生数量"], ["明光路街道", 1, 2]], "'新生数量' is no measure"),
        ([["2017年情况表"], ["街道", "活产数"], ["明光路街道", 1], ["合计", 1]], "'合计' does not say"),
        ([["2017年情况表"], ["街道", "已使用资金"], ["明光路街道", 1]], "its unit (元, 万元) is not named"),
        ([["2017年、2018年情况表"], ["街道", "活产数"], ["明光路街道", 1]], "more than one period"),
        ([["2017年情况表"], ["街道", "活产数"], ["无名街道", 1], ["明光路街道", 2]], "无名街道"),
        ([["标题"], ["没有数字"]], "has no numbers"),
    ],
)  # fmt: skip
def test_what_an_offices_form_does_not_say_is_refused_and_never_guessed(tmp_path: Path, rows: Rows, words: str) -> None:
    error = refused(office(tmp_path / "own.xlsx", rows), catalogue=CATALOGUE)
    assert [fault.code for fault in error.faults] == ["forms.unreadable"]
    assert words in error.text("en")
    assert words not in error.text("zh") or not words.isascii(), "each language says it in its own words"
    assert error.faults[0].hint("zh")


def test_a_table_of_codes_below_a_title_is_read(tmp_path: Path) -> None:
    rows: Rows = [
        ["瑶海区2017年报表"],
        ["区划", "时期", "指标", "数值", "单位"],
        ["340102", "2017", "活产数", 10642, "人"],
    ]
    read = ms.read_facts(office(tmp_path / "own.xlsx", rows), catalogue=CATALOGUE).frame
    assert read.select("division", "period", "measure").row(0) == ("340102", "2017", "live_births")


def test_a_table_of_facts_with_a_missing_column_is_still_told_so(tmp_path: Path) -> None:
    path = office(tmp_path / "own.xlsx", [["区划", "时期", "指标"], ["340102", "2017", "live_births"]])
    assert [fault.code for fault in refused(path, catalogue=CATALOGUE).faults] == ["facts.missing_column"]


# ---- hostile workbooks


def _rekeyed(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The form with another key whose digest is right."""

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["_minsheng"]
        text = "".join(str(sheet.cell(row, 1).value) for row in range(4, sheet.max_row + 1))
        key = json.loads(text)
        change(key)
        text = json.dumps(key, separators=(",", ":"))
        sheet["A3"], sheet["A4"] = hashlib.sha256(text.encode()).hexdigest(), text

    return edited(path, edit)


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key["sheets"][0].update(table=7),
        lambda key: key["sheets"][0].update(of=[1]),
        lambda key: key["tables"][0]["rows"]["labels"][0].clear(),
        lambda key: key["tables"][0]["rows"]["of"][0].append("x"),
        lambda key: key["tables"][0]["rows"]["of"][0].__setitem__(0, 5),
        lambda key: key["tables"][0]["rows"].update(names=["division", "year"]),
        lambda key: key["tables"][0].update(remarks=["value"]),
        lambda key: key.clear(),
    ],
)
def test_a_key_made_by_somebody_else_is_refused(form: Path, change: Callable[[dict[str, Any]], None]) -> None:
    assert [fault.code for fault in refused(_rekeyed(form, change)).faults] == ["forms.key_damaged"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_noise_in_a_workbook_is_refused_and_never_crashes(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "form.xlsx"
    ms.template(path, measures=["live_births"], divisions=STREETS[:2], periods=["2017"], catalogue=CATALOGUE)
    enter(path, [1, 2])
    part = data.draw(
        st.sampled_from(
            [
                "xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet2.xml",
                "xl/sharedStrings.xml",
                "xl/workbook.xml",
                "xl/styles.xml",
            ]
        )
    )
    noise = data.draw(
        st.binary(max_size=6)
        | st.sampled_from([b'r="A0"', b'"-1"', b'"99999999"', b'"x"', b"</c>", b"<f>1</f>", b"1e999", b"nan"])
    )
    where = data.draw(st.floats(0, 1))

    def spoil(name: str, content: bytes) -> tuple[str, bytes]:
        if name == part:
            at = int(where * len(content))
            content = content[:at] + noise + content[at + data.draw(st.integers(0, 8)) :]
        return name, content

    with contextlib.suppress(ms.FactsError):
        assert len(ms.read_facts(repacked(path, spoil), catalogue=CATALOGUE)) <= 2


def test_cells_merged_over_a_whole_sheet_do_no_harm(tmp_path: Path) -> None:
    rows: Rows = [["2017年情况表"], ["街道", "活产数"], ["明光路街道", 1]]
    path = office(tmp_path / "own.xlsx", rows)

    def cover(name: str, content: bytes) -> tuple[str, bytes]:
        merged = b'<mergeCells count="1"><mergeCell ref="C1:XFD1048576"/></mergeCells>'
        return name, content.replace(b"</sheetData>", b"</sheetData>" + merged) if name.endswith(
            "sheet1.xml"
        ) else content

    assert len(ms.read_facts(repacked(path, cover), catalogue=CATALOGUE)) == 1
