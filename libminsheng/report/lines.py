"""Figures as lines of JSON, made column by column: each distinct code, name and mark is written once."""

from __future__ import annotations

import json
from typing import Final

import polars as pl

from libminsheng.engine import Figures
from libminsheng.engine.frame import FIXED_COLUMNS, breakdown_columns
from libminsheng.report.export import text_frame

__all__ = ["json_figures"]

_BETWEEN: Final = "\x1f"
_FEW: Final = 100
"""Figures that are written one by one sooner than as columns."""


def json_figures(figures: Figures) -> pl.Series:
    """What `Figure.as_dict` gives of each figure, as a line of JSON without spaces.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [5]})
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"])
    >>> json.loads(json_figures(figures)[0]) == figures[0].as_dict()
    True
    """
    if len(figures) <= _FEW:
        return pl.Series([_compact(figure.as_dict()) for figure in figures], dtype=pl.String)
    frame = text_frame(figures)
    parts: list[pl.Series | pl.Expr] = []

    def say(name: str, text: pl.Series | pl.Expr) -> None:
        parts.extend((pl.lit(("," if parts else "{") + f'"{name}":'), text))

    for name in ("indicator", "edition", "division", "period"):
        say(name, _quoted(frame[name]))
    say("by", _breakdowns(frame, figures.by))
    say("value", _number(frame["value"]))
    say("unit", _quoted(frame["unit"]))
    for name in ("numerator", "denominator"):
        say(name, _number(frame[name]))
    say("status", _quoted(frame["status"]))
    say("flags", _listed(figures.frame["flags"]))
    counts = (pl.lit('{"reported":'), frame["reported"], pl.lit(',"expected":'), frame["expected"], pl.lit("}"))
    say("coverage", pl.concat_str(*counts))
    say("missing", _listed(figures.frame["missing"]))
    return pl.select(pl.concat_str(*parts, pl.lit("}"))).to_series()


def _written(column: pl.Series, texts: dict[str, str]) -> pl.Series:
    return column.replace_strict(list(texts), list(texts.values()), return_dtype=pl.String)


def _quoted(column: pl.Series) -> pl.Series:
    return _written(column, {text: json.dumps(text, ensure_ascii=False) for text in column.unique().to_list()})


def _number(column: pl.Series) -> pl.Expr:
    return pl.when(column.is_null()).then(pl.lit("null")).otherwise(pl.concat_str(pl.lit('"'), column, pl.lit('"')))


def _listed(column: pl.Series) -> pl.Series:
    texts = column.list.join(_BETWEEN)
    known = texts.unique().to_list()
    return _written(texts, {text: _compact(text.split(_BETWEEN) if text else []) for text in known})


def _breakdowns(frame: pl.DataFrame, by: tuple[str, ...]) -> pl.Series | pl.Expr:
    if not by:
        return pl.lit("{}")
    columns = [breakdown_columns(by, FIXED_COLUMNS)[name] for name in by]
    known = frame.select(columns).unique()
    texts = [
        _compact({name: value for name, value in zip(by, values, strict=True) if value is not None})
        for values in known.iter_rows()
    ]
    told = known.with_columns(pl.Series("told", texts, pl.String))
    return frame.select(columns).join(told, on=columns, how="left", nulls_equal=True, maintain_order="left")["told"]


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
