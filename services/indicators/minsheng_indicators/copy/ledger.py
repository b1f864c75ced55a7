"""All versions with what it takes to read them, and what is known of a view's facts without their values."""

from __future__ import annotations

import bisect
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.sums import Family, Sums
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from minsheng_indicators.copy.intake import Vocabulary
from minsheng_indicators.copy.versions import Rows, Versions

__all__ = ["Ledger", "Tally", "outline", "reporting"]


@dataclass(frozen=True)
class Ledger:
    """All versions with their words, and the definitions and divisions by which they are read."""

    versions: Versions
    words: Vocabulary
    catalogue: Catalogue
    tree: DivisionTree
    _codes: list[str] = field(default_factory=list)
    _numbers: dict[str, list[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def numbers(self, codes: Iterable[str]) -> list[int]:
        """The divisions that have these codes now: by these, and by those that they had before."""
        self.codes()
        return [number for code in codes for number in self._numbers.get(code, ())]

    def codes(self) -> Sequence[str]:
        """The code that each division has now, by its number."""
        with self._lock:
            for number in range(len(self._codes), len(self.words.divisions)):
                self._codes.append(self.tree.current(self.words.divisions[number]))
                self._numbers.setdefault(self._codes[number], []).append(number)
        return self._codes


class Tally:
    """How many facts a view has of each division, of each family and period, and of each family and cell."""

    def __init__(self, ledger: Ledger, where: Rows) -> None:
        family = ledger.versions.column("family", where)
        self.divisions = _counted(ledger.versions.column("division", where))
        self.periods = _counted(family, ledger.versions.column("period", where))
        self.cells = _counted(family, ledger.versions.column("cell", where))

    def change(self, rows: Mapping[str, npt.NDArray[Any]], by: npt.NDArray[np.int64]) -> Turned:
        """Add or take off facts; what is there now that was not, or the other way round."""
        divisions: set[int] = set()
        other = False
        columns = [rows[name].tolist() for name in ("division", "family", "period", "cell")]
        for division, family, period, cell, number in zip(*columns, by.tolist(), strict=True):
            if _changed(self.divisions, division, number):
                divisions ^= {division}
            other |= _changed(self.periods, (family, period), number)
            other |= _changed(self.cells, (family, cell), number)
        return Turned(frozenset(divisions), other)


@dataclass(frozen=True)
class Turned:
    """The divisions that have facts now and had none, or the other way round; whether something else is so."""

    divisions: frozenset[int]
    other: bool

    def __bool__(self) -> bool:
        return self.other or bool(self.divisions)


def _counted(*columns: npt.NDArray[Any]) -> Counter[Any]:
    frame = pl.DataFrame({str(number): column for number, column in enumerate(columns)})
    counts = frame.group_by(frame.columns).len()
    *keys, numbers = (column.to_list() for column in counts)
    return Counter(dict(zip(keys[0] if len(keys) == 1 else zip(*keys, strict=True), numbers, strict=True)))


def _changed(counts: Counter[Any], key: object, number: int) -> bool:
    before = counts[key]
    after = before + number
    if after:
        counts[key] = after
    else:
        del counts[key]
    return (before == 0) != (after == 0)


def reporting(
    ledger: Ledger, tally: Tally, before: Sequence[str] = (), turned: Iterable[int] | None = None
) -> list[str]:
    """The codes of the divisions that have facts, sorted; only those that `turned` are others than `before`."""
    codes = ledger.codes()
    if turned is None:
        return sorted({codes[number] for number in tally.divisions})
    found = list(before)
    for code in {codes[number] for number in turned}:
        at = bisect.bisect_left(found, code)
        found[at : at + (found[at : at + 1] == [code])] = (
            [code] if any(tally.divisions.get(number) for number in ledger.numbers([code])) else []
        )
    return found


def outline(ledger: Ledger, tally: Tally, divisions: Sequence[str]) -> Sums:
    """What is known of all facts together: see `libminsheng.engine.kept`.

    Columns are those that a fact fills in, so that a column of hidden facts alone is not there.
    """
    words, catalogue = ledger.words, ledger.catalogue
    periods = {
        Period.parse(words.periods[period], catalogue.measures[words.families[family][0]].year_starts)
        for family, period in tally.periods
    }
    numbers = sorted({family for family, _ in tally.cells}, key=words.families.__getitem__)
    used = {cell: words.cells[cell] for _, cell in tally.cells}
    names = {name for _, parts in used.values() for name, _ in parts}
    columns = (*(["project"] if any(project for project, _ in used.values()) else []), *sorted(names))
    cells: dict[tuple[str | None, ...], int] = {}
    place = {}
    for cell, (project, parts) in used.items():
        known = {**dict(parts), "project": project}
        place[cell] = cells.setdefault(tuple(known.get(name) or None for name in columns), len(cells))
    at = {number: position for position, number in enumerate(numbers)}
    pairs = sorted({(at[family], place[cell]) for family, cell in tally.cells})
    nothing = np.zeros(len(pairs), np.int64)
    return Sums(
        tuple(divisions),
        tuple(sorted(periods, key=lambda one: (one.first_month, one.last_month, one.year_starts))),
        tuple(
            Family(measure, scenario, issuer or None)
            for measure, scenario, issuer in map(words.families.__getitem__, numbers)
        ),
        columns,
        tuple(cells),
        division=nothing,
        period=nothing,
        family=np.array([family for family, _ in pairs], np.int64),
        cell=np.array([cell for _, cell in pairs], np.int64),
        cumulative=np.zeros(len(pairs), np.bool_),
        total=nothing,
        estimated=np.zeros(len(pairs), np.bool_),
    )
