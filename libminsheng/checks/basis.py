"""Period values taken for year-to-date ones and the reverse: how a reporter's year behaves tells which they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from libminsheng.checks.ledger import Bools, Ledger
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.engine.places import Ints

__all__ = ["Climb", "climbing", "confused_rows", "like_period"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Climb:
    """Rows of the ledger whose months, declared as period values, behave like year-to-date reports."""

    rows: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    with_year: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Where the year's own report is the last month's value."""


def confused_rows(panel: Panel) -> Ints:
    """The rows that `basis_confused` speaks of, for the checks that would say the same again."""
    settings = settings_of(panel.catalogue.rules).get("basis_confused")
    if settings is None or settings.rule() is None:
        return np.zeros(0, np.int64)
    return np.concatenate([climbing(panel.ledger, settings).rows, like_period(panel.ledger, settings)])


def climbing(ledger: Ledger, settings: Settings) -> Climb:
    """The rows whose months never fall within the year, and that something else tells are cumulative.

    That is: the year's own report is the last month's; a second year starts again from below; or the
    year is far above the reporter's other years or the climb far above its neighbours'.
    """
    candidates = _never_falling(ledger, settings)
    if not len(candidates):
        return Climb()
    months = ledger.reports(0)
    known = months[candidates] >= 0
    values = np.where(known, ledger.totals[months[candidates]].astype(np.float64), np.nan)
    last = _last(values)
    total = np.nansum(values, axis=1)
    year = ledger.reports(3)[candidates, 0]
    own = np.where(year >= 0, ledger.totals[year].astype(np.float64), np.nan)
    near = settings.number("near")
    as_last, as_sum = np.abs(own - last) <= near * np.abs(own), np.abs(own - total) <= near * np.abs(own)
    lone, contradicted = _years(ledger, candidates, values, last, settings)
    beside = _neighbours(ledger, candidates, settings)
    enough = known.sum(axis=1) >= settings.number("alone")
    told = as_last | lone | beside | (enough & ~contradicted & ~_others_do_not_climb(ledger, candidates))
    stands = told & ~as_sum
    return Climb(candidates[stands], as_last[stands])


def _never_falling(ledger: Ledger, settings: Settings) -> Ints:
    """Rows of flows that begin with the year's first month, never fall, and rise to a multiple of it."""
    months = ledger.reports(0)
    if not len(months) or 0 not in ledger.grains:
        return np.zeros(0, np.int64)
    actual = ledger.families("flow", scenario="actual") & ~ledger.rates
    rows = np.flatnonzero(actual[ledger.sums.family[ledger.entry]] & (months[:, 0] >= 0))
    last = ledger.totals[months[rows, 0]].astype(np.float64)
    first, rises, count = last.copy(), np.zeros(len(rows), np.int64), np.ones(len(rows), np.int64)
    for column in range(1, 12):
        at = months[rows, column]
        there = at >= 0
        value = np.where(there, ledger.totals[at].astype(np.float64), last)
        kept = value >= last
        rises, count = (rises + (value > last))[kept], (count + there)[kept]
        first = np.where(first > 0, first, value)[kept]
        rows, last = rows[kept], value[kept]
    stands = (count >= settings.number("least")) & (rises * 2 >= count) & (first > 0)
    chosen: Ints = rows[stands & (last >= settings.number("growth") * first)]
    return chosen


def _last(values: Floats) -> Floats:
    """The last known value of each row."""
    place = values.shape[1] - 1 - np.argmax(~np.isnan(values)[:, ::-1], axis=1)
    last: Floats = values[np.arange(len(values)), place]
    return last


