"""The latest report of a stock or standard at its reporter, period by period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from libminsheng.engine.levels import CARRIED, Bools, Level
from libminsheng.engine.places import Ints
from libminsheng.engine.reports import Reports

__all__ = ["Candidates", "candidates"]


@dataclass(frozen=True)
class Candidates:
    """For each division and period the report that would stand: how recent it is (−1 for none),
    which row of the reports, and whether it was carried forward.
    """

    rank: Ints
    row: Ints
    carried: npt.NDArray[np.uint8]


def candidates(reports: Reports, chosen: Bools, level: Level, length: int, carry: int) -> Candidates:
    """The latest of the chosen reports within each period, else the latest before it.

    A report that is not within a period is carried into it if the period's last month is at most
    `carry` months after the report's. Of two that end together the longer one counts.
    """
    rows = np.flatnonzero(chosen)
    rank = reports.last * 8 + reports.grain
    rows = rows[np.argsort(rank[rows], kind="stable")]
    shape = level.value.shape
    best = np.full(shape, -1, np.int64)
    period = reports.last // length - level.start
    inside = rows[(reports.first[rows] // length == reports.last[rows] // length)]
    best[reports.node[inside], period[inside]] = inside  # the last one assigned is the latest
    carried = np.zeros(shape, np.uint8)
    if carry:
        first_month = level.start * length
        months = shape[1] * length
        ended = np.full((shape[0], months), -1, np.int64)
        ended[reports.node[rows], reports.last[rows] - first_month] = rows
        latest = np.maximum.accumulate(np.where(ended >= 0, np.arange(months), -1), axis=1)
        before = np.full(shape, -1, np.int64)
        before[:, 1:] = latest[:, length - 1 : months - 1 : length]
        ends = (np.arange(shape[1]) + 1) * length - 1
        usable = (best < 0) & (before >= 0) & (ends - before <= carry)
        at = np.nonzero(usable)
        best[at] = ended[at[0], before[at]]
        carried[at] = CARRIED
    return Candidates(np.where(best >= 0, rank[best], -1) if len(rank) else best, best, carried)
