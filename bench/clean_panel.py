"""A clean panel: what two hundred divisions report in two years when nobody makes a mistake, seeded.

A county with townships and villages, or a prefecture with counties and townships; forty built-in
measures with the relations that they have in truth. Figures are generated from below (people, then what
happens to them, then what it costs) and added up; the checks are not asked how.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

import libminsheng as ms

__all__ = ["MONTHS", "Key", "Panel", "Place", "clean_panel"]

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Key = tuple[str, str]
"""Measure and division."""

MONTHS: Final = tuple(f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13))
_COUNT: Final = len(MONTHS)
_COLUMNS: Final = ("division", "period", "measure", "value", "scenario", "basis", "unit", "sex", "project")
_EVEN: Final = (1.0,) * 12
_SPRING: Final = (0.6, 0.5, 1.2, 1.3, 1.3, 1.2, 1.0, 0.9, 1.0, 1.1, 1.0, 0.9)
_YEAR_END: Final = (0.5, 0.5, 0.8, 0.8, 0.9, 1.1, 0.9, 0.9, 1.1, 1.2, 1.4, 1.9)
_BIRTHS: Final = (1.05, 0.92, 0.95, 0.9, 0.93, 0.92, 0.98, 1.05, 1.1, 1.1, 1.07, 1.03)

YEAR_TO_DATE: Final = frozenset({"funds_allocated", "funds_disbursed", "funds_used", "urban_newly_employed"})
"""Measures whose reports hold the year so far."""
LONGER: Final = frozenset({"legal_aid_cases", "hotline_12333_calls", "dibao_recipients"})
"""Measures of which quarters and years are reported besides months."""
QUARTERLY: Final = frozenset({"hypertension_managed", "hypertension_controlled"})
RATES: Final = {"newborn_screening_reported": ("newborns_screened", "live_births")}


@dataclass(frozen=True)
class Place:
    """A row of the panel: the report of a reporter for a period."""

    row: int
    period: str
    value: int


@dataclass
class Panel:
    """Rows of facts, values in hundredths, and what a fault must know of them.

    `mean` is what each leaf's value was drawn around, `noise` the standard deviation of its logarithm.
    """

    tree: ms.DivisionTree
    above: dict[str, str]
    leaves: tuple[str, ...]
    rows: list[tuple[str, str, str, str, str, str | None, str | None, str | None]]
    values: list[int]
    mean: dict[str, Reals]
    noise: dict[str, float]
    dropped: set[int] = field(default_factory=set)
    units: dict[int, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Divisions in whose neighbourhood a fault was planted."""

    @cached_property
    def series(self) -> dict[Key, list[Place]]:
        """The actual totals of each measure and division, by period, as they were before any fault."""
        found: dict[Key, list[Place]] = {}
        for row, (division, period, measure, scenario, _, _, sex, project) in enumerate(self.rows):
            if scenario == "actual" and sex is None and project is None:
                found.setdefault((measure, division), []).append(Place(row, period, self.values[row]))
        return found

    @cached_property
    def of_division(self) -> dict[str, list[int]]:
        """The rows of each division."""
        found: dict[str, list[int]] = {}
        for row, one in enumerate(self.rows):
            found.setdefault(one[0], []).append(row)
        return found

    @cached_property
    def children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for child, parent in self.above.items():
            found.setdefault(parent, []).append(child)
        return found

    def months(self, measure: str, division: str) -> list[Place]:
        """The monthly reports of a measure by a division."""
        return [place for place in self.series.get((measure, division), ()) if place.period in _PLACE]

    def copy(self) -> Panel:
        """The same panel, to be changed."""
        made = Panel(
            self.tree, self.above, self.leaves, self.rows, list(self.values), self.mean, self.noise,
            set(self.dropped), dict(self.units), set(self.used),
        )  # fmt: skip
        made.series, made.children, made.of_division = self.series, self.children, self.of_division
        return made

    @property
    def frame(self) -> pl.DataFrame:
        """The facts."""
        kept = [row for row in range(len(self.rows)) if row not in self.dropped]
        columns = list(zip(*(self.rows[row] for row in kept), strict=True))
        names = [name for name in _COLUMNS if name != "value"]
        frame = pl.DataFrame(dict(zip(names, columns, strict=True)), schema=dict.fromkeys(names, pl.String))
        numbers = pl.Series("value", [self.values[row] for row in kept], pl.Int64)
        if self.units:
            units = [self.units.get(row, self.rows[row][5]) for row in kept]
            frame = frame.with_columns(pl.Series("unit", units, pl.String))
        exact = (numbers.cast(pl.Decimal(38, 2)) / Decimal(100)).cast(pl.Decimal(38, 2)).alias("value")
        return frame.with_columns(exact).select(_COLUMNS)


