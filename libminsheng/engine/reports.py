"""The reports of one family, laid out on the calendar of their statistical year.

Months are counted in *statistical months*: the calendar month shifted so that every statistical
year begins at a multiple of 12. Cumulative reports (year_to_date) are differenced here: the
difference between two that follow each other is a report of the span between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.definitions.measure import Measure
from libminsheng.engine.places import Ints
from libminsheng.engine.sums import Family, Sums
from libminsheng.vocabulary.periods import GRAINS, MONTHS_IN, Period, year_offset

__all__ = ["GAP", "LENGTHS", "Cumulatives", "Reports", "container", "statistical_span"]

LENGTHS: Final = tuple(MONTHS_IN[grain] for grain in GRAINS)
"""Months in each grain: month, quarter, half, year."""

GAP: Final = 4
"""The grain of a span between two cumulative reports that is no calendar period."""

_COLUMNS: Final = ("node", "cell", "grain", "first", "last", "value", "estimated", "source", "less")

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cumulatives:
    """Year-to-date reports as they were reported, one for each division, cell and end."""

    node: Ints
    cell: Ints
    last: Ints
    value: npt.NDArray[Any]
    estimated: Bools
    source: Ints


@dataclass(frozen=True)
class Reports:
    """Reports of one family: who, which cell, from which to which month, how much.

    `source` is the entry of the `Sums` that a report came from; a difference also has `less`,
    the earlier cumulative report that was taken off (−1 for none).
    """

    node: Ints
    cell: Ints
    grain: Ints
    first: Ints
    last: Ints
    value: npt.NDArray[Any]
    estimated: Bools
    source: Ints
    less: Ints
    cumulative: Cumulatives

    def __len__(self) -> int:
        return len(self.node)

    @classmethod
    def of(cls, sums: Sums, family: Family, measure: Measure, holder: Ints) -> Reports:
        """The family's entries; `holder` gives the place that holds each division's own reports."""
        part = sums.of_family(family)
        offset = year_offset(measure.year_starts)
        spans = np.array([statistical_span(period, offset) for period in sums.periods], np.int64).reshape(-1, 3)
        grain, first, last = (column[sums.period[part]] for column in spans.T)
        source = np.arange(part.start, part.stop)
        node, cell = holder[sums.division[part]], sums.cell[part]
        value, estimated = sums.total[part], sums.estimated[part]
        if measure.time == "flow":
            cumulative = sums.cumulative[part]
        else:
            # What stands at a period's end has no beginning: its cumulative report is its report,
            # unless one for the period is there too.
            cumulative = np.zeros(len(source), np.bool_)
        columns: dict[str, Any] = {
            "node": node, "cell": cell, "grain": grain, "first": first, "last": last,
            "value": value, "estimated": estimated, "source": source, "less": np.full(len(source), -1),
        }  # fmt: skip
        if not cumulative.any():
            nothing = {name: column[:0] for name, column in columns.items()}
            reports = cls(**columns, cumulative=_cumulatives(nothing))
            twice = measure.time != "flow" and sums.cumulative[part].any()
            return reports._preferring_period(sums.cumulative) if twice else reports
        late = {name: column[cumulative] for name, column in columns.items()}
        reports = cls(**{name: column[~cumulative] for name, column in columns.items()}, cumulative=_cumulatives(late))
        return reports.with_differences()

    def where(self, chosen: Bools | Ints) -> Reports:
        """Only these reports; the cumulative ones as they are."""
        columns: dict[str, Any] = {name: getattr(self, name)[chosen] for name in _COLUMNS}
        return replace(self, **columns)

    def _preferring_period(self, cumulative: Bools) -> Reports:
        later = np.argsort(cumulative[self.source], kind="stable")
        ordered = self.where(later)
        keys = np.stack([ordered.node, ordered.cell, ordered.grain, ordered.first])
        return ordered.where(np.sort(np.unique(keys, axis=1, return_index=True)[1]))

    def with_differences(self) -> Reports:
        """These reports and the differences of the cumulative ones; a period's own report goes before a difference."""
        late = self.cumulative
        same = np.zeros(len(late.node), np.bool_)
        same[1:] = (
            (late.node[1:] == late.node[:-1])
            & (late.cell[1:] == late.cell[:-1])
            & (late.last[1:] // 12 == late.last[:-1] // 12)
        )
        before = np.maximum(np.arange(len(same)) - 1, 0)
        first = np.where(same, late.last[before] + 1, late.last // 12 * 12)
        value = late.value - np.where(same, late.value[before], 0)
        grain = _grain(first, late.last)
        fresh = ~np.isin(
            _packed(late.node, late.cell, grain, first), _packed(self.node, self.cell, self.grain, self.first)
        )
        estimated = late.estimated | (same & late.estimated[before])
        less = np.where(same, late.source[before], -1)
        parts = (late.node, late.cell, grain, first, late.last, value, estimated, late.source, less)
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), part[fresh]]) for name, part in zip(_COLUMNS, parts, strict=True)
        }
        return replace(self, **joined)

    @cached_property
    def years(self) -> tuple[int, int]:
        """The first and the last statistical year with a report."""
        lasts = np.concatenate([self.last, self.cumulative.last])
        firsts = np.concatenate([self.first, self.cumulative.last])
        return int(firsts.min(initial=1 << 40)) // 12, int(lasts.max(initial=0)) // 12


def statistical_span(period: Period, offset: int) -> tuple[int, int, int]:
    """A period's grain, and its first and last statistical month."""
    return GRAINS.index(period.grain), period.first_month + offset, period.last_month + offset


def container(first: Ints, last: Ints) -> Ints:
    """The grain of the smallest calendar period that contains each span."""
    grain = np.full(len(first), 3)
    for finer in (2, 1, 0):
        grain[first // LENGTHS[finer] == last // LENGTHS[finer]] = finer
    return grain


def _grain(first: Ints, last: Ints) -> Ints:
    """Each span's grain if it is a calendar period, else `GAP`."""
    grain = container(first, last)
    whole = last - first + 1 == np.array(LENGTHS)[grain]
    return np.where(whole, grain, GAP)


def _packed(node: Ints, cell: Ints, grain: Ints, first: Ints) -> Ints:
    """One number for each (division, cell, calendar period); a gap has none of its own."""
    packed: Ints = ((node << 24 | cell) << 3 | grain) << 17 | first
    return np.where(grain == GAP, -1 - packed, packed)


def _cumulatives(late: Mapping[str, Any]) -> Cumulatives:
    """Sorted by division, cell and end. Of two that end together (June and the first half) the longer one counts."""
    order = np.lexsort((-late["grain"], late["last"], late["cell"], late["node"]))
    key = np.stack([late["node"], late["cell"], late["last"]])[:, order]
    once = np.ones(len(order), np.bool_)
    once[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    kept = order[once]
    return Cumulatives(**{name: late[name][kept] for name in ("node", "cell", "last", "value", "estimated", "source")})
