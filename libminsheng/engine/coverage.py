"""How many of the expected reporters a figure rests on.

A reporter counts if every operand comes from it, or from a division above it within the figure's
own subtree, for every month of the operand's period. A stock or standard needs one value, which
may be carried. Targets are not asked of anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.engine.compute import Operand
from libminsheng.engine.latest import candidates
from libminsheng.engine.levels import Bools, Level
from libminsheng.engine.places import Ints, Places
from libminsheng.engine.renewal import Renewal
from libminsheng.engine.reported import Reported, Series, Times
from libminsheng.engine.reports import GAP, LENGTHS, container
from libminsheng.engine.sums import Cell

__all__ = ["Counted", "Expected", "count_reported", "cover_of"]

_FEW: Final = 8
"""For so many divisions only those below them are looked at."""

Cover = npt.NDArray[np.bool_]
"""Divisions × periods × the months of each period: whether the division's own reports cover it."""


@dataclass(frozen=True)
class Expected:
    """Who is expected to report: the caller's list, else those at the bottom who ever did."""

    reporters: Ints
    below: Ints

    @classmethod
    def given(cls, reporters: Ints, places: Places) -> Expected:
        """These reporters; `below` counts them at or below each division."""
        below = np.zeros(len(places), np.int64)
        below[reporters] = 1
        places.sum_up(below)
        return cls(reporters, below)

    @classmethod
    def seen(cls, reported: Reported, measures: Iterable[str]) -> Expected:
        """The lowest divisions that ever reported one of these measures."""
        places = reported.bare
        reporter = np.zeros(len(places), np.bool_)
        for measure in measures:
            for family in reported.sums.by_measure.get((measure, "actual"), ()):
                reporter[reported.reporters(family)] = True
        below = reporter.copy()
        places.sum_up(below, np.logical_or)
        inner = np.zeros(len(places), np.bool_)
        lower = np.flatnonzero(below & (places.parent >= 0))
        inner[places.parent[lower]] = True
        return cls.given(np.flatnonzero(reporter & ~inner), places)


class Counted:
    """Which months each division's own reports cover, operand by operand; computed once each."""

    def __init__(self, reported: Reported) -> None:
        self._reported = reported
        self._covers: dict[tuple[tuple[Series, ...], tuple[Cell, ...], int, bool, bytes], Cover] = {}
        self._seen: dict[frozenset[str], Expected] = {}

    def seen(self, measures: Iterable[str]) -> Expected:
        """The lowest divisions that ever reported one of these measures."""
        known = self._reported.sums.by_measure
        key = frozenset(measure for measure in measures if (measure, "actual") in known)
        if key not in self._seen:
            self._seen[key] = Expected.seen(self._reported, key)
        return self._seen[key]

    def over(self, reported: Reported, dirty: frozenset[str], renewed: Mapping[Series, Renewal]) -> Counted:
        """The same over later reports, of which nothing of the `dirty` measures is kept, and series were `renewed`."""
        later = Counted(reported)
        for key, cover in dict(self._covers).items():
            series = key[0]
            if not dirty.isdisjoint(one.measure.code for one in series):
                continue
            if renewed.keys().isdisjoint(series):
                later._covers[key] = cover
            elif len(series) == 1:
                one = renewed[series[0]]
                times = Times(key[2], np.frombuffer(key[4], np.int64), key[3])
                nodes = np.unique(reported.back[one.line.nodes])
                back = np.minimum(np.searchsorted(nodes, reported.back[one.line.every]), len(nodes) - 1)
                fresh = cover.copy()
                fresh[nodes] = cover_of([one.few], key[1], times, back, len(nodes))
                later._covers[(one.series,), *key[1:]] = fresh
        moved = dirty.union(one.series.measure.code for one in renewed.values() if one.moved)
        later._seen = {key: seen for key, seen in dict(self._seen).items() if key.isdisjoint(moved)}
        return later

    def forget(self, most: int) -> None:
        """Let go of what was computed first, where more bytes than `most` are kept."""
        held = sum(cover.nbytes for cover in self._covers.values())
        while held > most:
            held -= self._covers.pop(next(iter(self._covers))).nbytes

    def cover(self, operand: Operand) -> Cover:
        times = operand.asked.times
        key = (tuple(operand.series), tuple(operand.cells), times.grain, times.cumulative, times.periods.tobytes())
        if key not in self._covers:
            self._covers[key] = self._cover(operand.series, operand, times)
        return self._covers[key]

    def _cover(self, series: list[Series], operand: Operand, times: Times) -> Cover:
        return cover_of(series, operand.cells, times, self._reported.back, len(self._reported.bare))


def cover_of(series: Sequence[Series], cells: Sequence[Cell], times: Times, back: Ints, bare: int) -> Cover:
    """What the reports of these series cover of some cells; `back` gives the division, of `bare`, of each place."""
    depth = 1 if not series or series[0].measure.time != "flow" else 12 if times.cumulative else LENGTHS[times.grain]
    cover = np.zeros((bare, len(times.periods), depth), np.bool_)
    for one in series:
        chosen = np.zeros(len(one.sums.cells), np.bool_)
        for cell in cells:
            chosen |= one.under(cell)
        cover |= _covered(one, chosen, times, depth, back, bare)
    return cover


