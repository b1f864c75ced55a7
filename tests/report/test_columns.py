"""A breakdown that is called like a column of the frame: neither takes the other's place, in frames, CSV and sheets."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import fastexcel
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
from libminsheng.engine.frame import FIXED_COLUMNS, breakdown_columns
from libminsheng.report.export import figures_csv
from libminsheng.report.growth import comparison_csv, comparison_workbook
from libminsheng.report.lights import monitor_csv, monitor_workbook
from libminsheng.report.ranking import ranking_csv, ranking_workbook
from libminsheng.report.scores import scores_csv, scores_workbook
from libminsheng.report.workbook import figures_workbook
from libminsheng.scoring.frames import COMPARISON_COLUMNS, MONITOR_COLUMNS, RANKING_COLUMNS, SCORES_COLUMNS

FACTS_OWN: Final = {"division", "period", "value", "unit", "reported"}
"""Columns of facts: no breakdown can be called so."""


def facts(name: str) -> pl.DataFrame:
    """What two counties spent in two years, with a target, broken down by a column of this name."""
    rows = [
        (division, period, measure, number, scenario, cell)
        for division in ("341502", "341503")
        for period, number in (("2019", 80), ("2020", 90))
        for measure, scenario in (("funds_spent", "actual"), ("funds_budgeted", "actual"), ("funds_spent", "target"))
        for cell in ("甲", "乙")
    ]
    return pl.DataFrame(rows, schema=["division", "period", "measure", "value", "scenario", name], orient="row")


RATE: Final = ms.Indicator("rate", "funds_spent / funds_budgeted", "%", better="higher")


def evaluated(name: str) -> ms.Figures:
    return ms.evaluate(facts(name), indicators=[RATE], by=[name], period="year")


KINDS: dict[str, tuple[Callable[[str], Any], tuple[str, ...], Callable[..., None], Callable[..., None]]] = {
    "figures": (evaluated, FIXED_COLUMNS, figures_csv, figures_workbook),
    "ranking": (
        lambda name: ms.rank(evaluated(name), "rate", "2020", by={name: "甲"}, level="county"),
        RANKING_COLUMNS,
        ranking_csv,
        ranking_workbook,
    ),
    "comparison": (
        lambda name: ms.compare(facts(name), indicators=[RATE], by=[name], period="year"),
        COMPARISON_COLUMNS,
        comparison_csv,
        comparison_workbook,
    ),
    "scores": (
        lambda name: ms.score(facts(name), "self_evaluation", by=[name]),
        SCORES_COLUMNS,
        scores_csv,
        scores_workbook,
    ),
    "monitor": (
        lambda name: ms.monitor(facts(name), "2020", by=[name]),
        MONITOR_COLUMNS,
        monitor_csv,
        monitor_workbook,
    ),
}


def names() -> list[Any]:
    return [
        pytest.param(kind, name, id=f"{kind}-{name}")
        for kind, (_, fixed, _, _) in KINDS.items()
        for name in (*fixed, "sex")
        if name not in FACTS_OWN
    ]


@given(st.lists(st.sampled_from(["status", "by_status", "by_by_status", "sex", "甲"]), unique=True))
def test_every_breakdown_has_a_column_of_its_own(by: list[str]) -> None:
    fixed = {"status", "value", "by_by_status"}
    columns = breakdown_columns(by, fixed)
    assert list(columns) == by
    assert len(set(columns.values()) | fixed) == len(by) + len(fixed)
    assert all(columns[name] == name for name in by if name not in fixed)
    assert all(columns[name].endswith(f"by_{name}") for name in by if name in fixed)


@pytest.mark.parametrize(("kind", "name"), names())
def test_neither_takes_the_others_place(kind: str, name: str, tmp_path: Path) -> None:
    make, fixed, write_csv, write_book = KINDS[kind]
    made, plain = make(name), make("sex")
    column = f"by_{name}" if name in fixed else name
    there = {"甲"} if kind == "ranking" else {None, "甲", "乙"}
    assert set(made.frame[column]) == there
    assert made.frame.rename({column: "sex"}).equals(plain.frame)
    assert all(name in one["by"] for one in made.to_dicts() if one["by"])

    texts, plainly = io.BytesIO(), io.BytesIO()
    write_csv(made, texts)
    write_csv(plain, plainly)
    assert set(pl.read_csv(texts.getvalue())[column]) == there
    assert pl.read_csv(texts.getvalue()).rename({column: "sex"}).equals(pl.read_csv(plainly.getvalue()))

    path = tmp_path / "made.xlsx"
    write_book(made, path, "zh")
    sheet = fastexcel.read_excel(path).load_sheet(0).to_polars()
    assert set(sheet[column]) == there
    assert "数值" in sheet.columns or "完成" in sheet.columns


def test_in_a_sheet_no_two_columns_are_headed_alike(tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    figures_workbook(evaluated("状态"), path, "zh")
    sheet = fastexcel.read_excel(path).load_sheet(0).to_polars()
    assert set(sheet["by_状态"]) == {None, "甲", "乙"}
    assert set(sheet["状态"]) == {"ok"}
    assert "状态" in evaluated("状态").frame.columns
