"""One exact GROUP BY: the only step that sees every row.

The key columns are packed into one whole number. Where the possible keys are few, every row is
added straight into its place in a dense array; otherwise the packed key is grouped by. Either
way the sums are whole numbers and cannot wrap: where 64 bits might not hold a sum, the halves
of each value are summed apart and joined as Python integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.engine.places import Ints

__all__ = ["Groups", "KeyColumn", "distinct", "group_sums"]

_STEP = 1 << 17
_SMALL = 1 << 22
_LIMIT = 1 << 62


@dataclass(frozen=True)
class KeyColumn:
    """One key column as whole numbers from `low` to `low + size - 1`."""

    codes: npt.NDArray[Any]
    low: int
    size: int

    @classmethod
    def of(cls, codes: npt.NDArray[Any]) -> KeyColumn:
        low = int(codes.min(initial=np.iinfo(codes.dtype).max)) if len(codes) else 0
        return cls(codes, low, int(codes.max(initial=0)) - low + 1 if len(codes) else 1)


@dataclass(frozen=True)
class Groups:
    """Each distinct key once, in order: its codes column by column, its sum, whether any row was marked."""

    codes: tuple[Ints, ...]
    totals: npt.NDArray[Any]
    marked: npt.NDArray[np.bool_]


def distinct(codes: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """The numbers that occur, in order, and for each entry which of them it is.

    What `numpy.unique` gives, without a sort where the numbers lie close together.
    """
    if not len(codes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    low = int(codes.min())
    size = int(codes.max()) - low + 1
    if size > max(1 << 16, 4 * len(codes)):
        known, inverse = np.unique(codes, return_inverse=True)
        return known.astype(np.int64), inverse.astype(np.int64)
    present = np.zeros(size, np.bool_)
    shifted = codes - low if low else codes
    present[shifted] = True
    if present.all():
        return np.arange(low, low + size), shifted.astype(np.int64, copy=False)
    number = np.cumsum(present) - 1
    return np.flatnonzero(present) + low, number[shifted]


def group_sums(
    columns: Sequence[KeyColumn], values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None = None
) -> Groups:
    """Sum `values` by the key columns, exactly.

    `values` are 64-bit whole numbers, or Python integers in an object array. The totals are
    64-bit where all of them fit with room to spare, else Python integers.
    """
    size = 1
    for column in columns:
        size *= column.size
    if size >= _LIMIT:
        return _by_columns(columns, values, marked)
    if values.dtype == object:
        keys, totals, seen = _by_hand(columns, values, marked)
    elif len(values) and len(values) * max(abs(int(values.max())), abs(int(values.min()))) >= _LIMIT:
        return _in_halves(columns, values, marked)
    elif size <= max(_SMALL, len(values)):
        keys, totals, seen = _dense(columns, size, values, marked)
    else:
        keys, totals, seen = _sparse(columns, values, marked)
    return Groups(_unpacked(columns, keys), totals, seen)


def _packed(columns: Sequence[KeyColumn], dtype: Any) -> Iterator[tuple[slice, npt.NDArray[Any]]]:
    """The packed keys, a stretch of rows at a time so that they stay in the cache."""
    rows = len(columns[0].codes)
    base = 0
    for column in columns:
        base = base * column.size + column.low
    for start in range(0, rows, _STEP):
        part = slice(start, min(start + _STEP, rows))
        key = columns[0].codes[part].astype(dtype)
        for column in columns[1:]:
            key *= dtype(column.size)
            key += column.codes[part].astype(dtype, copy=False)
        key -= dtype(base & ((1 << (8 * key.itemsize)) - 1)) if dtype is np.uint32 else dtype(base)
        yield part, key


def _dense(
    columns: Sequence[KeyColumn], size: int, values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None
) -> tuple[Ints, npt.NDArray[Any], npt.NDArray[np.bool_]]:
    sums = np.zeros(size, np.int64)
    seen = np.zeros(size, np.bool_)
    for part, key in _packed(columns, np.uint32):
        np.add.at(sums, key, values[part])
        if marked is not None:
            seen[key[marked[part]]] = True
    present = sums != 0
    if present.all():
        return np.arange(size), sums, seen
    for _, key in _packed(columns, np.uint32):
        present[key] = True
    keys = np.flatnonzero(present)
    return keys, sums[keys], seen[keys]


def _sparse(
    columns: Sequence[KeyColumn], values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None
) -> tuple[Ints, npt.NDArray[Any], npt.NDArray[np.bool_]]:
    packed = np.empty(len(values), np.int64)
    for part, key in _packed(columns, np.int64):
        packed[part] = key
    frame = {"key": packed, "value": values}
    if marked is not None:
        frame["marked"] = marked
    sums = [pl.col("value").sum(), *([pl.col("marked").any()] if marked is not None else [])]
    grouped = pl.DataFrame(frame).group_by("key").agg(sums).sort("key")
    seen = grouped["marked"].to_numpy() if marked is not None else np.zeros(len(grouped), np.bool_)
    return grouped["key"].to_numpy(), grouped["value"].to_numpy(), seen


def _by_hand(
    columns: Sequence[KeyColumn], values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None
) -> tuple[Ints, npt.NDArray[Any], npt.NDArray[np.bool_]]:
    sums: dict[int, int] = {}
    seen: set[int] = set()
    for part, keys in _packed(columns, np.int64):
        marks = marked[part] if marked is not None else np.zeros(len(keys), np.bool_)
        for key, value, mark in zip(keys.tolist(), values[part], marks, strict=True):
            sums[key] = sums.get(key, 0) + int(value)
            if mark:
                seen.add(key)
    ordered = sorted(sums)
    totals = np.empty(len(ordered), object)
    totals[:] = [sums[key] for key in ordered]
    flags = np.array([key in seen for key in ordered], np.bool_)
    return np.array(ordered, np.int64), totals, flags


def _in_halves(columns: Sequence[KeyColumn], values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None) -> Groups:
    """Sum the upper and the lower 32 bits apart; neither sum can wrap below 2**31 rows."""
    high = group_sums(columns, values >> 32, marked)
    low = group_sums(columns, values & 0xFFFFFFFF)
    totals = high.totals.astype(object) * (1 << 32) + low.totals.astype(object)
    return Groups(high.codes, totals, high.marked)


def _unpacked(columns: Sequence[KeyColumn], keys: Ints) -> tuple[Ints, ...]:
    codes: list[Ints] = []
    for column in reversed(columns):
        keys, code = np.divmod(keys, column.size)
        codes.append(code.astype(np.int64) + column.low)
    return tuple(reversed(codes))


def _by_columns(columns: Sequence[KeyColumn], values: npt.NDArray[Any], marked: npt.NDArray[np.bool_] | None) -> Groups:
    """For keys too many for one packed number: renumber the keys that occur, then group by that number."""
    names = [f"key{position}" for position in range(len(columns))]
    frame = pl.DataFrame({name: column.codes.astype(np.int64) for name, column in zip(names, columns, strict=True)})
    distinct = frame.unique().sort(names).with_row_index("number")
    number = frame.join(distinct, on=names, how="left", maintain_order="left")["number"].to_numpy()
    groups = group_sums([KeyColumn(number, 0, len(distinct))], values, marked)
    occurring = distinct[groups.codes[0]]
    return Groups(tuple(occurring[name].to_numpy() for name in names), groups.totals, groups.marked)
