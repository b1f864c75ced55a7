"""Columns of the frames that rankings, comparisons, scores and monitoring give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import polars as pl

from libminsheng.errors import EvaluationError, Fault

__all__ = [
    "COMPARISON_COLUMNS",
    "MONITOR_COLUMNS",
    "RANKING_COLUMNS",
    "SCORES_COLUMNS",
    "decimal_column",
    "typed_frame",
]

RANKING_COLUMNS: Final = (
    "rank", "indicator", "edition", "division", "period", "value", "unit", "status", "flags",
    "reported", "expected", "missing", "division_name",
)  # fmt: skip
COMPARISON_COLUMNS: Final = (
    "indicator", "edition", "division", "period", "against", "value", "base", "change", "unit",
    "change_unit", "status", "flags", "missing", "indicator_name", "division_name",
)  # fmt: skip
SCORES_COLUMNS: Final = (
    "scheme", "edition", "division", "division_name", "period", "item", "group", "indicator", "value",
    "unit", "weight", "points", "status", "arithmetic", "total", "grade", "flags", "missing",
)  # fmt: skip
MONITOR_COLUMNS: Final = (
    "division", "division_name", "period", "watch", "aspect", "rule", "actual", "target", "unit", "pace",
    "light", "status", "forecast", "needed", "flags", "missing",
)  # fmt: skip
"""The columns of each frame, and of the sheet made of it, that are no breakdowns."""

_DIGITS: Final = 38
"""What a decimal column of Polars holds."""


def decimal_column(values: Sequence[Decimal | None], decimals: int = 0) -> pl.Series:
    """Printed values as one decimal column with the decimals of the finest of them, at least `decimals`.

    >>> decimal_column([Decimal("99.61"), None, Decimal("3")]).to_list()
    [Decimal('99.61'), None, Decimal('3.00')]
    """
    scale = max((_decimals(value) for value in values if value is not None), default=0)
    scale = max(scale, decimals)
    texts = [None if value is None else f"{value:.{scale}f}" for value in values]
    if any(text is not None and sum(map(str.isdigit, text)) > _DIGITS for text in texts):
        raise EvaluationError(Fault("engine.too_large"))
    return pl.Series(texts, dtype=pl.String).cast(pl.Decimal(_DIGITS, scale))


def typed_frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, int | None]) -> pl.DataFrame:
    """Rows as a frame with these columns: texts, or decimals with at least so many places.

    >>> typed_frame([{"a": "x", "n": Decimal("1.5")}], {"a": None, "n": 2}).rows()
    [('x', Decimal('1.50'))]
    """
    return pl.DataFrame(
        {
            name: pl.Series([row[name] for row in rows], dtype=pl.String)
            if decimals is None
            else decimal_column([row[name] for row in rows], decimals)
            for name, decimals in columns.items()
        }
    )


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
