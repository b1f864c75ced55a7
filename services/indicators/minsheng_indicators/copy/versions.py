"""Every version of every fact, in memory.

A version never changes but in its ends: the revisions at which it ceases to stand, and at which it is published or
withdrawn. They are written in place, and only to revisions later than any that is being read: who reads at revision 41
does not see whether a version ends at 42 or never. So readers need no lock, and none sees half of a change.

Most versions lie sorted by measure and division, so that those of one of each are found by a look-up; what came since
the file was read lies behind them in the order in which it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from minsheng_indicators.copy.intake import COLUMNS, KEY, NEVER, Coded

__all__ = ["Applied", "Rows", "Versions", "stood"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SMALL: Final = 16
_ENDS: Final = ("until", "public", "hidden")


@dataclass(frozen=True)
class Applied:
    """The versions that a change made or ended: what they are, and their ends before and after it.

    What was not there before began at revision `NEVER`.
    """

    rows: Mapping[str, npt.NDArray[Any]]
    before: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(self.rows["since"])


@dataclass(frozen=True)
class Rows:
    """Versions by where they lie: in what is sorted, and behind it."""

    base: Ints | slice
    tail: Ints


class Versions:
    """The versions of all facts; `apply` adds what is new."""

    def __init__(self, coded: Coded) -> None:
        self._base = coded.columns
        self._wide = dict(coded.wide)
        self._count = len(coded)
        key = self._base["measure"].astype(np.int64) << 32 | self._base["division"]
        first = np.ones(len(key), np.bool_)
        first[1:] = key[1:] != key[:-1]
        self._starts = np.append(np.flatnonzero(first), len(key))
        self._groups = key[first]
        self._tail: dict[str, npt.NDArray[Any]] = {name: np.zeros(0, dtype) for name, dtype in COLUMNS.items()}
        self._behind = 0
        self._of_group: dict[int, list[int]] = {}
        self._of_measure: dict[int, list[int]] = {}

    @classmethod
    def sorted(cls, coded: Coded) -> Versions:
        """Versions in any order, some of them perhaps twice: the one that came last counts."""
        if not len(coded):
            return cls(coded)
        frame = pl.DataFrame({name: coded.columns[name] for name in ("measure", *KEY)}).with_row_index("\0row")
        once = frame.unique(subset=list(KEY), keep="last", maintain_order=False)
        rows = once.sort("measure", "division", "family", "cell", "period", "basis", "since")["\0row"]
        return cls(coded.at(rows.cast(pl.Int64).to_numpy()))

    def __len__(self) -> int:
        return self._count + self._behind

    @property
    def behind(self) -> int:
        """How many lie behind those that are sorted."""
        return self._behind

    def whole(self) -> Coded:
        """All versions, to be written. Ends that are written meanwhile may be among them: they are written again later."""
        held = {name: column[: self._behind] for name, column in self._tail.items()}
        columns = {name: np.concatenate([self._base[name], held[name]]) for name in COLUMNS}
        return Coded(columns, {row: value for row, value in self._wide.items() if row < len(columns["value"])})

    # ---- reading

    def rows(self, inside: Bools | None = None, measure: int | None = None) -> Rows:
        """The versions of the divisions `inside` (by number; all if none), and of a measure.

        `inside` may be shorter than there are divisions: later ones are outside.
        """
        low, high = 0, len(self._groups)
        tail = np.arange(self._behind)
        if measure is not None:
            low, high = np.searchsorted(self._groups, [measure << 32, (measure + 1) << 32]).tolist()
            tail = np.array(list(self._of_measure.get(measure, ())), np.int64)
        if inside is None:
            return Rows(slice(int(self._starts[low]), int(self._starts[high])), tail)
        if len(tail):
            tail = tail[_within(inside, self._tail["division"][tail])]
        chosen = low + np.flatnonzero(_within(inside, self._groups[low:high] & 0xFFFFFFFF))
        return Rows(_spans(self._starts[chosen], self._starts[chosen + 1]), tail)

    def of(self, measure: int, divisions: Iterable[int]) -> Rows:
        """The versions of some divisions and a measure."""
        wanted = sorted(measure << 32 | division for division in divisions)
        keys = np.array(wanted, np.int64)
        at = np.searchsorted(self._groups, keys)
        inside = at < len(self._groups)
        at, keys = at[inside], keys[inside]
        at = at[self._groups[at] == keys]
        tail = [row for key in wanted for row in self._of_group.get(key, ())]
        return Rows(_spans(self._starts[at], self._starts[at + 1]), np.array(tail, np.int64))

    def column(self, name: str, rows: Rows) -> npt.NDArray[Any]:
        """One column of these versions."""
        base = self._base[name][rows.base]
        return np.concatenate([base, self._tail[name][rows.tail]]) if len(rows.tail) else base

    def values(self, rows: Rows) -> npt.NDArray[Any]:
        """Their values; as Python integers where one of them is too long for 64 bits."""
        values = self.column("value", rows)
        if not self._wide:
            return values
        base = np.arange(self._count)[rows.base] if isinstance(rows.base, slice) else rows.base
        places = np.concatenate([base, rows.tail + self._count])
        long = [(at, self._wide[place]) for at, place in enumerate(places.tolist()) if place in self._wide]
        if not long:
            return values
        values = values.astype(object)
        for at, value in long:
            values[at] = value
        return values

    def standing(self, rows: Rows, revision: int, *, public: bool) -> Rows:
        """Those of the versions that stood at a revision, and were public then."""
        ends = ("since", *_ENDS) if public else ("since", "until")
        base = stood({name: self._base[name][rows.base] for name in ends}, revision, public=public)
        if isinstance(rows.base, slice):
            start, stop = rows.base.start, rows.base.stop
            kept: Ints | slice = (
                rows.base if base.all() else np.flatnonzero(base) + start if stop > start else rows.base
            )
        else:
            kept = rows.base[base]
        tail = stood({name: self._tail[name][rows.tail] for name in ends}, revision, public=public)
        return Rows(kept, rows.tail[tail])

    # ---- writing

    def apply(self, coded: Coded) -> Applied:
        """Add versions, and write the ends of those that are known; what is known already changes nothing."""
        coded = _once(coded)
        known = self._find(coded)
        old, new = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
        before = {name: np.full(len(coded), NEVER, np.int32) for name in ("since", *_ENDS)}
        changed = np.zeros(len(coded), np.bool_)
        changed[new] = True
        for place, row in zip(known[old].tolist(), old.tolist(), strict=True):
            columns, at = (self._base, place) if place < self._count else (self._tail, place - self._count)
            before["since"][row] = columns["since"][at]
            for name in _ENDS:
                before[name][row] = columns[name][at]
                changed[row] |= columns[name][at] != coded.columns[name][row]
        self._append(coded.at(new))
        for place, row in zip(known[old].tolist(), old.tolist(), strict=True):
            columns, at = (self._base, place) if place < self._count else (self._tail, place - self._count)
            for name in _ENDS:
                columns[name][at] = coded.columns[name][row]
        rows = np.flatnonzero(changed)
        return Applied(
            {name: column[rows] for name, column in coded.columns.items()},
            {name: column[rows] for name, column in before.items()},
        )

    def _append(self, coded: Coded) -> None:
        count = len(coded)
        if not count:
            return
        room = len(self._tail["value"])
        if self._behind + count > room:
            more = max(1024, room, count)
            self._tail = {
                name: np.concatenate([column, np.zeros(more, column.dtype)]) for name, column in self._tail.items()
            }
        for name, column in coded.columns.items():
            self._tail[name][self._behind : self._behind + count] = column
        for row, value in coded.wide.items():
            self._wide[self._count + self._behind + row] = value
        measures, divisions = coded.columns["measure"].tolist(), coded.columns["division"].tolist()
        first, self._behind = self._behind, self._behind + count
        for row, (measure, division) in enumerate(zip(measures, divisions, strict=True), start=first):
            self._of_group.setdefault(measure << 32 | division, []).append(row)
            self._of_measure.setdefault(measure, []).append(row)

    def _find(self, coded: Coded) -> Ints:
        """Where each version lies; −1 for one that is new."""
        found = np.full(len(coded), -1, np.int64)
        key = coded.columns["measure"].astype(np.int64) << 32 | coded.columns["division"]
        order = np.argsort(key, kind="stable")
        for mine in np.split(order, 1 + np.flatnonzero(np.diff(key[order]))) if len(key) else []:
            group = int(key[mine[0]])
            rows = self.of(group >> 32, [group & 0xFFFFFFFF])
            base = rows.base if isinstance(rows.base, np.ndarray) else np.zeros(0, np.int64)
            places = np.concatenate([base, rows.tail + self._count])
            if len(places):
                found[mine] = self._matched(coded, mine, rows, places)
        return found

    def _matched(self, coded: Coded, mine: Ints, rows: Rows, places: Ints) -> Ints:
        names = KEY[1:]
        held = {name: self.column(name, rows) for name in names}
        if len(mine) <= _SMALL:
            found = np.full(len(mine), -1, np.int64)
            for at, row in enumerate(mine.tolist()):
                same = held[names[-1]] == coded.columns[names[-1]][row]
                for name in names[:-1]:
                    same &= held[name] == coded.columns[name][row]
                here = np.flatnonzero(same)
                if len(here):
                    found[at] = places[here[0]]
            return found
        known, asked = _packed(held), _packed({name: coded.columns[name][mine] for name in names})
        order = np.argsort(known)
        spots = np.minimum(np.searchsorted(known[order], asked), len(known) - 1)
        matched: Ints = np.where(known[order][spots] == asked, places[order][spots], -1)
        return matched


def stood(columns: Mapping[str, npt.NDArray[Any]], revision: int, *, public: bool) -> Bools:
    """Which of some versions, by their ends, stood at a revision, and were public then."""
    stands: Bools = (columns["since"] <= revision) & (columns["until"] > revision)
    if public:
        stands &= (columns["public"] <= revision) & (columns["hidden"] > revision)
    return stands


def _within(inside: Bools, divisions: npt.NDArray[Any]) -> Bools:
    if not len(inside):
        return np.zeros(len(divisions), np.bool_)
    within: Bools = inside[np.minimum(divisions, len(inside) - 1)] & (divisions < len(inside))
    return within


def _spans(starts: Ints, stops: Ints) -> Ints:
    """The numbers from each start to its stop."""
    lengths = stops - starts
    ends = np.cumsum(lengths)
    spans: Ints = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(starts - (ends - lengths), lengths)
    return spans


def _packed(columns: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """The columns side by side as one value each, to be sorted and compared."""
    side = np.ascontiguousarray(np.stack([column.astype(">u4") for column in columns.values()], axis=1))
    packed: npt.NDArray[Any] = side.view(np.dtype((np.void, 4 * side.shape[1])))[:, 0]
    return packed


def _once(coded: Coded) -> Coded:
    """Of versions that are there twice the last one."""
    if len(coded) < 2:
        return coded
    packed = _packed({name: coded.columns[name] for name in KEY})
    _, last = np.unique(packed[::-1], return_index=True)
    if len(last) == len(packed):
        return coded
    return coded.at(np.sort(len(packed) - 1 - last))
