"""Figures as a frame, turned back into columns of numbers: a block for each edition of an indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.figures import FLAGS, STATUSES, Block
from libminsheng.engine.frame import FIXED_COLUMNS, breakdown_columns
from libminsheng.engine.places import Ints
from libminsheng.vocabulary.periods import Period

__all__ = ["Framed", "framed"]

_INT64: Final = 1 << 63
_STATUS: Final = pl.Enum(STATUSES)


@dataclass(frozen=True)
class Framed:
    """Blocks, and where the figures of the frame stand in them; None where they stand in its order."""

    blocks: tuple[Block, ...]
    order: Ints | None


def framed(frame: pl.DataFrame, by: Sequence[str], catalogue: Catalogue, number: Mapping[str, int]) -> Framed:
    """The blocks of a frame as `Figures.frame` is one.

    Parameters
    ----------
    frame
        All figures of one answer.
    by
        The columns that they were broken down by, as they were asked for.
    catalogue
        What knows the indicators.
    number
        The number of each division.

    Raises
    ------
    ValueError
        If the frame is not of that kind.
    """
    columns = breakdown_columns(by, FIXED_COLUMNS)
    missing = {"indicator", "edition", *FIXED_COLUMNS[2:13], *columns.values()} - set(frame.columns)
    if missing:
        raise ValueError(", ".join(sorted(missing)))
    order = np.zeros(len(frame), np.int64)
    blocks: list[Block] = []
    start = 0
    numbered = frame.with_columns(pl.Series("__row", np.arange(len(frame))))
    for (code, edition), part in numbered.group_by(["indicator", "edition"], maintain_order=True):
        indicator = catalogue.indicator(f"{code}@{edition}")
        block, positions = _block(part, columns, indicator, catalogue.year_starts(indicator), number)
        order[part["__row"].to_numpy()] = start + positions
        blocks.append(block)
        start += len(block)
    plain = bool((order == np.arange(len(order))).all())
    return Framed(tuple(blocks), None if plain else order)


def _block(
    part: pl.DataFrame, columns: Mapping[str, str], indicator: Indicator, year_starts: int, number: Mapping[str, int]
) -> tuple[Block, Ints]:
    """The block of one edition, and where in it each row of its part of the frame stands."""
    rows, row = np.unique([number[code] for code in part["division"].to_list()], return_inverse=True)
    texts = part["period"].unique(maintain_order=True).to_list()
    periods = sorted((Period.parse(text, year_starts) for text in texts), key=lambda one: one.first_month)
    period = _positions(part["period"].to_list(), [str(one) for one in periods])
    cells = list(zip(*(part[column].to_list() for column in columns.values()), strict=True)) or [()] * len(part)
    known = list(dict.fromkeys(cells))
    bys: list[Mapping[str, str]] = [
        {name: value for name, value in zip(columns, cell, strict=True) if value is not None} for cell in known
    ]
    shape = (len(rows), len(periods), len(bys))
    positions = np.ravel_multi_index((row, period, _positions(cells, known)), shape).astype(np.int64)
    if len(part) != int(np.prod(shape)) or len(np.unique(positions)) != len(part):
        raise ValueError(f"{indicator.key}: {len(part)} ≠ {' × '.join(map(str, shape))}")
    part = part[np.argsort(positions)]
    status = part["status"].cast(_STATUS).to_physical().to_numpy().astype(np.uint8)
    value, scale = _digits(part["value"])
    top, top_scale = _shortest(*_digits(part["numerator"]))
    bottom, bottom_scale = _shortest(*_digits(part["denominator"]))
    operands = _merged([list(one) for one in part["missing"].unique().to_list() if one])
    block = Block(
        indicator,
        rows.astype(np.int64),
        tuple(periods),
        tuple(bys),
        value=_rescaled(value, scale, indicator.decimals),
        top=top,
        top_scale=top_scale,
        bottom=bottom,
        bottom_scale=bottom_scale,
        top_known=part["numerator"].is_not_null().to_numpy(),
        bottom_known=part["denominator"].is_not_null().to_numpy(),
        status=status,
        flags=_bits(part["flags"], FLAGS).astype(np.uint8),
        reported=part["reported"].to_numpy().astype(np.int64),
        expected=part["expected"].to_numpy().astype(np.int64),
        missing=_bits(part["missing"], operands),
        operands=operands,
    )
    return block, positions


def _positions(given: Sequence[Any], known: Sequence[Any]) -> Ints:
    at = {one: position for position, one in enumerate(known)}
    return np.array([at[one] for one in given], np.int64)


def _digits(column: pl.Series) -> tuple[npt.NDArray[Any], int]:
    """Decimals as whole numbers of their last place; nothing is 0."""
    dtype = column.dtype
    if not isinstance(dtype, pl.Decimal):
        raise ValueError(f"{column.name}: {dtype}")  # noqa: TRY004  # the answer is not what it should be
    whole = column.to_physical().fill_null(0)
    low, high = int(whole.min() or 0), int(whole.max() or 0)  # type: ignore[arg-type]  # of whole numbers
    if low >= -_INT64 and high < _INT64:
        return whole.cast(pl.Int64).to_numpy(), dtype.scale
    return np.array(whole.to_list(), object), dtype.scale


def _shortest(numbers: npt.NDArray[Any], scale: int) -> tuple[npt.NDArray[Any], int]:
    """The same with as few decimals as all of them need."""
    while scale and not (numbers % 10).any():
        numbers, scale = numbers // 10, scale - 1
    return numbers, scale


def _rescaled(numbers: npt.NDArray[Any], scale: int, decimals: int) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = numbers // 10 ** (scale - decimals) if scale > decimals else numbers
    return found


def _bits(column: pl.Series, names: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Lists of names as numbers with a bit for each."""
    strange = set(column.explode().unique().drop_nulls().to_list()) - set(names)
    if strange:
        raise ValueError(f"{column.name}: {', '.join(sorted(strange))}")
    bits = np.zeros(len(column), np.uint64)
    for bit, name in enumerate(names):
        bits |= column.list.contains(name).to_numpy().astype(np.uint64) << np.uint64(bit)
    return bits


def _merged(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """All names in one order that each of the lists keeps to."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for one in lists:
        for name in one:
            sorter.add(name)
        for before, after in pairwise(one):
            sorter.add(after, before)
    return tuple(sorter.static_order())
