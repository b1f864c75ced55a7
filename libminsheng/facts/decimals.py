"""A column of values as exact decimals, whatever it was written as."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.errors import Fault, Place
from libminsheng.facts.values import PLAIN, read_value, shortest_decimal

__all__ = ["DIGITS", "decimals", "scale_of"]

DIGITS: Final = 38
"""Digits that a decimal has room for."""
_SURE: Final = 10**15
"""Below this a decimal of whole steps is the shortest that reads back as its float: no other of 15 digits does."""
_STEPS: Final = 6


def scale_of(dtype: pl.DataType) -> int:
    """The decimals of a column's numbers."""
    return dtype.scale if isinstance(dtype, pl.Decimal) else 0


def decimals(column: pl.Series, rows: pl.Series, place: Callable[[int], Place]) -> tuple[pl.Series, list[Fault]]:
    """The numbers of a column of trimmed texts, whole numbers, decimals or floats, null where there is a fault.

    Parameters
    ----------
    column
        The values, none of them null.
    rows
        The row that each stands in, by which `place` tells where a fault is.
    """
    if column.dtype.is_integer() or column.dtype == pl.Decimal:
        return column.cast(pl.Decimal(DIGITS, scale_of(column.dtype))), []
    if column.dtype.is_float():
        floats = column.cast(pl.Float64)
        stepped = _stepped(floats.to_numpy())
        if stepped is not None:
            return stepped, []
        column = pl.Series([shortest_decimal(number) for number in floats.to_list()], dtype=pl.String)
    else:
        whole = column.cast(pl.Int64, strict=False)
        if not whole.null_count():
            return whole.cast(pl.Decimal(DIGITS, 0)), []
    return _of_texts(column, rows, place)


def _stepped(numbers: npt.NDArray[np.float64]) -> pl.Series | None:
    """Floats that all are whole steps of few decimals, each by its shortest decimal; None if others are among them."""
    if not np.isfinite(numbers).all():
        return None
    for scale in range(1, _STEPS + 1):
        power = 10.0**scale
        steps = np.rint(numbers * power)
        if np.abs(steps).max(initial=0) >= _SURE:
            return None
        if (steps / power == numbers).all():
            whole = pl.Series(steps.astype(np.int64)).cast(pl.Decimal(DIGITS, scale))
            stepped: pl.Series = whole / 10**scale
            return stepped
    return None


def _of_texts(texts: pl.Series, rows: pl.Series, place: Callable[[int], Place]) -> tuple[pl.Series, list[Fault]]:
    faults: list[Fault] = []
    plain = texts.str.contains(PLAIN) & (texts.str.len_bytes() <= 36)
    if not plain.all():
        read: dict[int, str] = {}
        odd = pl.DataFrame({"row": rows, "text": texts, "at": pl.int_range(len(texts), eager=True)}).filter(~plain)
        for row, text, at in odd.iter_rows():
            found = read_value(text, place(row))
            if isinstance(found, Fault):
                faults.append(found)
            else:
                read[at] = f"{found:f}"
        texts = pl.select(pl.when(plain).then(texts)).to_series()
        if read:
            texts = texts.scatter(list(read), list(read.values()))
    bare = texts.str.strip_chars_start("+-")
    length, point = bare.str.len_bytes(), bare.str.find(".", literal=True)
    after = (length - point - 1).fill_null(0)
    widest: Any = point.fill_null(length).max()
    fits = after <= DIGITS - min(int(widest or 0), DIGITS)
    most: Any = after.filter(fits).max()
    short = texts if fits.all() else pl.select(pl.when(fits).then(texts)).to_series()
    numbers = short.cast(pl.Decimal(DIGITS, int(most or 0)), strict=False)
    if numbers.null_count() > texts.null_count():
        lost = pl.DataFrame({"row": rows, "text": texts}).filter(numbers.is_null() & texts.is_not_null())
        faults += [
            Fault("facts.too_long", place(row), {"value": text, "most": DIGITS}) for row, text in lost.iter_rows()
        ]
    return numbers, faults
