"""Columns of texts as numbers: each distinct text is looked at once, however many rows it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Coded", "Codes", "Texts", "encoded", "key_columns"]

Codes = npt.NDArray[np.uint32]

_BESIDE: Final = ("value", "approximate", "source", "note", "row", "file", "cell", "reported")
"""Columns of facts that are no part of a key."""
_MOST: Final = 1 << 62
"""Keys that one packed number tells apart."""
_DENSE: Final = 1 << 24
"""Keys that are told apart by a mark for each that could be."""


@dataclass(frozen=True)
class Texts:
    """The distinct texts of a column, None for a blank cell, and which of them stands in each row.

    `column` is the column itself, where there is one.

    >>> texts = Texts.of(pl.Series(["人", "万人", "人"]))
    >>> texts.known, texts.codes.tolist()
    (['人', '万人'], [0, 1, 0])
    """

    known: Sequence[str | None]
    codes: Codes
    column: pl.Series | None = None

    @classmethod
    def of(cls, column: pl.Series) -> Texts:
        """Number a column of texts, or of what is written as one."""
        if not isinstance(column.dtype, pl.Categorical | pl.Enum):
            column = column.cast(pl.String)
        numbered = column if column.dtype != pl.String else column.cast(pl.Categorical(pl.Categories.random()))
        return cls.numbered(column, numbered)

    @classmethod
    def numbered(cls, column: pl.Series, numbered: pl.Series) -> Texts:
        """A column whose texts Polars has numbered already."""
        physical = numbered.to_physical()
        blank = physical.null_count()
        most: Any = physical.max()
        size = 0 if most is None else int(most) + 1
        codes = physical.cast(pl.UInt32).fill_null(size).to_numpy() if blank else physical.cast(pl.UInt32).to_numpy()
        present = np.zeros(size + bool(blank), np.bool_)
        present[codes] = True
        occurring = np.flatnonzero(present).astype(np.uint32)
        if len(occurring) < len(present):
            codes = (np.cumsum(present, dtype=np.uint32) - np.uint32(1))[codes]
        known = _texts(numbered, pl.Series(occurring[: len(occurring) - bool(blank)]))
        own = column if column.dtype == pl.String else None
        return cls([*known, *([None] if blank else [])], codes, own)

    @classmethod
    def constant(cls, text: str | None, rows: int) -> Texts:
        """One text in every row."""
        return cls([text] if rows else [], np.broadcast_to(np.zeros(1, np.uint32), rows))

    def __len__(self) -> int:
        return len(self.codes)

    def replaced(self, others: Sequence[str | None]) -> Texts:
        """Another text in place of each that is known; those that become equal become one.

        >>> Texts.of(pl.Series(["是", "true", "否"])).replaced(["yes", "yes", "no"]).codes.tolist()
        [0, 0, 1]
        """
        if others == self.known:
            return self
        numbers: dict[str | None, int] = {}
        lookup = np.array([numbers.setdefault(text, len(numbers)) for text in others], np.uint32)
        return Texts(list(numbers), self.codes if len(numbers) == len(others) else lookup[self.codes])

    def trimmed(self) -> Texts:
        """The texts without the white space around them; what is empty then is a blank."""
        bare = pl.Series(self.known, dtype=pl.String).str.strip_chars()
        return self.replaced([text or None for text in bare.to_list()])

    def where(self, numbers: Iterable[int]) -> npt.NDArray[np.int64]:
        """The rows in which these of the known texts stand."""
        meant = np.zeros(len(self.known), np.bool_)
        meant[list(numbers)] = True
        return np.flatnonzero(meant[self.codes])

    def kept(self, keep: npt.NDArray[np.bool_]) -> Texts:
        """The rows that are kept; a text that stands in none of them is no longer known."""
        codes = self.codes[keep]
        present = np.zeros(len(self.known), np.bool_)
        present[codes] = True
        if present.all():
            return Texts(self.known, codes)
        numbers = np.cumsum(present, dtype=np.uint32) - np.uint32(1)
        known = [text for text, here in zip(self.known, present.tolist(), strict=True) if here]
        return Texts(known, numbers[codes])

    def expression(self, name: str) -> pl.Series | pl.Expr:
        """The column; where every row has the same text, a literal that takes no room."""
        if self.column is not None:
            return self.column.alias(name)
        if len(self.known) == 1:
            return pl.lit(self.known[0], pl.String).alias(name)
        return pl.Series(name, self.known, pl.String).gather(pl.Series(self.codes))


def _texts(numbered: pl.Series, codes: pl.Series) -> list[str]:
    dtype = numbered.dtype
    if isinstance(dtype, pl.Enum):
        return dtype.categories.gather(codes).to_list()
    return codes.cat.to(dtype).cast(pl.String).to_list()


def encoded(frame: pl.DataFrame, names: Iterable[str]) -> dict[str, Texts]:
    """Number several columns at a time, which Polars does side by side."""
    chosen, kinds = list(names), frame.schema  # which is put together anew each time it is asked for
    texts = frame.select(
        pl.col(name) if isinstance(kinds[name], pl.Categorical | pl.Enum) else pl.col(name).cast(pl.String)
        for name in chosen
    )
    kinds = texts.schema
    numbered = texts.with_columns(
        pl.col(name).cast(pl.Categorical(pl.Categories.random())) for name in chosen if kinds[name] == pl.String
    )
    return {name: Texts.numbered(texts[name], numbered[name]) for name in chosen}


def key_columns(frame: pl.DataFrame) -> list[str]:
    """What says of which thing a fact is, the unit of its value among it."""
    return [name for name in frame.columns if name not in _BESIDE]


@dataclass(frozen=True)
class Coded:
    """Facts with their key columns numbered: the columns of `texts` stand in `rest` no more."""

    rest: pl.DataFrame
    texts: Mapping[str, Texts]
    order: tuple[str, ...]
    """The columns' names, as they follow each other."""

    @classmethod
    def of(cls, frame: pl.DataFrame, names: Iterable[str]) -> Coded:
        """Number these columns of a frame."""
        chosen = [name for name in names if name in frame.columns]
        return cls(frame.drop(chosen), encoded(frame, chosen), tuple(frame.columns))

    def __len__(self) -> int:
        return len(self.rest)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The facts as a frame of texts."""
        columns = (self.texts[name].expression(name) if name in self.texts else pl.col(name) for name in self.order)
        return self.rest.select(columns)

    def replaced(self, texts: Mapping[str, Texts]) -> Coded:
        """With these columns instead of those of the same name."""
        if all(texts[name] is self.texts[name] for name in texts):
            return self
        return Coded(self.rest, {**self.texts, **texts}, self.order)

    def kept(self, keep: npt.NDArray[np.bool_]) -> Coded:
        """The rows that are kept."""
        texts = {name: column.kept(keep) for name, column in self.texts.items()}
        return Coded(self.rest.filter(pl.Series(keep)), texts, self.order)

    def together(self, *names: str) -> tuple[list[tuple[str | None, ...]], npt.NDArray[np.int64]]:
        """The combinations of texts that occur in these columns, and which of them each row has."""
        columns = [self.texts[name] for name in names]
        packed = np.zeros(len(self), np.int64)
        for column in columns:
            if len(column.known) > 1:
                packed = packed * len(column.known) + column.codes
        size = int(np.prod([len(column.known) for column in columns], dtype=object))
        if size <= max(_DENSE, len(packed)):
            present = np.zeros(size, np.bool_)
            present[packed] = True
            found, numbers = np.flatnonzero(present), (np.cumsum(present) - 1)[packed]
        else:
            found, numbers = np.unique(packed, return_inverse=True)
        parts = []
        for column in reversed(columns):
            parts.append([column.known[number] for number in (found % len(column.known)).tolist()])
            found = found // len(column.known)
        return list(zip(*reversed(parts), strict=True)), numbers

    def twice(self, names: Sequence[str]) -> npt.NDArray[np.bool_] | None:
        """The rows that share their texts in these columns with another row; None if there are none."""
        columns = [self.texts[name] for name in names if len(self.texts[name].known) > 1]
        size = int(np.prod([len(column.known) for column in columns], dtype=object))
        if size >= _MOST:
            frame = pl.DataFrame({str(number): column.codes for number, column in enumerate(columns)})
            found = frame.is_duplicated()
            return found.to_numpy() if found.any() else None
        packed = np.zeros(len(self), np.int64)
        for column in columns:
            packed *= len(column.known)
            packed += column.codes
        if size <= max(_DENSE, 4 * len(packed)):
            present = np.zeros(size, np.bool_)
            present[packed] = True
            if int(np.count_nonzero(present)) == len(packed):
                return None
        keys = pl.Series(packed)
        return keys.is_duplicated().to_numpy() if keys.n_unique() < len(keys) else None
