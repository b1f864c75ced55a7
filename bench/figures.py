"""Twenty ratios for every division and month, against Polars and DuckDB written by hand.

Ours gives each figure's status, coverage, flags, numerator and denominator besides its value.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import polars as pl

import libminsheng as ms
from bench.panel import RATIOS, Panel, definitions
from bench.yardstick import Result, race

__all__ = ["run"]


def by_polars(facts: pl.LazyFrame) -> pl.DataFrame:
    """One group-by, one pivot, twenty divisions."""
    sums = facts.group_by("division", "period", "measure").agg(pl.col("value").sum()).collect()
    wide = sums.pivot("measure", index=["division", "period"], values="value")
    ratios = [(pl.col(top) / pl.col(bottom) * 100).round(2).alias(top) for top, bottom in RATIOS]
    return wide.select("division", "period", *ratios)


def by_duckdb(source: str, value: str, connection: duckdb.DuckDBPyConnection) -> object:
    """One group-by, then one conditional aggregate for each side of each ratio."""
    ratios = ", ".join(
        f"round(100.0 * sum(v) FILTER (measure = '{top}') / sum(v) FILTER (measure = '{bottom}'), 2) AS {top}"
        for top, bottom in RATIOS
    )
    query = (
        f"WITH sums AS (SELECT division, period, measure, sum({value}) AS v FROM {source} GROUP BY ALL) "
        f"SELECT division, period, {ratios} FROM sums GROUP BY division, period"
    )
    return connection.sql(query).to_arrow_table()


def run(rows: int = 20_000_000) -> list[Result]:
    """The two races: typed columns in memory, and a Parquet file of strings."""
    panel = Panel.of(rows)
    tree = panel.tree()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        catalogue = ms.catalogue(packs=[definitions(Path(folder))], builtin=False)
        connection = duckdb.connect()
        table = panel.frame.to_arrow()
        connection.register("facts", table)
        seconds = race(
            {
                "libminsheng": lambda: ms.evaluate(panel.frame, catalogue=catalogue, tree=tree).frame,
                "polars": lambda: by_polars(panel.frame.lazy()),
                "duckdb": lambda: by_duckdb("facts", "value", connection),
            }
        )
        results.append(_result("typed columns in memory", rows, seconds))
        path = panel.as_strings(Path(folder) / "facts.parquet")
        strings = pl.scan_parquet(path).with_columns(pl.col("value").cast(pl.Int64))
        seconds = race(
            {
                "libminsheng": lambda: ms.evaluate(pl.scan_parquet(path), catalogue=catalogue, tree=tree).frame,
                "polars": lambda: by_polars(strings),
                "duckdb": lambda: by_duckdb(f"'{path}'", "value::BIGINT", connection),
            },
            rounds=3,
        )
        results.append(_result("Parquet of strings", rows, seconds))
    return results


def _result(what: str, rows: int, seconds: dict[str, float]) -> Result:
    ratio = seconds["libminsheng"] / min(seconds["polars"], seconds["duckdb"])
    detail = ", ".join(f"{name} {seconds[name]:.2f} s" for name in ("libminsheng", "polars", "duckdb"))
    return Result(f"20 ratios, {rows / 1e6:g} million facts, {what}", f"{ratio:.2f}×", "≤ 0.4×", ratio <= 0.4, detail)
