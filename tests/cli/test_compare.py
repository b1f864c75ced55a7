"""minsheng compare: changes in every form, against one earlier period or both."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.conftest import Minsheng

ROWS = """\
division,period,measure,value
340102,2016,newborns_screened,80
340102,2016,live_births,100
340102,2017,newborns_screened,99
340102,2017,live_births,110
340102,2016,funds_used,200
340102,2017,funds_used,210
340102,2016,funds_disbursed,0
340102,2017,funds_disbursed,5
"""
ASKED = ("--division", "340102", "--from", "2017", "--indicator", "newborn_screening_rate")


@pytest.fixture
def years(tmp_path: Path) -> Path:
    path = tmp_path / "years.csv"
    path.write_text(ROWS, "utf-8")
    return path


def test_as_a_table_a_change_has_its_sign_and_its_unit(minsheng: Minsheng, years: Path) -> None:
    done = minsheng("compare", years, *ASKED, "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1].split() == [
        *("瑶海区", "2017年", "同比", "90.00", "80.00", "%", "+10.00", "百分点", "正常")
    ]


def test_as_json_and_csv(minsheng: Minsheng, years: Path) -> None:
    both = ("--against", "previous", "--against", "year_ago")
    changes = json.loads(minsheng("compare", years, *ASKED, *both, "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(minsheng("compare", years, *ASKED, *both, "--format", "csv").out)))
    assert [(one["against"], one["change"], one["change_unit"]) for one in changes] == [
        ("previous", "10.00", "百分点"),
        ("year_ago", "10.00", "百分点"),
    ]
    assert [row["change"] for row in rows] == ["10.00", "10.00"]
    assert list(rows[0]) == [name for name in changes[0] if name != "by"]


def test_as_a_workbook(minsheng: Minsheng, years: Path, tmp_path: Path) -> None:
    target = tmp_path / "growth.xlsx"
    assert minsheng("compare", years, *ASKED, "-o", target, "--lang", "zh").code == 0
    frame = fastexcel.read_excel(target).load_sheet("增减").to_polars()
    assert frame["增减"].to_list() == [10]
    assert frame["区划名称"].to_list() == ["瑶海区"]


def test_without_an_indicator_all_that_have_an_operand(minsheng: Minsheng, years: Path) -> None:
    done = minsheng("compare", years, "--division", "340102", "--from", "2017", "--format", "csv")
    assert "newborn_screening_rate" in {row["indicator"] for row in csv.DictReader(io.StringIO(done.out))}


def test_an_unknown_kind_is_refused(minsheng: Minsheng, years: Path) -> None:
    done = minsheng("compare", years, *ASKED, "--against", "last_year", "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert "one of: year_ago, previous" in done.err
