"""Figures for other programs: JSON, CSV and Parquet.

In CSV a text that a spreadsheet would run as a formula stands behind an apostrophe.
Numbers are plain and exact: JSON and CSV write a value with the decimals of its indicator, a
numerator or denominator without trailing zeros, never in groups or with an exponent. The same
figures always give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from libminsheng.engine import Figures

__all__ = ["figures_csv", "figures_parquet", "harmless", "json_lines", "text_frame"]

_FORMULA: Final = r"\A[=+\-@\t\r]"
"""What a spreadsheet takes for a formula, in a file from wherever."""
_NUMBER: Final = r"\A-?[0-9]+(?:\.[0-9]+)?\z"


def json_lines(rows: Iterator[Mapping[str, object]]) -> Iterator[str]:
    """One JSON array, a line for each of its elements.

    >>> print("".join(json_lines(iter([{"value": "99.61"}, {"value": None}]))), end="")
    [
    {"value": "99.61"},
    {"value": null}
    ]
    """
    mark = "[\n"
    for row in rows:
        yield mark + json.dumps(row, ensure_ascii=False)
        mark = ",\n"
    yield "[]\n" if mark == "[\n" else "\n]\n"


def figures_csv(figures: Figures, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """The columns of `Figures.frame` as CSV in UTF-8; several flags or missing operands are joined by ``;``.

    Parameters
    ----------
    figures
        What was evaluated.
    target
        A path or a stream of bytes.
    bom
        Whether the file begins with a byte order mark, by which Excel knows UTF-8.
    """
    harmless(text_frame(figures)).write_csv(target, include_bom=bom)


def figures_parquet(figures: Figures, target: Path | BinaryIO) -> None:
    """`Figures.frame` as Parquet, decimals and lists as they are."""
    figures.frame.write_parquet(target)


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would run as a formula behind an apostrophe, headings among them; a number stays one.

    >>> harmless(pl.DataFrame({"@sex": ["=1+1", "-12.5", "甲", None]})).to_dict(as_series=False)
    {"'@sex": ["'=1+1", '-12.5', '甲', None]}
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    behind = pl.col(texts).str.replace(_FORMULA, "'${0}")
    safe = frame.with_columns(pl.when(pl.col(texts).str.contains(_NUMBER)).then(pl.col(texts)).otherwise(behind))
    names: dict[str, str] = {}
    for name in frame.columns:
        if re.match(_FORMULA, name):
            names[name] = "'" + name
            while names[name] in frame.columns:
                names[name] = "'" + names[name]
    return safe.rename(names)


def text_frame(figures: Figures) -> pl.DataFrame:
    """`Figures.frame` with its numbers as texts and its lists joined: what CSV and sheets carry."""
    frame = figures.frame
    return frame.with_columns(
        _with_decimals(frame, figures),
        *(_shortest(frame[name]) for name in ("numerator", "denominator")),
        frame["status"].cast(pl.String),
        *(frame[name].list.join(";") for name in ("flags", "missing")),
    )


def _with_decimals(frame: pl.DataFrame, figures: Figures) -> pl.Series:
    """The values, each with the decimals of its own indicator."""
    value = frame["value"]
    scale = _scale(value)
    first = frame.select("indicator", "edition").with_row_index("at").unique(["indicator", "edition"], keep="first")
    cut = {
        (code, edition): scale - decimals + (decimals == 0 < scale)
        for at, code, edition in first.iter_rows()
        for decimals in [figures[at].indicator.decimals]
    }
    table = pl.DataFrame(
        [(code, edition, count) for (code, edition), count in cut.items()],
        schema={"indicator": pl.String, "edition": pl.String, "cut": pl.Int64},
        orient="row",
    )
    cuts = frame.select("indicator", "edition").join(
        table, on=["indicator", "edition"], how="left", maintain_order="left"
    )
    text = pl.DataFrame({"value": value.cast(pl.String), "cut": cuts["cut"]})
    length = pl.col("value").str.len_chars().cast(pl.Int64) - pl.col("cut")
    return text.select(pl.col("value").str.head(length)).to_series()


def _shortest(column: pl.Series) -> pl.Series:
    text = column.cast(pl.String)
    return text.str.strip_chars_end("0").str.strip_chars_end(".") if _scale(column) else text


def _scale(column: pl.Series) -> int:
    return column.dtype.scale if isinstance(column.dtype, pl.Decimal) else 0
