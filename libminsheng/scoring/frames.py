"""Columns of the frames that rankings and comparisons give."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import polars as pl

from libminsheng.errors import EvaluationError, Fault

__all__ = ["decimal_column"]

_DIGITS: Final = 38
"""What a decimal column of Polars holds."""


def decimal_column(values: Sequence[Decimal | None]) -> pl.Series:
    """Printed values as one decimal column with the decimals of the finest of them.

    >>> decimal_column([Decimal("99.61"), None, Decimal("3")]).to_list()
    [Decimal('99.61'), None, Decimal('3.00')]
    """
    scale = max((_decimals(value) for value in values if value is not None), default=0)
    texts = [None if value is None else f"{value:.{scale}f}" for value in values]
    if any(text is not None and sum(map(str.isdigit, text)) > _DIGITS for text in texts):
        raise EvaluationError(Fault("engine.too_large"))
    return pl.Series(texts, dtype=pl.String).cast(pl.Decimal(_DIGITS, scale))


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
