"""Figures for other programs: the same numbers in every form, and the same bytes every time."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest

import libminsheng as ms
from libminsheng.report.export import figures_csv, figures_parquet, json_lines
from libminsheng.report.workbook import figures_workbook


@pytest.fixture(params=["figures", "broken_down"])
def made(request: pytest.FixtureRequest) -> ms.Figures:
    return request.getfixturevalue(request.param)


def _csv(figures: ms.Figures, *, bom: bool = False) -> bytes:
    stream = io.BytesIO()
    figures_csv(figures, stream, bom=bom)
    return stream.getvalue()


def _flat(figure: dict, columns: list[str]) -> dict[str, str]:
    """A figure of the JSON form as a row of the CSV form."""
    row = figure | figure["by"] | figure["coverage"]
    row |= {name: ";".join(figure[name]) for name in ("flags", "missing")}
    return {name: "" if row.get(name) is None else str(row[name]) for name in columns}


def test_csv_says_what_json_says(made: ms.Figures) -> None:
    read = pl.read_csv(_csv(made), infer_schema=False, empty_string_is_null=False)
    assert read.columns == made.frame.columns
    bare = read.with_columns(pl.all().str.replace(r"\A'=", "="))
    assert bare.to_dicts() == [_flat(figure, read.columns) for figure in made.to_dicts()]


def test_a_value_has_the_decimals_of_its_indicator(figures: ms.Figures) -> None:
    values = {row["value"] for row in pl.read_csv(_csv(figures), infer_schema=False).to_dicts()}
    assert {"99.61", "26200.00", "21.81", None} <= values


def test_a_byte_order_mark_only_where_it_is_asked_for(figures: ms.Figures) -> None:
    assert _csv(figures, bom=True) == b"\xef\xbb\xbf" + _csv(figures)
    assert not _csv(figures).startswith(b"\xef\xbb\xbf")


def test_the_same_figures_give_the_same_bytes(facts: pl.DataFrame, figures: ms.Figures) -> None:
    indicators = ["fee_exemption_share", "special_funds", "newborn_screening_rate"]
    again = ms.evaluate(facts.reverse(), indicators=indicators, divisions=["340103", "340102"])
    assert _csv(again) == _csv(figures)


def test_json_is_one_array_with_a_line_for_each_figure(made: ms.Figures) -> None:
    text = "".join(json_lines(iter(made.to_dicts())))
    assert json.loads(text) == made.to_dicts()
    assert len(text.splitlines()) == len(made) + 2
    assert "".join(json_lines(iter([]))) == "[]\n"


def test_json_keeps_chinese_letters_and_exact_numbers(figures: ms.Figures) -> None:
    text = "".join(json_lines(iter(figures.to_dicts())))
    assert '"value": "99.61", "unit": "%", "numerator": "10601", "denominator": "10642"' in text
    assert "万元" in text


def test_parquet_is_the_frame(made: ms.Figures) -> None:
    stream = io.BytesIO()
    figures_parquet(made, stream)
    stream.seek(0)
    assert pl.read_parquet(stream).equals(made.frame)


def _sheet(figures: ms.Figures, path: Path) -> list[dict[str, object]]:
    figures_workbook(figures, path, "en")
    sheet = fastexcel.read_excel(path).load_sheet(0, dtypes="string")
    return sheet.to_polars().to_dicts()


def test_a_sheet_read_back_equals_the_frame(made: ms.Figures, tmp_path: Path) -> None:
    rows = _sheet(made, tmp_path / "figures.xlsx")
    assert len(rows) == len(made)
    names = dict(zip(made.frame.columns, rows[0], strict=False))
    for row, figure in zip(rows, made.to_dicts(), strict=True):
        expected = _flat(figure, made.frame.columns)
        for column, text in expected.items():
            cell = row[names[column]]
            if column in ("value", "numerator", "denominator", "reported", "expected") and text:
                assert Decimal(str(cell)) == Decimal(text), column
            else:
                assert (cell or "") == text, column


def test_every_sheet_of_a_workbook_fits_on_paper(figures: ms.Figures, tmp_path: Path) -> None:
    figures_workbook(figures, tmp_path / "figures.xlsx")
    for page in openpyxl.load_workbook(tmp_path / "figures.xlsx").worksheets:
        setup = page.page_setup
        assert (setup.orientation, setup.paperSize, setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", 9, 1, 0)
        assert page.sheet_properties.pageSetUpPr.fitToPage
    assert openpyxl.load_workbook(tmp_path / "figures.xlsx").worksheets[0].print_title_rows == "$1:$1"


def test_numbers_are_numbers_and_codes_are_text(figures: ms.Figures, tmp_path: Path) -> None:
    figures_workbook(figures, tmp_path / "figures.xlsx", "zh")
    book = fastexcel.read_excel(tmp_path / "figures.xlsx")
    assert book.sheet_names == ["指标结果", "凭据"]
    frame = book.load_sheet(0).to_polars()
    assert frame["区划"].dtype == pl.String
    assert frame["时期"].dtype == pl.String
    assert frame["数值"].dtype == pl.Float64
    assert frame["指标名称"][0] == "免学杂费占专项资金比重"
    assert frame["区划名称"][0] == "瑶海区"


def test_nothing_from_a_file_becomes_a_formula(broken_down: ms.Figures, tmp_path: Path) -> None:
    import zipfile

    figures_workbook(broken_down, tmp_path / "figures.xlsx")
    with zipfile.ZipFile(tmp_path / "figures.xlsx") as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    assert sheets
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)


def test_a_number_beyond_fifteen_digits_is_kept_as_text(tmp_path: Path) -> None:
    facts = pl.DataFrame(
        {
            "division": ["340102"],
            "period": ["2017"],
            "measure": ["funds_disbursed_and_used"],
            "value": pl.Series([Decimal("12345678901234567.89")], dtype=pl.Decimal(38, 2)),
        }
    )
    figures = ms.evaluate(facts, indicators=["special_funds"], divisions=["340102"])
    row = _sheet(figures, tmp_path / "figures.xlsx")[0]
    assert row["Numerator"] == "12345678901234567.89"


def test_a_name_that_is_a_formula_does_not_run_in_a_spreadsheet() -> None:
    wild = ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "-12", "平"]
    facts = pl.DataFrame(
        {
            "division": ["340102"] * 7,
            "period": ["2017"] * 7,
            "measure": ["live_births"] * 7,
            "value": [-5] * 7,
            "=side": wild,
            "'=side": wild,
        }
    )
    figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], by=["=side", "'=side"])
    read = pl.read_csv(_csv(figures), infer_schema=False)
    shown = {None, "'=1+1", "'+1", "'-x", "'@SUM(A1)", "'\tx", "-12", "平"}
    assert set(read["''=side"]) == set(read["'=side"]) == shown
    assert set(read["denominator"]) == {"-5", "-35"}


def test_a_workbook_of_the_same_rows_is_the_same_file(figures: ms.Figures) -> None:
    """Its tag in an answer over HTTP may not change by the second."""
    held = io.BytesIO()
    figures_workbook(figures, held)
    with zipfile.ZipFile(held) as parts:
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
