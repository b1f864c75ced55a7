"""Definitions that somebody wrote to keep a service busy: they are refused as soon as any others."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import libminsheng as ms

_ENOUGH = 20
"""Seconds of work that nothing here comes near to; each took minutes, or had no end."""


def told(tmp_path: Path, text: str) -> list[ms.Fault]:
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    began = time.process_time()
    with pytest.raises(ms.DefinitionError) as caught:
        ms.catalogue([path], builtin=False)
    assert time.process_time() - began < _ENOUGH
    return list(caught.value.faults)


def indicator(code: str, formula: str) -> str:
    return f'[[indicator]]\ncode = "{code}"\nformula = "{formula}"\nunit = "1"\n'


def test_the_line_of_every_unknown_key_is_found_without_reading_all_lines_again(tmp_path: Path) -> None:
    faults = told(tmp_path, "[[indicator]]\n" + "".join(f"a{number} = 1\n" for number in range(12_000)))
    lines = {fault.values["key"]: fault.place.line for fault in faults if fault.code == "definitions.unknown_key"}
    assert (lines["a0"], lines["a11999"]) == (2, 12_001)


def test_the_line_of_every_broken_table_is_found_without_reading_all_lines_again(tmp_path: Path) -> None:
    faults = told(tmp_path, ("[[indicator]] # none\n" + indicator("fine", "1")) * 5_000)
    lines = [fault.place.line for fault in faults if fault.code == "definitions.missing_key"]
    assert {1, 6, 24_996} <= set(lines)


def test_a_key_is_found_however_it_is_written(tmp_path: Path) -> None:
    text = "[[ measure ]] # one\ncode = 'm'\n \"wörter dazu\" = 1\n'x y'=2\nz.a = 3\n"
    faults = told(tmp_path, text)
    lines = {fault.values["key"]: fault.place.line for fault in faults if fault.code == "definitions.unknown_key"}
    assert lines == {"wörter dazu": 3, "x y": 4, "z": 5}


def test_indicators_that_all_name_each_other_are_told_in_few_circles(tmp_path: Path) -> None:
    everybody = " + ".join(f"i{number}" for number in range(40))
    faults = told(tmp_path, "".join(indicator(f"i{number}", everybody) for number in range(80)))
    circles = [str(fault.values["circle"]).split(" → ")[:-1] for fault in faults]
    assert {fault.code for fault in faults} == {"definitions.circle"}
    assert sorted(code for circle in circles for code in circle) == sorted(f"i{number}" for number in range(40))


def test_what_hangs_on_two_circles_is_free_once_both_are_gone(tmp_path: Path) -> None:
    rows = {"a": "b", "b": "c", "c": "a", "d": "c", "e": "d", "f": "e + f", "g": "1"}
    rows["b"] = "c + d"  # a second circle, a → b → d → c → a, shares three with the first
    faults = told(tmp_path, "".join(indicator(code, formula) for code, formula in rows.items()))
    circles = [set(str(fault.values["circle"]).split(" → ")) for fault in faults]
    assert circles == [{"a", "b", "c"}, {"f"}]


@pytest.mark.parametrize("number", ["9" * 5_000, "1e9999999999999999999", "-1.5E-9999999999999999999"])
def test_a_number_beyond_all_numbers_is_no_fault_of_the_program(tmp_path: Path, number: str) -> None:
    assert [fault.code for fault in told(tmp_path, f"a = {number}\n")] == ["definitions.toml"]
