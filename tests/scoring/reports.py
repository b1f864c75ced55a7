"""Facts of one county to be monitored, and the question about them."""

from __future__ import annotations

from typing import Any

import polars as pl

import libminsheng as ms
from libminsheng.scoring import Monitor, Watched

COUNTY = "340102"

Row = tuple[str, str, Any]


def facts(*rows: Row, division: str = COUNTY, **columns: str) -> pl.DataFrame:
    """Facts by period, measure and value: ``+x`` is reported to date, ``target:x`` is a target."""
    table = pl.DataFrame(
        [
            (
                period,
                name.lstrip("+").removeprefix("target:"),
                str(value),
                "target" if name.startswith("target:") else "actual",
                "year_to_date" if name.startswith("+") else "period",
            )
            for period, name, value in rows
        ],
        schema=["period", "measure", "value", "scenario", "basis"],
        orient="row",
    )
    return table.with_columns(division=pl.lit(division), **{name: pl.lit(cell) for name, cell in columns.items()})


def watch(rows: pl.DataFrame, period: str, catalogue: ms.Catalogue | None = None, **options: Any) -> Monitor:
    return ms.monitor(rows, period, catalogue=catalogue, divisions=[COUNTY], **options)


def only(found: Monitor) -> Watched:
    (one,) = found
    return one


def month(number: int) -> str:
    return f"2018-{number:02d}"
