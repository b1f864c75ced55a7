"""Reading facts: what is written reads back, and every bad row is told with its place."""

from __future__ import annotations

import datetime
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.errors import Place
from libminsheng.facts.values import read_value

HEADER = "division,period,measure,value\n"
CATALOGUE = ms.catalogue()


def written(folder: Path, text: str | bytes, name: str = "facts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path, **options: Any) -> ms.FactsError:
    with pytest.raises(ms.FactsError) as error:
        ms.read_facts(path, **options)
    return error.value


def workbook(path: Path, rows: list[list[Any]], merge: str | None = None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        date = book.add_format({"num_format": "yyyy-mm"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime.date):
                    sheet.write_datetime(number, column, value, date)
                else:
                    sheet.write(number, column, value)
        if merge:
            sheet.merge_range(merge, "340102")
    return path


# ---- laws

LABELS = st.sampled_from(["2017", "2017-H1", "2017-Q3", "2017-09", "2018-12"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "division": st.sampled_from(["340102", "340102004", "110101"]),
            "period": LABELS,
            "measure": st.sampled_from(["live_births", "funds_used"]),
            "value": st.decimals(-(10**12), 10**12, places=2),
            "sex": st.sampled_from([None, "女", "男"]),
            "note": st.sampled_from([None, "约", "a,b", 'say "x"']),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: (row["division"], row["period"], row["measure"], row["sex"]),
)
SHOWN = ["division", "period", "measure", "value", "sex", "note"]


@pytest.mark.parametrize("kind", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "parquet", "arrow", "xlsx"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_what_is_written_reads_back(tmp_path: Path, kind: str, rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema_overrides={"value": pl.Decimal(38, 2), "sex": pl.String, "note": pl.String})
    path = tmp_path / f"facts.{kind if kind in ('parquet', 'arrow', 'xlsx') else 'csv'}"
    if kind == "parquet":
        frame.write_parquet(path)
    elif kind == "arrow":
        frame.write_ipc(path)
    elif kind == "xlsx":
        frame.with_columns(pl.col("value").cast(pl.String)).write_excel(path)
    else:
        path.write_bytes(frame.write_csv().encode(kind))
    facts = ms.read_facts(path)
    assert facts.frame.select(SHOWN).rows() == frame.select(SHOWN).rows()
    assert facts.frame["row"].to_list() == list(range(2, len(rows) + 2))
    assert facts.breakdowns == ("sex",)


@given(st.decimals(-(10**20), 10**20, places=4))
def test_a_number_reads_back_however_it_is_grouped(number: Decimal) -> None:
    assert read_value(f"{number:f}", Place()) == number
    assert read_value(f"{number:,.4f}", Place()) == number
    wide = f"{number:f}".translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    assert read_value(wide, Place()) == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_fault(text: str) -> None:
    found = read_value(text, Place(row=2))
    if isinstance(found, Decimal):
        assert found.is_finite()
    else:
        assert found.message("zh")
        assert found.message("en")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_are_facts_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("facts.csv", "facts.xlsx", "facts.parquet"):
        path = written(tmp_path, content, name)
        try:
            said = str(len(ms.read_facts(path)))
        except ms.FactsError as error:
            said = error.text("zh") and error.text("en")
        assert said


# ---- values


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.50", "1234.50"), ("１２", "12"), (" 5 ", "5"), ("-0.5", "-0.5"), ("+3", "3"), (".5", "0.5"), ("−7", "-7")],
)
def test_values_are_read_exactly(text: str, number: str) -> None:
    assert read_value(text, Place()) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NaN", "is no number"),
        ("Infinity", "is no number"),
        ("-inf", "is no number"),
        ("1_000", "use digits, a point and a sign only"),
        ("80.21%", "write 80.21 and put % in the unit column"),
        ("1.2e5", "scientific notation"),
        ("12,34", "do not part thousands"),
        ("5万", "carries a unit"),
        ("五", "is no number"),
        ("1" * 39, "more than 38 digits"),
    ],
)
def test_what_is_no_number_is_refused_with_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, f'{HEADER}340102,2017,live_births,5\n340102,2018,live_births,"{text}"\n')
    error = refused(path)
    (fault,) = error.faults
    assert (fault.place.file, fault.place.row, fault.place.column) == (str(path), 3, "value")
    assert said in fault.text("en")
    assert fault.text("zh") != fault.text("en")
    assert isinstance(error.facts, ms.Facts)
    assert error.facts.frame["value"].to_list() == [Decimal(5)]


def test_a_blank_value_was_not_reported(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER}340102,2017,live_births,\n340102,2018,live_births,0\n,,,\n"))
    assert facts.frame["value"].to_list() == [Decimal(0)]
    assert facts.blank_rows == 1


# ---- all bad rows together, against definitions and divisions


def test_all_bad_rows_are_told_at_once_and_good_ones_are_not_lost(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "区划,时期,指标,数值,单位\n"
        "340102,2017,活产数,10642,人\n"
        "340199,2017,活产数,1,人\n"
        "340102,2017-13,活产数,1,人\n"
        "340102,2016,活产,1,人\n"
        "340102,2015,活产数,1,元\n"
        "340102,2014,活产数,1,仁\n"
        "340102,2013,活产数,1.5,人\n"
        "340102,2012,活产数,0.00015,万人\n"
        "340102,2011,活产数,x,人\n",
    )
    error = refused(path, catalogue=CATALOGUE)
    places = [(fault.place.row, fault.place.column) for fault in error.faults]
    assert places == [
        (3, "区划"),
        (4, "时期"),
        (5, "指标"),
        (6, "单位"),
        (7, "单位"),
        (8, "数值"),
        (9, "数值"),
        (10, "数值"),
    ]
    said = error.text("en")
    for hint in ("340181 巢湖市", "2017-Q3", "did you mean 活产数?", "which is in 人", "common units", "more decimals"):
        assert hint in said
    assert isinstance(error.facts, ms.Facts)
    assert error.facts.frame["value"].to_list() == [Decimal(10642)]
    kept = ms.read_facts(path, catalogue=CATALOGUE, skip_bad_rows=True)
    assert len(kept) == 1
    assert len(kept.bad_rows) == 8


def test_evaluate_refuses_what_reading_without_a_catalogue_let_pass(tmp_path: Path) -> None:
    facts = ms.read_facts(written(tmp_path, f"{HEADER}340102,2017,live_brths,5\n340199,2017,live_births,5\n"))
    with pytest.raises(ms.FactsError) as error:
        ms.evaluate(facts)
    assert [fault.place.row for fault in error.value.faults] == [2, 3]


def test_the_same_key_twice_names_both_places(tmp_path: Path) -> None:
    one = written(tmp_path, f"{HEADER}340102,2017,live_births,5\n340102,2017年,live_births,6\n")
    (fault,) = refused(one).faults
    assert fault.place.row == 3
    assert "row 2" in fault.message("en")
    two = written(tmp_path, f"{HEADER}瑶海区,2016,活产数,5\n340102,2016,live_births,6\n", "two.csv")
    (named,) = refused(two, catalogue=CATALOGUE).faults
    assert named.place.row == 3
    other = written(tmp_path, f"{HEADER}340102,2016,live_births,7\n", "other.csv")
    first = written(tmp_path, f"{HEADER}340102,2016,live_births,7\n", "first.csv")
    with pytest.raises(ms.FactsError, match=r"other\.csv, row 2.*first\.csv"):
        ms.read_facts([first, other])


def test_one_key_may_have_a_report_of_each_basis(tmp_path: Path) -> None:
    text = "division,period,measure,value,basis\n340102,2017-02,live_births,5,\n340102,2017-02,live_births,9,累计\n"
    assert ms.read_facts(written(tmp_path, text)).frame["basis"].to_list() == ["period", "year_to_date"]


@pytest.mark.parametrize(
    ("column", "word", "said"),
    [
        ("scenario", "taget", "did you mean target?"),
        ("basis", "本月", "but one of"),
        ("approximate", "也许", "but one of"),
    ],
)
def test_an_unknown_word_is_refused(tmp_path: Path, column: str, word: str, said: str) -> None:
    path = written(tmp_path, f"division,period,measure,value,{column}\n340102,2017,live_births,5,{word}\n")
    (fault,) = refused(path).faults
    assert (fault.place.row, fault.place.column) == (2, column)
    assert said in fault.text("en")


# ---- files


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (HEADER.encode(), "a header but no facts"),
        (b"division,period,measure,valeu\nA,2017,x,1\n", "the column value is missing"),
        (b"division,period,measure,value,value\nA,2017,x,1,2\n", "the column value is there twice"),
        (HEADER.encode() + b"A,2017,x,1,234\n", "row 2: the row has 5 cells but the header 4 columns"),
        (HEADER.encode() + b'A,2017,x,"1\n', "a quote is not closed"),
        (b"\x80\x81\xff\xff", "byte 1 is neither UTF-8 nor GB18030"),
        (HEADER.encode() + "瑶海区,2017,活产数,1\n".encode() + "庐阳区,2017,活产数,1\n".encode("gb18030"), "row 3: the file mixes two encodings"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    error = refused(written(tmp_path, content))
    assert said in error.text("en")
    assert error.text("zh") != error.text("en")


def test_a_gb18030_file_that_would_pass_for_utf_8_is_read_as_gb18030(tmp_path: Path) -> None:
    raw = f"{HEADER[:-1]},note\n340102,2017,live_births,5,约\n".encode("gb18030")
    assert raw.decode("utf-8").endswith("Լ\n")
    assert ms.read_facts(written(tmp_path, raw)).frame["note"].to_list() == ["约"]


def test_a_missing_file_and_unread_kinds_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.csv").text("en")
    assert "save it as .xlsx" in refused(written(tmp_path, "x", "old.xls")).text("en")
    assert "is no xlsx file" in refused(written(tmp_path, "x", "not.xlsx")).text("en")
    assert "no readable parquet file" in refused(written(tmp_path, "x", "not.parquet")).text("en")


def test_excels_codes_and_dates_are_read_back(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "facts.xlsx",
        [
            ["区划", "时期", "指标", "数值", "单位"],
            [340102, 2017, "活产数", 10642, "人"],
            [340102004, datetime.date(2017, 9, 1), "活产数", 0.1, "万人"],
            ["340102005", 201710, "活产数", 0.3, "万人"],
        ],
    )
    frame = ms.read_facts(path, catalogue=CATALOGUE).frame
    assert frame["division"].to_list() == ["340102", "340102004", "340102005"]
    assert frame["period"].to_list() == ["2017", "2017-09", "2017-10"]
    assert frame["value"].to_list() == [Decimal(10642), Decimal("0.1"), Decimal("0.3")]


def test_a_code_that_excel_has_rewritten_is_refused(tmp_path: Path) -> None:
    (fault,) = refused(written(tmp_path, f"{HEADER}1.06E+11,2017,live_births,1\n")).faults
    assert fault.place.column == "division"
    assert "format the column as text" in fault.text("en")


def test_merged_cells_are_refused_with_their_range(tmp_path: Path) -> None:
    rows = [["区划", "时期", "指标", "数值"], ["", "2017", "活产数", 1], ["", "2018", "活产数", 1]]
    (fault,) = refused(workbook(tmp_path / "merged.xlsx", rows, merge="A2:A3")).faults
    assert (fault.place.row, fault.place.column) == (2, "A")
    assert "A2:A3" in fault.message("zh")


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", [["区划", "时期", "指标", "数值"], ["340102", "2017", "活产数", 1]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b" " * 60_000_000)
    assert path.stat().st_size < 200_000
    assert "would unpack to" in refused(path).text("en")


def test_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "facts.xlsx", [["区划", "时期", "指标", "数值"], ["340102", "2017", "活产数", 1]])
    assert "there are: Sheet1" in refused(path, sheet="二").text("en")


def test_typed_parquet_keeps_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "facts.parquet"
    pl.DataFrame({"division": [340102], "period": [2017], "measure": ["live_births"], "value": [0.1]}).write_parquet(
        path
    )
    assert ms.read_facts(path).frame.select("division", "period", "value").row(0) == ("340102", "2017", Decimal("0.1"))


def test_facts_show_themselves(tmp_path: Path) -> None:
    text = ms.read_facts(written(tmp_path, f"{HEADER}340102,2017,live_births,5\n"))._repr_html_()
    assert "live_births" in text
    assert "<script" not in text


def test_a_stream_of_progress_counts_files(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    paths = [written(tmp_path, f"{HEADER}340102,{year},live_births,5\n", f"{year}.csv") for year in (2016, 2017)]
    ms.read_facts(paths, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_a_table_with_columns_beyond_number_is_not_read(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(5_000))
    text = f"division,period,measure,value,{names}\n340102,2017,live_births,5{',' * 5_000}\n"
    assert [fault.code for fault in refused(written(tmp_path, text)).faults] == ["facts.too_wide"]
    names = ",".join(f"c{number}" for number in range(100))
    text = f"division,period,measure,value,{names}\n340102,2017,live_births,5{',x' * 100}\n"
    assert len(ms.read_facts(written(tmp_path, text)).frame) == 1
