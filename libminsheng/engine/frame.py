"""Figures as a Polars frame, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.engine.figures import STATUSES, Block, flag_names
from libminsheng.errors import EvaluationError, Fault

__all__ = ["FIXED_COLUMNS", "breakdown_columns", "frame_of"]

_STATUS = pl.Enum(STATUSES)

FIXED_COLUMNS: Final = (
    "indicator", "edition", "division", "period", "value", "unit", "numerator", "denominator",
    "status", "flags", "reported", "expected", "missing", "indicator_name", "division_name",
)  # fmt: skip
"""The columns of `Figures.frame`, and of the sheet made of it, that are no breakdowns."""


def breakdown_columns(by: Iterable[str], fixed: Iterable[str]) -> dict[str, str]:
    """What each breakdown is called as a column of a frame or a sheet that has `fixed` columns besides.

    By its own name; one that is the name of a fixed column goes behind ``by_``, so that neither
    takes the other's place.

    >>> breakdown_columns(["sex", "status"], FIXED_COLUMNS)
    {'sex': 'sex', 'status': 'by_status'}
    """
    names, others = tuple(by), frozenset(fixed)
    taken = {*others, *names}
    columns: dict[str, str] = {}
    for name in names:
        column = name
        if name in others:
            while column in taken:
                column = f"by_{column}"
        taken.add(column)
        columns[name] = column
    return columns


def frame_of(blocks: Sequence[Block], codes: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """One row a figure, in the blocks' order."""
    columns = {
        "indicator": _labels(blocks, lambda block: block.indicator.code),
        "edition": _labels(blocks, lambda block: block.indicator.edition),
        "division": pl.Series(codes, dtype=pl.String).gather(_numbers(blocks, _divisions)),
        "period": _periods(blocks),
        **{column: _breakdown(blocks, name) for name, column in breakdown_columns(by, FIXED_COLUMNS).items()},
        "value": _decimals(blocks, lambda b: (b.value, b.indicator.decimals), lambda b: b.status == 0),
        "unit": _labels(blocks, lambda block: block.indicator.unit),
        "numerator": _decimals(blocks, lambda b: (b.top, b.top_scale), lambda b: b.top_known),
        "denominator": _decimals(blocks, lambda b: (b.bottom, b.bottom_scale), lambda b: b.bottom_known),
        "status": pl.Series(_numbers(blocks, lambda b: b.status)).cast(pl.UInt8).cat.to(_STATUS),
        "flags": _flags(_numbers(blocks, lambda b: b.flags)),
        "reported": pl.Series(_numbers(blocks, lambda b: b.reported)).cast(pl.UInt32),
        "expected": pl.Series(_numbers(blocks, lambda b: b.expected)).cast(pl.UInt32),
        "missing": _missing(blocks),
    }
    return pl.DataFrame(columns)


def _numbers(blocks: Sequence[Block], of: Callable[[Block], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    return np.concatenate([of(block) for block in blocks]) if blocks else np.zeros(0, np.int64)


def _divisions(block: Block) -> npt.NDArray[Any]:
    return np.repeat(block.rows, block.shape[1] * block.shape[2])


def _labels(blocks: Sequence[Block], of: Callable[[Block], str]) -> pl.Series:
    texts = pl.Series([of(block) for block in blocks], dtype=pl.String)
    return texts.gather(np.repeat(np.arange(len(blocks)), [len(block) for block in blocks]))


def _periods(blocks: Sequence[Block]) -> pl.Series:
    texts: list[str] = []
    numbers = []
    for block in blocks:
        rows, periods, bys = block.shape
        numbers.append(np.tile(np.repeat(np.arange(periods) + len(texts), bys), rows))
        texts.extend(str(period) for period in block.periods)
    return pl.Series(texts, dtype=pl.String).gather(np.concatenate(numbers) if numbers else [])


def _breakdown(blocks: Sequence[Block], name: str) -> pl.Series:
    texts: list[str | None] = []
    numbers = []
    for block in blocks:
        rows, periods, bys = block.shape
        numbers.append(np.tile(np.arange(bys) + len(texts), rows * periods))
        texts.extend(by.get(name) for by in block.bys)
    return pl.Series(texts, dtype=pl.String).gather(np.concatenate(numbers) if numbers else [])


def _decimals(
    blocks: Sequence[Block],
    of: Callable[[Block], tuple[npt.NDArray[Any], int]],
    shown_of: Callable[[Block], npt.NDArray[np.bool_]],
) -> pl.Series:
    """Whole numbers of several scales as decimals of the largest of them."""
    most = max((of(block)[1] for block in blocks), default=0)
    parts = []
    for block in blocks:
        numbers, scale = of(block)
        parts.append(_decimal_series(numbers, scale, most))
    if not parts:
        return pl.Series([], dtype=pl.Decimal(38, most))
    column = pl.concat(parts)
    shown = _numbers(blocks, shown_of)
    if shown.all():
        return column
    return pl.select(pl.when(pl.Series(shown)).then(column)).to_series()


def _decimal_series(numbers: npt.NDArray[Any], scale: int, most: int) -> pl.Series:
    dtype = pl.Decimal(38, most)
    if numbers.dtype == object:
        shift = 10 ** (most - scale)
        whole = [int(number) * shift for number in numbers.tolist()]
        if any(abs(number) >= 10**38 for number in whole):
            raise EvaluationError(Fault("engine.too_large"))
        texts = [f"{number // 10**most}" if not most else _shifted(number, most) for number in whole]
        return pl.Series(texts, dtype=pl.String).cast(dtype)
    column = pl.Series(numbers.astype(np.int64, copy=False))
    return column.cast(dtype) / 10**scale if scale else column.cast(dtype)


def _shifted(number: int, scale: int) -> str:
    sign, digits = "-" if number < 0 else "", str(abs(number)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def _flags(bits: npt.NDArray[Any]) -> pl.Series:
    table = pl.Series([list(flag_names(number)) for number in range(32)], dtype=pl.List(pl.String))
    return table.gather(bits)


def _missing(blocks: Sequence[Block]) -> pl.Series:
    table: list[list[str]] = [[]]
    numbers = []
    for block in blocks:
        if not block.missing.any():
            numbers.append(np.zeros(len(block), np.int64))
            continue
        known, position = np.unique(block.missing, return_inverse=True)
        numbers.append(position + len(table))
        table.extend(list(block.missing_names(int(bits))) for bits in known.tolist())
    return pl.Series(table, dtype=pl.List(pl.String)).gather(np.concatenate(numbers) if numbers else [])
