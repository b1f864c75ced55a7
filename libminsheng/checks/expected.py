"""What a value should be about: from its division's own history, its neighbours, and what its place is otherwise.

Everything is robust and on a logarithmic scale. A value is its division's usual level, times what
the period does to all divisions (seasons, growth, a late transfer), times what is left. What is
left is judged by its own median absolute deviation, never smaller than that of the measure, widened
where the measure has heavy tails or counts are small. Up to a third of bad values move neither. A
division that reported too little to have a history is judged by its neighbours, per head: beside
what the other counts say of its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.panel import Grid, Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.definitions.measure import Measure
from libminsheng.vocabulary.periods import MONTHS_IN
from libminsheng.vocabulary.units import unit

__all__ = ["Expectation", "expectations", "expected_log", "is_money", "is_ratio", "medians", "printed", "screen"]

Logs = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

_NORMAL: Final = 1.4826
"""A standard deviation is so many median absolute deviations where errors are normal."""

_PRIOR: Final = 12
"""A measure's spread weighs as much in each division's as so many values of its own."""

_HEADS: Final = 8
"""So many counts say how large a division is; more say no more."""


@dataclass(frozen=True)
class Expectation:
    """What the values of a grid should be about, as natural logarithms of divisions × periods.

    `logs` are those of the values (of a cumulative report: of its mean per period so far), NaN where
    there is no positive value; `centre` is what they should be, `spread` one standard deviation
    of each division. `history` says which divisions were judged by their own. NaN: nothing to go by. Of money
    `apart` is how far each division's history lies from that of its neighbours, `wide` the spread of that.
    """

    grid: Grid
    logs: Logs
    centre: Logs
    spread: Logs
    heavy: float
    history: Flags
    apart: Logs | None = None
    wide: Logs | None = None

    @property
    def measure(self) -> Measure:
        """What is measured."""
        return self.grid.measure


def is_money(measure: Measure) -> bool:
    """Whether a measure is an amount of money."""
    return unit(measure.unit).money


def is_ratio(measure: Measure) -> bool:
    """Whether a measure is a plain ratio: a printed rate."""
    return unit(measure.unit).is_ratio


def screen(panel: Panel) -> Settings | None:
    """What the packs' rules say of expectations themselves; None where they say nothing."""
    return settings_of(panel.catalogue.rules).get("expected")


def expected_log(panel: Panel, at: int) -> float:
    """The logarithm of what an entry should be about, per period; NaN where there is nothing to go by."""
    code, division, period = panel.measure(at).code, panel.division(at), panel.period(at)
    for made in expectations(panel):
        grid = made.grid
        column = period.index - grid.periods[0].index
        if grid.measure.code == code and grid.periods[0].grain == period.grain and division in grid.divisions:
            row = grid.divisions.index(division)
            if 0 <= column < len(grid.periods) and grid.at[row, column] == at and not grid.cumulative[row, column]:
                return float(made.centre[row, column])
    return float("nan")


def printed(value: float) -> str:
    """A number as findings show it: three digits, the rest zeros.

    >>> printed(5123456.7), printed(0.0312), printed(48)
    ('5120000', '0.0312', '48')
    """
    if not np.isfinite(value) or value == 0:
        return f"{value:g}"
    digits = 2 - int(np.floor(np.log10(abs(value))))
    rounded = round(value, digits)
    return f"{rounded:.{max(digits, 0)}f}".rstrip("0").rstrip(".") if digits > 0 else f"{rounded:.0f}"


def expectations(panel: Panel) -> Sequence[Expectation]:
    """What each measure's totals should be about; made once for all checks of a panel."""
    found = panel.shared.get("expectations")
    if found is None:
        settings = screen(panel)
        found = panel.shared["expectations"] = () if settings is None else tuple(_all(panel, settings))
    assert isinstance(found, tuple)
    return found


