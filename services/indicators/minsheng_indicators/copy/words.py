"""Texts, and what else is long and often the same, by number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Codes", "Words"]

Word = TypeVar("Word", bound=Hashable)
Codes = npt.NDArray[np.int32]


class Words(Generic[Word]):
    """Words in the order in which they came. A word keeps its number for ever, so that readers need no lock.

    >>> words = Words(["340102"])
    >>> words.number("340103"), words.number("340102"), words[1]
    (1, 0, '340103')
    """

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self._words: list[Word] = list(words)
        self._numbers = {word: number for number, word in enumerate(self._words)}

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        return word in self._numbers

    def __getitem__(self, number: int) -> Word:
        return self._words[number]

    @property
    def all(self) -> Sequence[Word]:
        """Every word so far, by its number; it grows."""
        return self._words

    def number(self, word: Word) -> int:
        """The number of a word, a new one where it has none."""
        number = self._numbers.get(word)
        if number is None:
            number = len(self._words)
            self._words.append(word)
            self._numbers[word] = number
        return number

    def code(self, frame: pl.DataFrame, read: Callable[[Any], Word]) -> Codes:
        """The number of each row of a frame; `read` makes the word of a row."""
        distinct = frame.unique(maintain_order=True)
        numbers = [self.number(read(row)) for row in distinct.iter_rows()]
        if len(distinct) == 1:
            return np.full(len(frame), numbers[0], np.int32)
        known = distinct.with_columns(pl.Series("\0number", numbers, dtype=pl.Int32))
        joined = frame.join(known, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
        codes: Codes = joined["\0number"].to_numpy().astype(np.int32, copy=False)
        return codes