def _covered(series: Series, chosen: Bools, times: Times, depth: int, back: Ints, bare: int) -> Cover:
    reports = series.reports
    mine = chosen[reports.cell]
    if series.measure.time != "flow":
        length = LENGTHS[times.grain]
        start, stop = series.years[0] * 12 // length, (series.years[1] + 1) * 12 // length
        level = Level.empty(len(series.places), start, stop, np.int64)
        carry = 12 if series.measure.time == "stock" else 0
        known = candidates(reports, mine, level, length, carry).rank >= 0
        own = np.zeros((bare, known.shape[1]), np.bool_)
        np.logical_or.at(own, back, known)
        columns, inside = level.columns(times.periods)
        found: Cover = own[:, columns] & inside if own.shape[1] else np.zeros((bare, len(columns)), np.bool_)
        return found[:, :, None]
    if times.cumulative:
        return _so_far(series, chosen, times, back, bare)
    grains = reports.grain
    if (grains == GAP).any():
        grains = np.where(grains == GAP, container(reports.first, reports.last), grains)
    rows = np.flatnonzero(mine & (grains <= times.grain))
    months = _months(series, rows, back, bare)
    start = series.years[0] * 12
    at = times.periods[:, None] * depth + np.arange(depth) - start
    inside = (at >= 0) & (at < months.shape[1])
    return months[:, np.where(inside, at, 0)] & inside if months.shape[1] else np.zeros((bare, *at.shape), np.bool_)


def _months(series: Series, rows: Ints, back: Ints, bare: int) -> Bools:
    """Divisions × months that these reports cover."""
    reports = series.reports
    start, stop = series.years[0] * 12, (series.years[1] + 1) * 12
    months = np.zeros((bare, max(stop - start, 0)), np.bool_)
    node, first = back[reports.node[rows]], reports.first[rows] - start
    lengths = reports.last[rows] - reports.first[rows] + 1
    for month in range(int(lengths.max(initial=0))):
        longer = lengths > month
        months[node[longer], first[longer] + month] = True
    return months


def _so_far(series: Series, chosen: Bools, times: Times, back: Ints, bare: int) -> Cover:
    reports, late = series.reports, series.reports.cumulative
    cover = np.zeros((bare, len(times.periods), 12), np.bool_)
    for column, end in enumerate(times.last.tolist()):
        first = end // 12 * 12
        rows = np.flatnonzero(chosen[reports.cell] & (reports.first >= first) & (reports.last <= end))
        months = _months(series, rows, back, bare)
        low = first - series.years[0] * 12
        if 0 <= low < months.shape[1]:
            cover[:, column] = months[:, low : low + 12]
        cover[back[late.node[chosen[late.cell] & (late.last == end)]], column] = True
        cover[:, column, end - first + 1 :] = True
    return cover


def count_reported(
    counted: Counted, operands: list[Operand], expected: Expected, places: Places, parents: str, rows: Ints
) -> Ints:
    """How many expected reporters count, for each of these divisions and each period of the operands.

    Operands of targets, or of the division above, are not asked of anyone. With ``parents="own"``
    a division's report is a part beside those below it and covers none of them.
    """
    asked = [operand for operand in operands if operand.asked.scenario == "actual" and not operand.asked.above]
    if not asked:
        return np.zeros((len(rows), 0), np.int64)
    if not len(rows) or not all(operand.series for operand in asked):
        return np.zeros((len(rows), len(asked[0].asked.times.periods)), np.int64)
    covers = [counted.cover(operand) for operand in asked]
    count = np.zeros((len(places), covers[0].shape[1]), np.int64)
    reporters = expected.reporters
    inner = expected.below.copy()
    inner[reporters] -= 1
    higher_up = inner > 0
    few = len(rows) <= _FEW
    if few:
        inside = np.logical_or.reduce([places.below(row) for row in rows.tolist()], axis=0)
        reporters, higher_up = reporters[inside[reporters]], higher_up & inside
    masks = [cover[reporters] for cover in covers]
    full = _full(masks)
    np.add.at(count, reporters, full)
    alone = parents == "own" or not any(cover[higher_up].any() for cover in covers)
    if alone and not few:
        places.sum_up(count)
        return count[rows]
    line = places.parent[reporters]
    while (line >= 0).any():
        higher = line >= 0
        if not alone:
            for mask, cover in zip(masks, covers, strict=True):
                mask[higher] |= cover[line[higher]]
            full = _full(masks)
        np.add.at(count, line[higher], full[higher])
        line = np.where(higher, places.parent[line], -1)
    return count[rows]


def _full(masks: list[Cover]) -> Ints:
    full: Bools = np.asarray(masks[0].all(axis=2))
    for mask in masks[1:]:
        full &= mask.all(axis=2)
    return full.astype(np.int64)
