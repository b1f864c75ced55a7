"""Who has not reported: gaps in what a division otherwise reports, and reports that are due or came late."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import polars as pl

from libminsheng.checks.capped import most
from libminsheng.checks.finding import Finding
from libminsheng.checks.ledger import Bools
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.unrated import unrated
from libminsheng.engine.places import Ints
from libminsheng.errors import say
from libminsheng.vocabulary.periods import GRAINS, Period
from libminsheng.vocabulary.text import Text

__all__ = ["Attendance", "attendances", "late_report", "missing_report"]

_NAMED: Final = 3


@dataclass(frozen=True)
class Attendance:
    """Which divisions reported a measure when: divisions × the periods of its finest grain, without a gap."""

    measure: str
    divisions: Ints
    periods: tuple[Period, ...]
    reported: Bools
    zeros: Ints
    """How many of each division's reports are 0."""

    def usual(self, settings: Settings) -> Bools:
        """Which divisions usually report: several times, and mostly, from their first report on."""
        count = self.reported.sum(axis=1)
        since = self.reported.shape[1] - np.argmax(self.reported, axis=1)
        share, least = settings.number("usual", self.measure), settings.number("least", self.measure)
        usual: Bools = (count >= least) & (count >= share * since)
        return usual

    def unrated(self, panel: Panel) -> Bools:
        """Where a printed rate could not be reported, because there is nothing that it is a share of."""
        divisions = [panel.sums.divisions[division] for division in self.divisions.tolist()]
        return unrated(panel, self.measure, divisions, self.periods)

    def asked(self, usual: Bools, peers: float) -> Bools:
        """Whether a report can be asked for: most of the other usual reporters gave theirs, or there are none."""
        others = usual.sum() - usual
        there = (self.reported & usual[:, None]).sum(axis=0)[None, :] - (self.reported & usual[:, None])
        asked: Bools = (others[:, None] == 0) | (there >= peers * others[:, None])
        return asked


def attendances(panel: Panel) -> tuple[Attendance, ...]:
    """Of every measure that is reported as actual; a longer report stands for periods of which none was reported."""
    if "attendances" not in panel.shared:
        panel.shared["attendances"] = tuple(_attendances(panel))
    return cast("tuple[Attendance, ...]", panel.shared["attendances"])


def _attendances(panel: Panel) -> Iterator[Attendance]:
    sums, ledger = panel.sums, panel.ledger
    by_measure = sums.by_measure
    for measure, scenario in sorted(by_measure):
        if scenario == "actual":
            parts = [sums.of_family(family) for family in by_measure[measure, scenario]]
            entries = np.concatenate([np.arange(part.start, part.stop) for part in parts])
            if len(entries):
                yield _attendance(panel, measure, entries, ledger.grain)


def _attendance(panel: Panel, measure: str, entries: Ints, grains: Ints) -> Attendance:
    sums = panel.sums
    period, division = sums.period[entries], sums.division[entries]
    grain = int(grains[period].min())
    present = np.zeros(len(sums.divisions), np.bool_)
    present[division] = True
    divisions = np.flatnonzero(present)
    row = (np.cumsum(present) - 1)[division]
    starts = panel.catalogue.measures[measure].year_starts
    begins = np.array([Period.of(GRAINS[grain], one.first_month, starts).index for one in sums.periods])
    ends = np.array([Period.of(GRAINS[grain], one.last_month, starts).index for one in sums.periods])
    fine = grains[period] == grain
    first, last = int(begins[period[fine]].min()), int(begins[period[fine]].max())
    reported = np.zeros((len(divisions), last - first + 1), np.bool_)
    reported[row[fine], begins[period[fine]] - first] = True
    for one in np.unique(period[~fine]).tolist():
        low, high = max(int(begins[one]) - first, 0), int(ends[one]) - first + 1
        rows = row[period == one]
        if high > low:
            nothing = rows[~reported[rows, low:high].any(axis=1)]
            reported[nothing, low:high] = True
    zeros = np.bincount(row[sums.total[entries] == 0], minlength=len(divisions))
    periods = tuple(Period(GRAINS[grain], index, starts) for index in range(first, last + 1))
    return Attendance(measure, divisions, periods, reported, zeros)