_PLACE: Final = {period: number for number, period in enumerate(MONTHS)}


def _within(period: str) -> frozenset[str]:
    """The months of a period."""
    if period in _PLACE:
        return frozenset({period})
    months = [month for month in MONTHS if month[:4] == period[:4]]
    return frozenset(months if len(period) == 4 else months[3 * int(period[-1]) - 3 : 3 * int(period[-1])])


def clean_panel(seed: int, divisions: int = 200) -> Panel:
    """A panel without a mistake; even seeds are a county, odd ones a prefecture."""
    return _Maker(np.random.default_rng([seed, 20260101]), divisions, county=seed % 2 == 0).panel()


class _Maker:
    """Draws a panel from below: people, what happens to them, what it costs."""

    def __init__(self, rng: np.random.Generator, divisions: int, *, county: bool) -> None:
        self.rng = rng
        middle = max(2, divisions // 11)
        top = "341122" if county else "341100"
        inner = [f"{top}{100 + n}" if county else f"3411{20 + n}" for n in range(1, middle + 1)]
        self.above: dict[str, str] = dict.fromkeys(inner, top)
        self.top, self.inner = top, inner
        size = rng.dirichlet(np.full(middle, 12.0))
        owner = np.sort(rng.choice(middle, divisions - 1 - middle, p=size))
        self.leaves = tuple(f"{inner[n]}{number:03d}" for number, n in enumerate(owner.tolist(), start=201))
        self.above |= {leaf: inner[n] for leaf, n in zip(self.leaves, owner.tolist(), strict=True)}
        self.owner = owner
        people = rng.lognormal(np.log(2600 if county else 34_000), 0.5, len(owner))
        people[rng.random(len(owner)) < 0.1] /= 9
        self.people = np.maximum(people, 60)
        self.cells: dict[str, Ints] = {}
        self.men: dict[str, Ints] = {}
        self.mean: dict[str, Reals] = {}
        self.noise: dict[str, float] = {}
        self.start = np.where(rng.random(len(owner)) < 0.03, rng.integers(1, 5, len(owner)), 0)

    # ------------------------------------------------------------------------------- what is drawn

    def stock(self, code: str, rate: float, turnover: float, growth: float = 0.0, width: float = 0.2) -> Ints:
        """People of a kind: some come, some go, every month."""
        level = self.people * rate * self.rng.lognormal(0, width, len(self.people))
        now = self.rng.poisson(level).astype(np.int64)
        cells = np.zeros((len(now), _COUNT), np.int64)
        for month in range(_COUNT):
            comes = self.rng.poisson(np.maximum(now, 0) * (turnover + growth / 12))
            now = np.maximum(now + comes - self.rng.poisson(now * turnover), 0)
            cells[:, month] = now
        return self.keep(code, cells, turnover)

    def annual(self, code: str, rate: float, width: float = 0.2) -> Ints:
        """A stock that is counted once a year and stands until the next count."""
        level = self.people * rate * self.rng.lognormal(0, width, len(self.people))
        years = [level, level * self.rng.normal(1.002, 0.006, len(level))]
        return self.keep(code, np.repeat(np.stack(years, 1).astype(np.int64), 12, axis=1), 0.01)

    def flow(
        self,
        code: str,
        rate: float,
        noise: float,
        season: Sequence[float] = _EVEN,
        growth: float = 0.0,
        width: float = 0.3,
    ) -> Ints:
        """Events: more of them in a large place, in season, and year by year; counts scatter more than Poisson's."""
        level = self.people * rate / 12 * self.rng.lognormal(0, width, len(self.people))
        time = np.array([*season, *season]) * (1 + growth) ** (np.arange(_COUNT) / 12)
        mean = level[:, None] * time[None, :]
        shaken = mean * self.rng.lognormal(-noise * noise / 2, noise, mean.shape)
        self.mean[code] = mean
        return self.keep(code, self.rng.poisson(shaken).astype(np.int64), noise)

    def part(self, code: str, of: Ints, share: float, spread: float) -> Ints:
        """Some of them: each place has its own share."""
        odds = np.log(share / (1 - share)) + self.rng.normal(0, spread, len(of))
        own = 1 / (1 + np.exp(-odds))
        cells = self.rng.binomial(of, own[:, None]).astype(np.int64)
        return self.keep(code, cells, 0.02)

    def keep(self, code: str, cells: Ints, noise: float) -> Ints:
        """Counts, in hundredths as every value."""
        self.cells[code] = cells * 100
        self.noise[code] = noise
        self.mean.setdefault(code, cells.astype(np.float64))
        return cells

    def money(self, code: str, cells: Reals | Ints, noise: float) -> Ints:
        """Amounts in fen."""
        fen = np.round(np.asarray(cells, np.float64) * 100).astype(np.int64)
        self.cells[code], self.noise[code] = fen, noise
        self.mean.setdefault(code, fen / 100)
        return fen

    def draw(self) -> None:
        """The forty measures."""
        rng, shape = self.rng, (len(self.people), _COUNT)
        population = self.annual("resident_population", 1.0, 0.05)
        self.keep("households", (population / rng.normal(2.8, 0.15, len(population))[:, None]).astype(np.int64), 0.01)
        self.stock("registered_population", 1.05, 0.0015, width=0.1)
        self.part("residents_aged_65", population[:, ::12], 0.16, 0.2)
        self.cells["residents_aged_65"] = np.repeat(self.cells["residents_aged_65"], 12, axis=1)
        insurable = self.annual("resident_insurable", 0.8, 0.1)
        self.part("resident_insured", insurable[:, ::12], 0.96, 0.3)
        self.cells["resident_insured"] = np.repeat(self.cells["resident_insured"], 12, axis=1)
        for code in ("residents_aged_65", "resident_insured"):
            self.mean[code] = self.cells[code] / 100
        managed = self.stock("hypertension_managed", 0.07, 0.006, 0.03)
        self.part("hypertension_controlled", managed, 0.68, 0.2)
        destitute = self.stock("destitute_recipients", 0.011, 0.004)
        self.within("collective_care_recipients", destitute, 0.35)
        self.stock("dibao_recipients", 0.03, 0.006)
        eligible = self.stock("disability_subsidy_eligible", 0.018, 0.004, 0.02)
        self.within("disability_subsidy_recipients", eligible, 0.97)
        births = self.flow("live_births", 0.0085, 0.05, _BIRTHS, -0.05)
        self.part("newborns_screened", births, 0.992, 0.3)
        self.part("newborns_hearing_screened", births, 0.975, 0.3)
        mothers = self.keep("mothers", births - rng.binomial(births, 0.012), 0.05)
        self.part("mothers_managed", mothers, 0.93, 0.3)
        self.spend(shape)
        trainees = self.flow("trainees", 0.012, 0.35, _SPRING, 0.04)
        men = rng.binomial(trainees, rng.beta(40, 45, len(trainees))[:, None]).astype(np.int64)
        passed = [self.part("trainees_passed", some, 0.94, 0.3) for some in (men, trainees - men)]
        self.keep("trainees_passed", passed[0] + passed[1], 0.35)
        self.mean["trainees_passed"] = self.mean["trainees"] * 0.94
        self.men = {"trainees": men * 100, "trainees_passed": passed[0] * 100}
        self.flow("urban_newly_employed", 0.011, 0.2, _SPRING, 0.02)
        seekers = self.flow("job_seekers", 0.02, 0.2, _SPRING, 0.03)
        self.part("job_seekers_guided", seekers, 0.8, 0.4)
        calls = self.flow("hotline_12333_calls", 0.05, 0.15, _EVEN, 0.15)
        self.part("hotline_12333_answered", calls, 0.93, 0.3)
        self.flow("legal_aid_cases", 0.0016, 0.1, _EVEN, 0.06)
        units = self.flow("shanty_units_started", 0.006, 0.5, _YEAR_END, 0.0)
        self.keep("shanty_beneficiaries", rng.poisson(units * 2.1) + units, 0.5)
        self.mean["shanty_beneficiaries"] = self.mean["shanty_units_started"] * 3.1

    def within(self, code: str, of: Ints, share: float) -> Ints:
        """A part of a stock that moves as slowly as the stock."""
        own = np.clip(self.rng.normal(share, 0.04, len(of)), 0.02, 0.995)
        cells = np.minimum(np.round(of * own[:, None]), of).astype(np.int64)
        return self.keep(code, cells, 0.01)

    def spend(self, shape: tuple[int, int]) -> None:
        """Standards, heads times months times standard, and the special fund."""
        rng = self.rng
        dibao = np.array([round(float(rng.uniform(560, 720))), 0])
        dibao[1] = dibao[0] + rng.integers(20, 45)
        steps = np.concatenate([np.repeat(dibao[0], 18), np.repeat(dibao[1], 6)]).astype(np.float64)
        standards = {
            "dibao_standard": steps, "destitute_standard": np.ceil(steps * 1.3),
            "home_care_standard": np.ceil(steps * 1.3), "collective_care_standard": np.ceil(steps * 1.5),
        }  # fmt: skip
        for code, values in standards.items():
            self.money(code, np.broadcast_to(values, shape), 0.001)
        for code, heads, paid in (
            ("collective_care_funds", "collective_care_recipients", standards["collective_care_standard"]),
            ("disability_subsidy_funds", "disability_subsidy_recipients", np.full(_COUNT, 85.0)),
            ("dibao_funds", "dibao_recipients", steps * 0.62),
        ):
            amount = self.cells[heads] / 100 * paid[None, :] * rng.normal(1.0, 0.012, shape)
            self.money(code, np.maximum(amount, 0), 0.03)
        level = self.people[:, None] * 25 * rng.lognormal(0, 0.4, len(self.people))[:, None]
        allocated = level * np.array(_SPRING * 2) * rng.lognormal(0, 0.3, shape) * np.repeat([1, 1.1], 12)
        fen = self.money("funds_allocated", allocated, 0.3)
        self.mean["funds_allocated"] = level * np.array(_SPRING * 2) * np.repeat([1, 1.1], 12)
        self.follow("funds_disbursed", fen, 0.9)
        self.follow("funds_used", self.cells["funds_disbursed"], 0.88)

    def follow(self, code: str, of: Ints, pace: float) -> None:
        """What is passed on of what has come: most of it at once, the rest in the next months, never more than there is."""
        passed = np.zeros_like(of)
        for year in (0, 12):
            left = np.zeros(len(of))
            for month in range(year, year + 12):
                left = left + of[:, month]
                now = np.floor(left * self.rng.uniform(pace - 0.12, pace + 0.05, len(of)))
                passed[:, month], left = now, left - now
        self.cells[code], self.noise[code] = passed, 0.35
        self.mean[code] = passed / 100

    # ------------------------------------------------------------------------------- what is reported

    def panel(self) -> Panel:
        self.draw()
        divisions = [ms.Division(self.top, self.top, None)]
        divisions += [ms.Division(code, code, parent) for code, parent in self.above.items()]
        known = ms.DivisionTree.from_divisions(divisions)
        rows = [row for code in sorted(self.cells) for row in self.reports(code)]
        rows += [row for code in RATES for row in self.rates(code)]
        rows += list(self.utilization())
        absent = self.absent()
        kept = [row for row in rows if not absent.get(row[0], frozenset()) & _within(row[1])]
        return Panel(
            known, self.above, self.leaves, [(*row[:3], *row[4:]) for row in kept], [int(row[3]) for row in kept],
            self.mean, self.noise,
        )  # fmt: skip

    def absent(self) -> dict[str, frozenset[str]]:
        """The months that leaves did not report: the first ones of some, the last one of two; those above them knew."""
        starts = zip(self.leaves, self.start.tolist(), strict=True)
        found = {leaf: frozenset(MONTHS[:start]) for leaf, start in starts if start}
        for leaf in self.rng.choice(self.leaves, 2, replace=False).tolist():
            found[leaf] = found.get(leaf, frozenset()) | {MONTHS[-1]}
        return found

    def reporters(self) -> list[tuple[str, Ints]]:
        """Who reports a measure: the leaves; for most measures most of those in the middle, and for some the top."""
        found = [(leaf, np.array([row])) for row, leaf in enumerate(self.leaves)]
        kind = self.rng.random()
        if kind > 0.3:
            asked = self.rng.random(len(self.inner)) < (1.0 if kind > 0.5 else 0.7)
            mine = [np.flatnonzero(self.owner == number) for number in range(len(self.inner))]
            found += [(code, mine[n]) for n, code in enumerate(self.inner) if asked[n] and len(mine[n])]
        if kind > 0.6:
            found.append((self.top, np.arange(len(self.leaves))))
        return found

    def cell(self, code: str, rows: Ints) -> Ints:
        """A reporter's values by month."""
        values = self.cells[code][rows]
        total: Ints = values[0] if code.endswith("_standard") else values.sum(axis=0)
        return total

    def reports(self, code: str) -> Iterator[tuple[Any, ...]]:
        for division, rows in self.reporters():
            total = self.cell(code, rows)
            values = self.to_date(total) if code in YEAR_TO_DATE else total
            basis = "year_to_date" if code in YEAR_TO_DATE else "period"
            for month in range(_COUNT):
                if code in QUARTERLY and month % 3 != 2:
                    continue
                period = f"{MONTHS[month][:4]}-Q{month % 12 // 3 + 1}" if code in QUARTERLY else MONTHS[month]
                yield self.row(division, period, code, values[month], basis)
                if code in self.men:
                    men = int(self.men[code][rows, month].sum())
                    for sex, part in (("m", men), ("f", int(total[month]) - men)):
                        yield self.row(division, period, code, part, basis, sex=sex)
                if code == "funds_used" and len(rows) == 1:
                    yield from self.projects(division, period, int(values[month]), basis)
            yield from self.longer(division, code, total)

    def to_date(self, total: Ints) -> Ints:
        return np.concatenate([np.cumsum(total[:12]), np.cumsum(total[12:])])

    def longer(self, division: str, code: str, total: Ints) -> Iterator[tuple[Any, ...]]:
        """Quarters and years; and the target of a year, somewhat below what comes of it."""
        stock = code == "dibao_recipients"
        for year in (0, 12):
            if code in LONGER:
                for quarter in range(year, year + 12, 3):
                    part = total[quarter + 2] if stock else total[quarter : quarter + 3].sum()
                    yield self.row(division, f"{2023 + year // 12}-Q{quarter % 12 // 3 + 1}", code, part)
                whole = total[year + 11] if stock else total[year : year + 12].sum()
                yield self.row(division, str(2023 + year // 12), code, whole)
            if code == "urban_newly_employed" and division in self.above and self.above[division] != self.top:
                goal = int(total[year : year + 12].sum() * 0.96 // 1000 * 1000)
                yield self.row(division, str(2023 + year // 12), code, max(goal, 1000), scenario="target")

    def projects(self, division: str, period: str, total: int, basis: str) -> Iterator[tuple[Any, ...]]:
        first, second = int(total * 0.45), int(total * 0.3)
        for name, part in (("p1", first), ("p2", second), ("p3", total - first - second)):
            yield self.row(division, period, "funds_used", part, basis, project=name)

    def row(
        self, division: str, period: str, code: str, value: object, basis: str = "period", *, scenario: str = "actual",
        sex: str | None = None, project: str | None = None, unit: str | None = None,
    ) -> tuple[Any, ...]:  # fmt: skip
        return (division, period, code, value, scenario, basis, unit, sex, project)

    def rates(self, code: str) -> Iterator[tuple[Any, ...]]:
        """Printed rates beside their counts: half of the reporters round, the others cut off."""
        top, bottom = RATES[code]
        for number, (division, rows) in enumerate(self.reporters()):
            counts, of = self.cell(top, rows), self.cell(bottom, rows)
            for month in np.flatnonzero(of > 0).tolist():
                up = 0 if number % 2 else int(of[month]) // 2
                yield self.row(
                    division, MONTHS[month], code, (int(counts[month]) * 10_000 + up) // int(of[month]), unit="%"
                )

    def utilization(self) -> Iterator[tuple[Any, ...]]:
        """The fund's rate of use so far in the year."""
        for division, rows in self.reporters():
            used, paid = (self.to_date(self.cell(code, rows)) for code in ("funds_used", "funds_disbursed"))
            for month in np.flatnonzero(paid > 0).tolist():
                rate = (int(used[month]) * 10_000 + int(paid[month]) // 2) // int(paid[month])
                yield self.row(division, MONTHS[month], "funds_utilization_reported", rate, unit="%")