def _years(ledger: Ledger, rows: Ints, values: Floats, last: Floats, settings: Settings) -> tuple[Bools, Bools]:
    """Whether a reporter's other years tell that this one is cumulative; whether they tell the contrary."""
    told, contrary = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    above, restart = settings.number("above"), settings.number("restart")
    others = np.flatnonzero(np.isin(ledger.reporter, ledger.reporter[rows]))
    if len(others) == len(rows) and len(np.unique(ledger.reporter[rows])) == len(rows):
        return told, contrary
    climbs = np.isin(others, rows)
    months = ledger.reports(0)[others]
    theirs = np.where(months >= 0, ledger.totals[months].astype(np.float64), np.nan)
    order = np.argsort(ledger.reporter[others], kind="stable")
    starts = np.searchsorted(ledger.reporter[others][order], ledger.reporter[rows])
    ends = np.searchsorted(ledger.reporter[others][order], ledger.reporter[rows], "right")
    for place, row in enumerate(rows.tolist()):
        for other in order[starts[place] : ends[place]].tolist():
            shared = ~np.isnan(values[place]) & ~np.isnan(theirs[other])
            if others[other] == row or not shared.any():
                continue
            if climbs[other]:
                later = ledger.year[others[other]] > ledger.year[row]
                begin, end = (
                    (theirs[other][shared][0], last[place])
                    if later
                    else (
                        values[place][shared][0],
                        np.nanmax(theirs[other]),
                    )
                )
                told[place] |= begin < restart * end
            else:
                far = np.sum(values[place][shared]) >= above * abs(np.sum(theirs[other][shared])) > 0
                told[place] |= far
                contrary[place] |= not far
    return told, contrary


def _neighbours(ledger: Ledger, rows: Ints, settings: Settings) -> Bools:
    """Whether the climb over the year is far above that of those who report the same thing and do not climb."""
    kin = ledger.kin
    beside = np.setdiff1d(np.flatnonzero(np.isin(kin, kin[rows])), rows)
    told = np.zeros(len(rows), np.bool_)
    if not len(beside):
        return told
    months = ledger.reports(0)

    def climb(of: Ints) -> Floats:
        known = months[of] >= 0
        values = np.where(known, ledger.totals[months[of]].astype(np.float64), np.nan)
        begin = values[:, 0]
        ratio: Floats = np.where(begin > 0, _last(values) / np.where(begin > 0, begin, 1), np.nan)
        return ratio

    ratios, mine = climb(beside), climb(rows)
    for group in np.unique(kin[rows]).tolist():
        theirs = ratios[(kin[beside] == group) & ~np.isnan(ratios)]
        if len(theirs) >= settings.number("neighbours"):
            here = kin[rows] == group
            told[here] = mine[here] >= settings.number("above") * np.median(theirs)
    return told


def _others_do_not_climb(ledger: Ledger, rows: Ints) -> Bools:
    """Whether most of those who report the same thing in the year do not climb."""
    kin = ledger.kin
    beside = np.flatnonzero(np.isin(kin, kin[rows]))
    groups, place = np.unique(kin[rows], return_inverse=True)
    all_of = np.bincount(np.searchsorted(groups, kin[beside]), minlength=len(groups))
    mostly_not: Bools = (np.bincount(place) * 2 < all_of)[place]
    return mostly_not


def like_period(ledger: Ledger, settings: Settings) -> Ints:
    """The rows whose year-to-date reports fall so often, or add up to the year, that they are period values."""
    if not ledger.accumulates:
        return np.zeros(0, np.int64)
    flows = ledger.families("flow")[ledger.sums.family[ledger.entry]]
    rows = np.flatnonzero((ledger.cumulative >= 0).any(axis=1) & flows)
    count, falls, deep = (np.zeros(len(rows), np.int64) for _ in range(3))
    last, highest, total = np.full(len(rows), np.nan), np.full(len(rows), -np.inf), np.zeros(len(rows))
    kept = 1 - settings.number("deep")
    for column in range(12):
        at = ledger.cumulative[rows, column]
        there = at >= 0
        value = ledger.totals[at].astype(np.float64)
        falls += there & (value < last)
        deep += there & (value < kept * last)
        highest = np.where(there, np.maximum(highest, value), highest)
        count += there
        total += np.where(there, value, 0)
        last = np.where(there, value, last)
    year = ledger.reports(3)[rows, 0]
    own = np.where(year >= 0, ledger.totals[year].astype(np.float64), np.nan)
    often = (falls >= 2) & (falls >= settings.number("falls") * (count - 1)) & (count >= settings.number("few"))
    often |= (deep >= 2) & (last < highest) & (count >= settings.number("few"))
    whole = (falls >= 1) & (count >= 3) & (np.abs(own - total) <= settings.number("near") * np.abs(own))
    chosen: Ints = rows[often | whole]
    return chosen
