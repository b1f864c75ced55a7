"""Files as tables: every container reads back, and what is none is refused before it does harm."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.errors import Place
from tests.facts.files import CHINESE, HEADER, good, refused, repacked, workbook, written

# ---- laws

WORDS = st.sampled_from([None, "女", "男", "城镇 户", "a,b", 'say "x"', "两\n行", "，；"])
TABLES = st.lists(
    st.fixed_dictionaries(
        {
            "区划": st.sampled_from(["340102", "340102004", "瑶海区"]),
            "时期": st.sampled_from(["2017", "2017-H1", "2017-Q3", "2017-09"]),
            "指标": st.sampled_from(["活产数", "funds_used"]),
            "数值": st.decimals(-(10**9), 10**9, places=3),
            "性别": WORDS,
            "备注": WORDS,
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: (row["区划"], row["时期"], row["指标"], row["性别"]),
)
TEXTS = {"utf-8", "utf-8-sig", "gb18030", "utf-16"}


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "parquet", "arrow", "feather", "xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES, separator=st.sampled_from([",", ";", "\t"]))
def test_every_container_reads_back(tmp_path: Path, kind: str, rows: list[dict[str, Any]], separator: str) -> None:
    schema = {"数值": pl.Decimal(38, 3), "性别": pl.String, "备注": pl.String}
    frame = pl.DataFrame(rows, schema_overrides=schema)
    path = tmp_path / f"facts.{'csv' if kind in TEXTS else kind}"
    if kind in TEXTS:
        path.write_bytes(frame.write_csv(separator=separator).encode(kind))
    elif kind == "parquet":
        frame.write_parquet(path)
    elif kind == "xlsx":
        workbook(path, [frame.columns, *frame.cast(pl.String).fill_null("").rows()])
    else:
        frame.write_ipc(path)
    facts = ms.read_facts(path)
    columns = ["division", "period", "measure", "value", "性别", "note"]
    assert facts.frame.select(columns).rows() == frame.select("区划", "时期", "指标", "数值", "性别", "备注").rows()
    assert facts.frame["row"].to_list() == list(range(2, len(rows) + 2))
    assert set(facts.frame["file"]) == {str(path)}


# ---- encodings


def test_a_file_in_two_encodings_is_refused_with_the_row(tmp_path: Path) -> None:
    raw = HEADER.encode() + "瑶海区,2017,m,1\n".encode() + "庐阳区,2017,m,1\n".encode("gb18030")
    path = written(tmp_path, raw)
    (fault,) = refused(path).faults
    at = raw.index("庐阳区".encode("gb18030"))
    assert (fault.code, fault.place) == ("facts.mixed_encoding", Place(str(path), row=3))
    assert fault.values["byte"] == at + 1
    assert f"从第 {at + 1} 字节起变了" in fault.text("zh")
    assert f"mixes two encodings, from byte {at + 1} on" in fault.text("en")


def test_the_other_way_round_is_refused_too(tmp_path: Path) -> None:
    raw = HEADER.encode() + "庐阳区,2017,m,1\n".encode("gb18030") + "瑶海区的活产数,2017,m,1\n".encode()
    assert [fault.code for fault in refused(written(tmp_path, raw)).faults] == ["facts.mixed_encoding"]


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    (fault,) = refused(written(tmp_path, HEADER.encode() + b"A,2017,m,\xff\xff\n")).faults
    assert (fault.code, fault.place.row) == ("facts.encoding", 2)
    assert "UTF-8" in fault.text("zh")
    assert "save the file as UTF-8" in fault.text("en")


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("note", ["café", "m²", "A·B"])
def test_valid_utf_8_is_utf_8(tmp_path: Path, mark: str, note: str) -> None:
    path = written(tmp_path, f"{mark}{HEADER[:-1]},note\nA,2017,m,1,{note}\n")
    assert ms.read_facts(path).frame["note"].to_list() == [note]


# ---- CSV


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        ("", "文件是空的", "the file is empty"),
        ("\ufeff", "文件是空的", "the file is empty"),
        ("  \n\n", "文件是空的", "the file is empty"),
        (HEADER, "只有列名，没有数据", "there is a header but no facts"),
        (HEADER + "A,2017,m,1,234\n", "第 2 行：这一行有 5 个单元格，表头只有 4 列", "row 2: the row has 5 cells"),
        (HEADER + 'A,2017,m,"1\n', "引号没有成对", "a quote is not closed"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, content: str, zh: str, en: str) -> None:
    path = written(tmp_path, content)
    error = refused(path)
    assert zh in error.text("zh")
    assert en in error.text("en")
    assert {fault.place.file for fault in error.faults} == {str(path)}
    assert error.facts is None


def test_a_row_is_a_record_even_where_a_cell_holds_a_line_break(tmp_path: Path) -> None:
    path = written(tmp_path, f'{HEADER[:-1]},note\nA,2017,m,1,"x\ny"\nB,2017,m,z,\n')
    error = refused(path)
    assert [fault.place.row for fault in error.faults] == [3]
    assert good(error) == [2]


# ---- workbooks


def test_header_only_and_empty_workbooks_are_refused(tmp_path: Path) -> None:
    assert "没有数据" in refused(workbook(tmp_path / "header.xlsx", [CHINESE])).text("zh")
    assert "the file is empty" in refused(workbook(tmp_path / "empty.xlsx", [])).text("en")


@pytest.mark.parametrize("name", ["facts.xlsx", "facts.parquet", "facts.arrow"])
def test_what_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    error = refused(written(tmp_path, f"{HEADER}A,2017,m,1\n", name))
    assert name.partition(".")[2] in error.text("en")
    assert name.partition(".")[2] in error.text("zh")


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"PK\x03\x04", "xlsx/zip"), (b"%PDF-1.7\n%", "PDF"), (b"\xd0\xcf\x11\xe0", "xls/doc"), (b"\x1f\x8b", "gzip")],
)
def test_a_file_of_another_kind_whose_name_was_changed_is_told_so(tmp_path: Path, content: bytes, kind: str) -> None:
    error = refused(written(tmp_path, content + bytes(range(256)), "renamed.csv"))
    assert [fault.code for fault in error.faults] == ["facts.other_kind"]
    assert kind in error.text("zh")
    assert kind in error.text("en")


def test_merged_cells_are_refused_with_range_and_place(tmp_path: Path) -> None:
    rows = [CHINESE, ["", "2017", "m", 1], ["", "2018", "m", 1]]
    path = workbook(tmp_path / "facts.xlsx", rows, merge="A2:A3")
    (fault,) = refused(path).faults
    assert fault.place == Place(str(path), row=2, column="A")
    assert "A2:A3" in fault.text("zh")
    assert "取消合并，把值填进每个单元格" in fault.text("zh")
    assert "unmerge them and fill in every cell" in fault.text("en")


def _with_cover(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("封面").merge_range("A1:D3", "民生工程")
        sheet = book.add_worksheet("数据")
        sheet.write_row(0, 0, CHINESE)
        sheet.write_row(1, 0, ["340102", "2017", "m", 1])
    return path


def test_merged_cells_on_another_sheet_do_not_matter(tmp_path: Path) -> None:
    path = _with_cover(tmp_path / "facts.xlsx")
    assert len(ms.read_facts(path, sheet="数据")) == 1
    error = refused(path)
    assert [fault.code for fault in error.faults] == ["forms.unreadable"]
    assert "封面, 数据" in error.text("zh")
    assert "有：封面, 数据" in refused(path, sheet="数").text("zh")


def test_merged_cells_belong_to_their_sheet_after_sheets_were_moved(tmp_path: Path) -> None:
    swap = {
        "xl/worksheets/sheet1.xml": "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet2.xml": "xl/worksheets/sheet1.xml",
    }

    def moved(name: str, text: bytes) -> tuple[str, bytes]:
        if name == "xl/_rels/workbook.xml.rels":
            text = text.replace(b"sheet1.xml", b"sheet0.xml").replace(b"sheet2.xml", b"sheet1.xml")
            text = text.replace(b"sheet0.xml", b"sheet2.xml")
        return swap.get(name, name), text

    assert len(ms.read_facts(repacked(_with_cover(tmp_path / "facts.xlsx"), moved), sheet="数据")) == 1


def test_rows_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    path = workbook(tmp_path / "facts.xlsx", [CHINESE, ["340102", "2017", "m", "x"]], first=2)
    assert [fault.place.row for fault in refused(path).faults] == [4]


def test_an_error_value_of_excel_is_no_blank(tmp_path: Path) -> None:
    path = tmp_path / "facts.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, CHINESE)
        sheet.write_row(1, 0, ["340102", "2017", "m"])
        sheet.write_formula(1, 3, "=1/0", None, "#DIV/0!")
    assert [fault.place.row for fault in refused(path).faults] == [2]


def test_cells_without_a_header_are_not_dropped_silently(tmp_path: Path) -> None:
    path = workbook(tmp_path / "facts.xlsx", [CHINESE, ["340102", "2017", "m", 1, "女"]])
    assert "row 2" in refused(path).text("en")


# ---- bombs and broken files


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "facts.xlsx", [CHINESE, ["340102", "2017", "m", 1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * 60_000_000)
    error = refused(path)
    assert "解压后达 60 MB，压缩比异常，未打开" in error.text("zh")
    assert "would unpack to 60 MB" in error.text("en")
    assert error.facts is None


def test_a_sheet_of_two_far_corners_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "corners.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, CHINESE)
        sheet.write(1_048_575, 16_383, "x")
    limit = (
        "" if sys.platform == "win32" else "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30,) * 2)\n"
    )
    code = f"{limit}import libminsheng as ms, sys\ntry:\n    ms.read_facts(sys.argv[1])\nexcept ms.FactsError:\n    print('refused')\n"
    told = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert told.stdout == "refused\n"


def _lying(path: Path, part: str = "xl/worksheets/sheet1.xml") -> Path:
    workbook(path, [CHINESE, ["340102", "2017", "m", 1]])
    repacked(path, lambda name, text: (name, text + b" " * 1_000_000 if name == part else text))
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(part).file_size
    path.write_bytes(raw.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    return path


def _lying_of_texts(path: Path) -> Path:
    return _lying(path, "xl/sharedStrings.xml")


def _cut(path: Path) -> Path:
    workbook(path, [CHINESE, ["340102", "2017", "m", 1]])
    return repacked(path, lambda name, text: (name, text[:200] if name.endswith("sheet1.xml") else text))


def _garbled(path: Path) -> Path:
    raw = bytearray(workbook(path, [CHINESE, ["340102", "2017", "m", 1]]).read_bytes())
    at = raw.find(b"xl/worksheets/sheet1.xml") + 60
    raw[at : at + 2] = bytes(255 - byte for byte in raw[at : at + 2])
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("broken", [_lying, _lying_of_texts, _cut, _garbled])
def test_a_broken_workbook_is_refused(tmp_path: Path, broken: Any) -> None:
    assert "xlsx" in refused(broken(tmp_path / "facts.xlsx")).text("en")


@pytest.mark.parametrize("cell", [["女"], b"\xff"])
def test_a_column_that_holds_no_text_is_refused(tmp_path: Path, cell: object) -> None:
    path = tmp_path / "facts.parquet"
    frame = pl.DataFrame({"division": ["A"], "period": ["2017"], "measure": ["m"], "value": [1], "sex": [cell]})
    frame.write_parquet(path)
    assert "sex" in refused(path).text("en")


# ---- damage


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused_in_words(kind: str, place: float, byte: bytes, tmp_path: Path) -> None:
    path, frame = (
        tmp_path / f"facts.{kind}",
        pl.DataFrame({"division": ["340102"], "period": ["2017"], "measure": ["x"]}),
    )
    {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "csv": frame.write_csv}[kind](path)
    raw = bytearray(path.read_bytes())
    at = int(place * len(raw))
    raw[at : at + len(byte)] = byte
    path.write_bytes(bytes(raw))
    with contextlib.suppress(ms.FactsError):
        ms.read_facts(path, skip_bad_rows=True)


def test_a_line_end_in_the_middle_of_a_ragged_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_bytes(b"division,period,measure,value\n340102,2017,x\r74,1\n340102,2017,x,1,2\n")
    with pytest.raises(ms.FactsError):
        ms.read_facts(path)


def test_blank_lines_above_a_csv_header_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text(
        "\n,,,\ndivision,period,measure,value\n340102,2017,live_births,5\n340102,2017-13,live_births,5\n", "utf-8"
    )
    with pytest.raises(ms.FactsError) as caught:
        ms.read_facts(path)
    assert [fault.place.row for fault in caught.value.faults] == [5]
    good = caught.value.facts
    assert isinstance(good, ms.Facts)
    assert good.frame["row"].to_list() == [4]


def test_an_arrow_stream_is_read_as_an_arrow_file_is(tmp_path: Path) -> None:
    frame = pl.DataFrame({"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [5]})
    stream, file = tmp_path / "stream.arrow", tmp_path / "file.arrow"
    frame.write_ipc_stream(stream)
    frame.write_ipc(file)
    assert ms.read_facts(stream).frame.drop("file").equals(ms.read_facts(file).frame.drop("file"))
    named = stream.with_suffix(".arrows")
    named.write_bytes(stream.read_bytes())
    assert ms.read_facts(named).frame.drop("file").equals(ms.read_facts(file).frame.drop("file"))
    stream.write_bytes(stream.read_bytes()[:40])
    with pytest.raises(ms.FactsError) as caught:
        ms.read_facts(stream)
    assert [fault.code for fault in caught.value.faults] == ["facts.not_readable"]