@dataclass(frozen=True)
class _Gap:
    """Periods that a division did not report, of one measure."""

    measure: str
    division: int
    first: Period
    last: Period


def missing_report(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A division that usually reports a measure and has nothing for periods that the others reported."""
    if settings.rule() is None or not len(panel.sums):
        return
    gaps: list[_Gap] = []
    forms = np.zeros(len(panel.sums.divisions), np.int64)
    for attendance in attendances(panel):
        usual = attendance.usual(settings)
        forms[attendance.divisions[usual]] += 1
        gaps.extend(_gaps(panel, attendance, usual, settings))
    found = _by_form(gaps, forms, _silences(panel, gaps))
    yield from most("missing_report", settings, found, lambda one: _gap_finding(panel, settings, one))


def _gaps(panel: Panel, attendance: Attendance, usual: Bools, settings: Settings) -> Iterator[_Gap]:
    """Runs of missing periods; the newest one is not missing but late, and of what is mostly 0 blanks are another finding."""
    reported = attendance.reported
    if reported[:, :-1].all():
        return
    begun = np.logical_or.accumulate(reported, axis=1)
    mostly_zero = attendance.zeros >= settings.number("zeros", attendance.measure) * reported.sum(axis=1)
    missing = ~reported & begun & (usual & ~mostly_zero)[:, None]
    missing &= attendance.asked(usual, settings.number("peers", attendance.measure))
    missing[:, -1] = False
    if missing.any():
        missing &= ~attendance.unrated(panel)
    edges = np.diff(missing.astype(np.int8), axis=1, prepend=0, append=0)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for (row, start), (_, end) in zip(starts.tolist(), ends.tolist(), strict=True):
        division = int(attendance.divisions[row])
        yield _Gap(attendance.measure, division, attendance.periods[start], attendance.periods[end - 1])


def _silences(panel: Panel, gaps: list[_Gap]) -> set[_Gap]:
    """The gaps in which their division reported nothing at all of that length: what it seldom reports, or as 0, neither."""
    sums = panel.sums
    names = dict.fromkeys(str(period) for period in sums.periods)  # a month of two statistical years has one name
    number = {name: index for index, name in enumerate(names)}
    heard = np.zeros((len(sums.divisions), len(number) + 1), np.bool_)  # the last column is of no period
    if gaps:
        column = np.array([number[str(period)] for period in sums.periods])
        heard[sums.division, column[sums.period]] = True
    return {
        gap
        for gap in gaps
        if not any(heard[gap.division, number.get(str(period), -1)] for period in gap.first.to(gap.last))
    }


def _by_form(gaps: list[_Gap], forms: Ints, silences: set[_Gap]) -> list[list[_Gap]]:
    """Gaps of one division and time together where all that it usually reports is missing, else each by itself."""
    together: dict[tuple[int, str, str], list[_Gap]] = {}
    for gap in gaps:
        together.setdefault((gap.division, str(gap.first), str(gap.last)), []).append(gap)
    found: list[list[_Gap]] = []
    for group in together.values():
        if len(group) > 1 and (len(group) >= forms[group[0].division] or group[0] in silences):
            found.append(group)
        else:
            found.extend([gap] for gap in group)
    return sorted(found, key=lambda group: -len(group))


def _gap_finding(panel: Panel, settings: Settings, gaps: list[_Gap]) -> Finding:
    gap = gaps[0]
    where = {"division": panel.sums.divisions[gap.division], "period": str(gap.first)}
    length = gap.last.index - gap.first.index + 1
    values: dict[str, object] = {"first": str(gap.first), "last": str(gap.last), "count": length, "measures": len(gaps)}
    if len(gaps) == 1:
        where["measure"] = gap.measure
        words = None
    else:
        words = Text(say("checks.missing_form", "zh", **values), say("checks.missing_form", "en", **values))
    measure = gap.measure if len(gaps) == 1 else None
    stretch = str(gap.first) if length == 1 else f"{gap.first} – {gap.last}"
    return Finding(
        "missing_report",
        settings.severity(measure),
        where,
        "",
        f"{stretch}: {_named(gaps)}",
        settings.hypotheses(measure),
        values,
        words,
        settings.code(measure),
    )


def _named(gaps: list[_Gap]) -> str:
    names = [gap.measure for gap in gaps]
    return ", ".join(names[:_NAMED]) + (f", … ({len(names)})" if len(names) > _NAMED else "")


def late_report(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A division without its newest report although most have theirs; and reports that came after the due day."""
    if settings.rule() is None or not len(panel.sums):
        return
    late: dict[tuple[int, str], list[_Gap]] = {}
    for attendance in attendances(panel):
        if attendance.reported[:, -1].all():
            continue
        usual = attendance.usual(settings)
        asked = attendance.asked(usual, settings.number("peers", attendance.measure))[:, -1]
        asked &= ~attendance.unrated(panel)[:, -1]
        newest = attendance.periods[-1]
        alone = usual.sum() < 2
        for row in np.flatnonzero(usual & asked & ~attendance.reported[:, -1] & ~alone).tolist():
            division = int(attendance.divisions[row])
            late.setdefault((division, str(newest)), []).append(_Gap(attendance.measure, division, newest, newest))
    found = list(late.values())
    yield from _after_the_due_day(panel, settings)
    yield from most("late_report", settings, found, lambda gaps: _late_finding(panel, settings, gaps))


def _late_finding(panel: Panel, settings: Settings, gaps: list[_Gap]) -> Finding:
    gap = gaps[0]
    where = {"division": panel.sums.divisions[gap.division], "period": str(gap.first)}
    measure = gap.measure if len(gaps) == 1 else None
    if measure is not None:
        where["measure"] = measure
    return Finding(
        "late_report",
        settings.severity(measure),
        where,
        "",
        f"{gap.first}: {_named(gaps)}",
        settings.hypotheses(measure),
        {"period": str(gap.first), "measures": len(gaps)},
        rule=settings.code(measure),
    )


def _after_the_due_day(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Forms whose remark `reported`, the day on which they came, is after the due day of a rule that has one."""
    dated = any(rule.settings.get("due_day") for rule in settings.rules)
    if not dated or panel.facts is None or "reported" not in panel.facts.columns:
        return
    day = pl.col("reported").cast(pl.String).str.strip_chars().str.slice(0, 10).str.replace_all("[/.]", "-")
    forms = panel.facts.select("division", "period", "measure", day.str.to_date("%Y-%m-%d", strict=False))
    forms = forms.drop_nulls().group_by("division", "period", "measure").agg(pl.col("reported").max())
    late: dict[tuple[str, str, datetime.date, datetime.date], list[str]] = {}
    for division, text, known, reported in forms.iter_rows():
        measure = panel.catalogue.measure_code(known)
        if measure is None or settings.rule(measure) is None or not settings.number("due_day", measure):
            continue
        period = Period.parse(text, panel.catalogue.measures[measure].year_starts)
        due = period.last_day + datetime.timedelta(days=int(settings.number("due_day", measure)))
        if reported > due:
            late.setdefault((panel.tree.resolve(division), str(period), reported, due), []).append(measure)
    made = sorted(late.items())
    yield from most("late_report", settings, made, lambda one: _overdue(settings, *one[0], sorted(one[1])))


def _overdue(
    settings: Settings, division: str, period: str, reported: datetime.date, due: datetime.date, measures: list[str]
) -> Finding:
    values: dict[str, object] = {"reported": reported, "due": due}
    measure = measures[0] if len(measures) == 1 else None
    return Finding(
        "late_report",
        settings.severity(measures[0]),
        {"division": division, "period": period, **({"measure": measure} if measure else {})},
        str(reported),
        f"{reported} > {due}: {(reported - due).days}",
        words=Text(say("checks.late_after_day", "zh", **values), say("checks.late_after_day", "en", **values)),
        rule=settings.code(measures[0]),
    )
