"""Numbers as offices write them: read exactly, or refused with what to do."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.errors import Fault, Place
from libminsheng.facts.values import read_value
from tests.facts.files import CHINESE, HEADER, good, refused, workbook, written

EXACT = st.decimals(-(10**24), 10**24, places=6)
WIDE = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")


@given(EXACT)
def test_print_and_parse_are_inverse(number: Decimal) -> None:
    assert read_value(f"{number:f}", Place()) == number
    assert read_value(f"{number:+,f}", Place()) == number
    assert read_value(f"{number:,f}".translate(WIDE), Place()) == number


@given(st.integers(1000, 10**15), st.integers(1, 20))
def test_a_comma_in_any_other_place_is_refused(number: int, at: int) -> None:
    digits = str(number)
    at = 1 + at % (len(digits) - 1)
    if (len(digits) - at) == 3 and at <= 3:
        assert read_value(f"{digits[:at]},{digits[at:]}", Place()) == number
    else:
        found = read_value(f"{digits[:at]},{digits[at:]}", Place(row=2))
        assert isinstance(found, Fault)
        assert found.code == "facts.groups"


@pytest.mark.parametrize(
    ("text", "code", "zh", "en"),
    [
        ("NaN", "no_value", "没有上报就留空", "leave the cell empty"),
        ("Infinity", "no_value", "不是数", "is no number"),
        ("-inf", "no_value", "不是数", "is no number"),
        ("#N/A", "no_value", "不是数", "is no number"),
        ("1_000", "no_number", "只用数字", "use digits"),
        ("80.21%", "percent", "数值写 80.21，单位列写 %", "write 80.21 and put % in the unit column"),
        ("3.5‰", "percent", "单位列写 ‰", "put ‰ in the unit column"),
        ("８０．２１％", "percent", "数值写 80.21", "write 80.21"),
        ("1.2e5", "scientific", "写出全部数字", "write the number out"),
        ("1,23", "groups", "1,234.5", "1,234.5"),
        ("1,234,5", "groups", "1,234.5", "1,234.5"),
        ("12万", "unit_in_value", "单位写进单位列", "its unit in the unit column"),
        ("一百", "no_number", "只用数字", "use digits"),
        ("１２三", "unit_in_value", "单位写进单位列", "its unit in the unit column"),
        ("1.2.3", "no_number", "只用数字", "use digits"),
        ("-", "no_number", "只用数字", "use digits"),
        ("9" * 39, "too_long", "超过 38 位", "more than 38 digits"),
    ],
)
def test_what_is_no_number_is_told_in_both_languages(tmp_path: Path, text: str, code: str, zh: str, en: str) -> None:
    path = written(tmp_path, f'{HEADER}A,2017,m,5\nA,2018,m,"{text}"\nA,2019,m,7\n')
    error = refused(path)
    (fault,) = error.faults
    assert fault.code == f"facts.{code}"
    assert fault.place == Place(str(path), row=3, column="value")
    assert zh in fault.text("zh")
    assert en in fault.text("en")
    assert good(error) == [2, 4]
    kept = ms.read_facts(path, skip_bad_rows=True)
    assert kept.frame["value"].to_list() == [5, 7]
    assert kept.bad_rows == (fault,)


def test_a_file_of_one_scale_keeps_every_digit(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}A,2017,m,0.1\nB,2017,m,12345678901234567890.123456\nC,2017,m,-7\n")
    values = ms.read_facts(path).frame["value"]
    assert values.to_list() == [Decimal("0.1"), Decimal("12345678901234567890.123456"), Decimal(-7)]
    assert values.dtype == pl.Decimal(38, 6)


@given(st.floats(-(10**6), 10**6).filter(lambda x: x == 0 or abs(x) > 1e-3))
def test_a_float_is_its_shortest_decimal(tmp_path_factory: pytest.TempPathFactory, number: float) -> None:
    path = tmp_path_factory.mktemp("floats") / "facts.parquet"
    pl.DataFrame({"division": ["A"], "period": ["2017"], "measure": ["m"], "value": [number]}).write_parquet(path)
    assert ms.read_facts(path).frame["value"].to_list() == [Decimal(repr(number))]


# ---- known faults of this edition: strict, so that whoever mends one has to take its mark away


@pytest.mark.parametrize("number", [1e-07, 1.2345e-05, 1e23])
def test_a_very_small_or_large_float_is_its_shortest_decimal(tmp_path: Path, number: float) -> None:
    path = tmp_path / "facts.parquet"
    pl.DataFrame({"division": ["A"], "period": ["2017"], "measure": ["m"], "value": [number]}).write_parquet(path)
    assert ms.read_facts(path).frame["value"].to_list() == [Decimal(repr(number))]


@pytest.mark.parametrize("number", [123456789.12, 99999999.99])
def test_an_amount_in_a_workbook_is_its_shortest_decimal(tmp_path: Path, number: float) -> None:
    path = workbook(tmp_path / "facts.xlsx", [CHINESE, ["340102", "2017", "m", number]])
    assert ms.read_facts(path).frame["value"].to_list() == [Decimal(repr(number))]


def test_no_decimal_is_dropped_silently(tmp_path: Path) -> None:
    text = "1." + "0" * 30 + "1"
    path = written(tmp_path, f"{HEADER}A,2017,m,{text}\n")
    facts = ms.read_facts(path, skip_bad_rows=True)
    told = [fault.place.row for fault in facts.bad_rows]
    assert (facts.frame["value"].to_list(), told) in (([Decimal(text)], []), ([], [2]))


def test_a_row_with_many_decimals_spoils_no_other(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}A,2017,m,0.{'0' * 29}1\nB,2017,m,12345678901\n")
    assert 3 in good(refused(path))


@pytest.mark.parametrize("text", ["10⁴", "①", "5²"])
def test_a_digit_that_is_raised_or_circled_is_refused(text: str) -> None:
    assert isinstance(read_value(text, Place()), Fault)
