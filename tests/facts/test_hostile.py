"""Files that somebody made to keep a program busy, or to fill its memory: they are refused before that."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.facts import tables

HEAD = "division,period,measure,value"
_ENOUGH = 20
"""Seconds of work that nothing here comes near to."""


def code_of(path: Path) -> str:
    began = time.process_time()
    with pytest.raises(ms.FactsError) as caught:
        ms.read_facts(path)
    assert time.process_time() - began < _ENOUGH
    return caught.value.faults[0].code


@pytest.mark.parametrize("above", ["", "\n", ",,\n"])
def test_a_header_of_a_hundred_thousand_columns_is_refused_unread(tmp_path: Path, above: str) -> None:
    path = tmp_path / "wide.csv"
    names = ",".join(f"c{number}" for number in range(100_000))
    path.write_text(f"{above}{HEAD},{names}\n340102,2017,live_births,10\n", "utf-8")
    assert code_of(path) == "facts.too_wide"


def test_a_table_of_as_many_columns_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    pl.DataFrame({f"c{number}": ["x"] for number in range(3_000)}).write_parquet(path)
    assert code_of(path) == "facts.too_wide"


@pytest.mark.parametrize("sheet", ["<row r='1'>" + "<c r='A1'/>" * 90 + "</row>", "<a/>" * 90, "<row r='1'/>" * 90])
def test_no_more_of_a_sheet_is_held_than_a_row_and_what_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sheet: str
) -> None:
    monkeypatch.setattr(tables, "_MOST_HELD", 80)
    path = tmp_path / "sheet.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("sheet.xml", f"<worksheet><sheetData>{sheet}</sheetData></worksheet>")
    with zipfile.ZipFile(path) as archive, pytest.raises(ms.FactsError) as caught:
        tables._first_row(archive, "sheet.xml", ms.Place(str(path)))
    assert caught.value.faults[0].code == "facts.too_large"


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_text_that_stands_once_and_is_meant_a_million_times_is_refused(tmp_path: Path, kind: str) -> None:
    texts = {"division": "340102", "period": "2017", "measure": "live_births", "value": "9" * 6_000}
    frame = pl.DataFrame({name: pl.Series([text]).new_from_index(0, 1_000_000) for name, text in texts.items()})
    path = tmp_path / f"facts.{kind}"
    if kind == "parquet":
        frame.write_parquet(path)
    else:
        frame.cast(pl.Categorical).write_ipc(path)
    assert code_of(path) == "facts.bomb"
