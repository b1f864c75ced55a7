"""A rule of a pack turns a standing check off, or down, for some measures; counts below zero."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import libminsheng as ms

STANDING = ("unit_slip", "outlier", "digits_transposed", "parent_differs", "blank_zero", "year_differs", "below_zero")


def facts(measure: str) -> pl.DataFrame:
    """Two subdistricts and their district, with a slip, a 0, a transposition, a negative count and a wrong year."""
    values = {"340102001": [8348 + 7 * n for n in range(24)], "340102003": [1250 + 3 * n for n in range(24)]}
    periods = [f"{year}-{month:02d}" for year in (2016, 2017) for month in range(1, 13)]
    values["340102"] = [sum(both) for both in zip(*values.values(), strict=True)]
    first, second = values["340102001"], values["340102003"]
    first[4] *= 10_000
    first[8], first[12], second[15], second[20] = 8440, 0, -1295, 9999
    rows = [
        (code, period, measure, value)
        for code, own in values.items()
        for period, value in zip(periods, own, strict=True)
    ]
    rows.append(("340102003", "2017", measure, 5))
    return pl.DataFrame(rows, schema=["division", "period", "measure", "value"], orient="row")


def rules(path: Path, measure: str, severity: str) -> ms.Catalogue:
    text = "".join(
        f'[[rule]]\ncode = "mine_{check}"\ncheck = "{check}"\nseverity = "{severity}"\nmeasures = ["{measure}"]\n'
        for check in STANDING
    )
    path.write_text(text, "utf-8")
    return ms.catalogue(packs=[path])


@pytest.mark.parametrize("check", STANDING)
def test_what_is_off_for_a_measure_is_not_said_of_it(check: str, tmp_path: Path) -> None:
    off = rules(tmp_path / "off.toml", "hotline_12333_calls", "off")
    assert not ms.check(facts("hotline_12333_calls"), catalogue=off, only=[check])
    assert not ms.check(facts("hotline_12333_calls"), catalogue=off).of(check)
    assert len(ms.check(facts("hotline_12333_answered"), catalogue=off).of(check)) == len(
        ms.check(facts("hotline_12333_answered")).of(check)
    )


def test_a_severity_that_there_is_not_is_refused() -> None:
    with pytest.raises(ms.EvaluationError, match="error, warning, note"):
        ms.check(facts("funds_used")).at_least("grave")


def test_a_count_below_zero_is_a_warning_and_money_may_be_paid_back() -> None:
    (one,) = ms.check(facts("hotline_12333_calls")).of("below_zero")
    assert (one.severity, one.seen, one.where["period"]) == ("warning", "-1295", "2017-04")
    assert one.arithmetic == "hotline_12333_calls = -1295 < 0"
    assert not ms.check(facts("funds_used")).of("below_zero")