def medians(values: Logs, counts: Counts) -> Logs:
    """The median of each row; NaN where it has no value. `counts` are the values in each row, NaN beside.

    >>> medians(np.array([[3, np.nan, 1], [np.nan] * 3], np.float32), np.array([2, 0])).tolist()
    [2.0, nan]
    """
    if not values.shape[1]:
        return np.full(len(values), np.nan, np.float32)
    ordered = np.sort(values, axis=1)
    rows = np.arange(len(values))
    low = ordered[rows, np.maximum(counts - 1, 0) // 2]
    middle: Logs = (low + ordered[rows, np.minimum(counts // 2, values.shape[1] - 1)]) / np.float32(2)
    return middle


# --------------------------------------------------------------------------------- history and season


@dataclass
class _Fit:
    """A grid's values, taken apart: the level of each division, the effect of each period, what is left."""

    grid: Grid
    logs: Logs
    counts: Counts
    level: Logs
    season: Logs
    left: Logs
    pooled: float
    heavy: float


def _all(panel: Panel, settings: Settings) -> Iterator[Expectation]:
    few, peers = int(settings.number("history")), int(settings.number("peers"))
    fits = [_fit(grid, panel, few, peers) for grid in panel.grids()]
    sizes = None
    for fit in fits:
        measure = fit.grid.measure
        floor = np.float32(settings.number("floor", measure.code))
        spread = _spreads(fit, floor)
        long = fit.counts >= few
        level, apart, wide = fit.level, None, None
        if is_money(measure) or (~long & (fit.counts > 0)).any():
            sizes = _Sizes.of(fits, panel, peers) if sizes is None else sizes
            near, wide = sizes.beside(fit)
            wide = np.maximum(wide, np.float32(settings.number("floor_of_neighbours", measure.code)))
            apart, level = np.where(long, level - near, np.float32(np.nan)), np.where(long, level, near)
            spread = np.where(long, spread, np.hypot(wide, spread)).astype(np.float32)
        centre = level[:, None] + fit.season[None, :]
        yield Expectation(fit.grid, fit.logs, centre, spread, fit.heavy, long, apart, wide)


def _fit(grid: Grid, panel: Panel, few: int, peers: int) -> _Fit:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(_rates(grid, panel)).astype(np.float32)
    known = np.isfinite(logs)
    whole = bool(known.all())
    if not whole:
        logs[~known] = np.nan
    counts = known.sum(axis=1)
    long = counts >= few
    level = medians(logs, counts)
    left = logs - level[:, None]
    season = np.zeros(logs.shape[1], np.float32)
    if int(long.sum()) >= peers:
        apart = left if long.all() else left[long]
        number = np.full(len(season), len(apart)) if whole else (known if long.all() else known[long]).sum(axis=0)
        middle = medians(np.ascontiguousarray(apart.T), number)
        season = np.where(number >= peers, middle, np.float32(0))
        if np.abs(season).max() > 0.05:
            left -= season
            more = medians(left, counts)
            level, left = level + more, left - more[:, None]
        else:
            season[:] = 0
    pooled, heavy = _tails(np.abs(left[long])) if long.any() else (0.0, 1.0)
    return _Fit(grid, logs, counts, level, season, left, pooled, heavy)


def _rates(grid: Grid, panel: Panel) -> npt.NDArray[np.float64]:
    """A grid's values; of a cumulative report its mean per period so far, which says more than a difference."""
    if not grid.cumulative.any():
        return grid.values
    length = MONTHS_IN[grid.periods[0].grain]
    passed = np.array([max(period.elapsed_months // length, 1) for period in grid.periods])
    values = grid.values.copy()
    late = grid.cumulative & (grid.at >= 0)
    reported = panel.sums.total[grid.at[late]].astype(np.float64) * 10.0**-grid.measure.decimals
    values[late] = reported / np.broadcast_to(passed, values.shape)[late]
    return values


def _tails(left: Logs) -> tuple[float, float]:
    """The spread of what is left over a whole grid, and how much heavier its tails are than normal ones."""
    flat = left[np.isfinite(left)]
    flat = flat[flat > 0]  # a median's own value says nothing
    if len(flat) < 4:
        return float(flat.max(initial=0.0)), 1.0
    above = max(round(len(flat) * 0.025), 3)
    places = (len(flat) // 2, len(flat) - 1 - above)
    ordered = np.partition(_less_slips(flat), places)
    spread = float(ordered[places[0]]) * _NORMAL
    share = 1 - (above + 0.5) / len(flat)
    normal = _normal_tail(share)
    heavy = max(1.0, float(ordered[places[1]]) / (normal * spread)) if spread > 0 and normal > 0.7 else 1.0
    return spread, heavy * (1 + 10 / len(flat))  # from few values tails can hardly be told


def _less_slips(flat: Logs) -> Logs:
    """Residuals of a factor of 1000 or 10,000 less that factor: slips must not make a measure look wild."""
    far = flat > 4.0
    if not far.any():
        return flat
    slips = np.log(np.array([1e2, 1e3, 1e4, 1e8], np.float32))
    nearest = np.abs(flat[far, None] - slips).min(axis=1)
    found = flat.copy()
    found[far] = np.minimum(flat[far], nearest)
    return found


def _normal_tail(share: float) -> float:
    """The absolute value that a standard normal variable stays below with this probability (within 0.002)."""
    tail = (1 - share) / 2
    t = np.sqrt(-2 * np.log(tail))
    top, bottom = 2.515517 + t * (0.802853 + t * 0.010328), 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return float(t - top / bottom)


def _spreads(fit: _Fit, floor: np.float32) -> Logs:
    """A division's own spread, never below its measure's: few values must not look certain."""
    own = medians(np.abs(fit.left), fit.counts) * np.float32(_NORMAL)
    own = own * (fit.counts / np.maximum(fit.counts - 1.5, 0.5)).astype(np.float32)
    share = fit.counts / (fit.counts + _PRIOR)
    own = np.sqrt(share * own**2 + (1 - share) * fit.pooled**2)
    most = np.fmax(np.fmax(own, fit.pooled), floor)
    if not is_ratio(fit.grid.measure):
        with np.errstate(over="ignore"):
            most = np.hypot(most, np.exp(-0.5 * np.where(np.isfinite(fit.level), fit.level, np.float32(0))))
    spread: Logs = most.astype(np.float32)
    return spread


# ------------------------------------------------------------------------------------------ neighbours


@dataclass
class _Sizes:
    """How large each division is beside those of its level, by every count that it reports: the heads of per head."""

    depths: Mapping[str, int]
    place: Mapping[str, int]
    counts: Mapping[str, int]
    table: Logs
    peers: int

    @classmethod
    def of(cls, fits: Sequence[_Fit], panel: Panel, peers: int) -> _Sizes:
        codes = sorted({code for fit in fits for code in fit.grid.divisions})
        depths = {code: len(panel.tree.lineage(code)) for code in codes}
        place = {code: number for number, code in enumerate(codes)}
        heads = [fit for fit in fits if fit.grid.measure.time != "standard" and _counts(fit.grid.measure)]
        heads = sorted(heads, key=lambda fit: -len(fit.level))[:_HEADS]
        table = np.full((len(codes), len(heads)), np.nan, np.float32)
        for column, fit in enumerate(heads):
            rows = [place[code] for code in fit.grid.divisions]
            table[rows, column] = fit.level - _middle(fit.level, _depths(fit, depths), peers)
        return cls(depths, place, {fit.grid.measure.code: n for n, fit in enumerate(heads)}, table, peers)

    def beside(self, fit: _Fit) -> tuple[Logs, Logs]:
        """The level that neighbours of each division's size have, and its spread; NaN with too few neighbours."""
        depths = _depths(fit, self.depths)
        plain = self._judged(fit.level, np.zeros(len(fit.level), np.float32), depths)
        size = self._size(fit)
        if size is None:
            return plain
        scaled = self._judged(fit.level, size, depths)
        closer = scaled[1] < plain[1]
        return np.where(closer, scaled[0], plain[0]), np.where(closer, scaled[1], plain[1])

    def _judged(self, level: Logs, size: Logs, depths: Counts) -> tuple[Logs, Logs]:
        middle = _middle(level - size, depths, self.peers)
        width = _middle(np.abs(level - size - middle), depths, self.peers) * np.float32(_NORMAL * 1.15)
        return middle + size, width

    def _size(self, fit: _Fit) -> Logs | None:
        rows = [self.place[code] for code in fit.grid.divisions]
        own = self.counts.get(fit.grid.measure.code)
        others = [column for column in self.counts.values() if column != own]
        if not others or is_ratio(fit.grid.measure) or fit.grid.measure.time == "standard":
            return None
        table = self.table[np.ix_(rows, others)]
        size = medians(table, np.isfinite(table).sum(axis=1))
        return np.where(np.isfinite(size), size, np.float32(0))


def _counts(measure: Measure) -> bool:
    return not is_money(measure) and not is_ratio(measure)


def _depths(fit: _Fit, depths: Mapping[str, int]) -> Counts:
    return np.array([depths[code] for code in fit.grid.divisions], np.int64)


def _middle(level: Logs, depths: Counts, peers: int) -> Logs:
    """For each division the median over those as deep in the tree as it; NaN where they are too few."""
    found = np.full(len(level), np.nan, np.float32)
    for depth in np.unique(depths).tolist():
        mine = depths == depth
        known = level[mine]
        known = known[np.isfinite(known)]
        if len(known) >= peers:
            found[mine] = np.median(known)
    return found
