"""Unit slips (单位错位): a value 10,000 or 1,000 times what it should be, or that part of it, and right in another unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import polars as pl

from libminsheng.checks.capped import most, shown, written
from libminsheng.checks.expected import expectations, is_money, is_ratio, printed
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.checks.suspects import Suspects, suspects
from libminsheng.checks.swaps import explained as swaps
from libminsheng.definitions.measure import Measure
from libminsheng.engine.figures import exact_decimal
from libminsheng.errors import say
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import PREFIXES, unit

__all__ = ["Slip", "slipped", "unit_slip"]

_MONEY: Final = ((4, 1.0), (3, 0.5), (8, 0.3))
_COUNT: Final = ((4, 1.0), (3, 0.3))
_RATIO: Final = ((2, 1.0),)
"""Powers of ten by which units are taken for one another, and how usual that is, beside the most usual."""


@dataclass(frozen=True)
class Slip:
    """A value that is 10 to the `power` times what it should be; `rivals` are other powers that fit, with their weights."""

    at: int
    power: int
    expected: float
    weight: float
    rivals: tuple[tuple[int, float], ...] = ()


def unit_slip(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Values that are right in another unit; one finding where most money of a report slipped by the same factor."""
    reports, single = _reports(panel, slipped(panel))
    for slips in reports:
        yield _whole(panel, settings, slips)
    for slip in _always(panel, settings):
        yield _finding(panel, settings, slip, "always_")
    yield from most("unit_slip", settings, single, lambda slip: _finding(panel, settings, slip))


def slipped(panel: Panel) -> Sequence[Slip]:
    """The slips of a panel that no swap explains; found once for all checks."""
    found = panel.shared.get("slips")
    if found is None:
        settings = settings_of(panel.catalogue.rules).get("unit_slip")
        asked = settings is not None and settings.rule() is not None
        found = panel.shared["slips"] = tuple(_all(panel, settings)) if settings is not None and asked else ()
    assert isinstance(found, tuple)
    return found


def powers(measure: Measure) -> tuple[tuple[int, float], ...]:
    """The powers of ten by which a measure's unit is taken for another."""
    if is_ratio(measure):
        return _RATIO
    return _MONEY if any(base == "元" for base, _ in unit(measure.unit).dimension) else _COUNT


def _all(panel: Panel, settings: Settings) -> Iterator[Slip]:
    found = suspects(panel)
    found = found.take((found.distance >= settings.number("distance")) & (np.abs(found.off) > np.log(30)))
    swap = swaps(panel)
    for number in range(len(found)):
        slip = _slip(found, number, settings.number("within"))
        if slip is not None and slip.at not in swap:
            yield slip


def _slip(found: Suspects, number: int, within: float) -> Slip | None:
    """The power of ten that brings a value back within range, the likeliest first."""
    measure = found.made[int(found.which[number])].measure
    off, plain = float(found.off[number]), float(found.plain[number])
    return _fitting(int(found.at[number]), measure, off, plain, within, found.expected(number))


def _fitting(at: int, measure: Measure, off: float, plain: float, within: float, expected: float) -> Slip | None:
    sign = 1 if off > 0 else -1
    fitting = []
    for power, usual in powers(measure):
        left = abs(off - sign * power * np.log(10))
        if left <= min(max(within * plain, np.log(1.5)), np.log(10) / 2):
            fitting.append((usual * float(np.exp(-0.5 * (left / max(plain, 0.1)) ** 2)), sign * power))
    if not fitting:
        return None
    fitting.sort(reverse=True)
    (best, power), *rest = fitting
    whole = sum(weight for weight, _ in fitting)
    rivals = tuple((other, 0.85 * weight / whole) for weight, other in rest)
    return Slip(at, power, expected, 0.85 * best / whole if whole else 0.5, rivals)


def _always(panel: Panel, settings: Settings) -> Iterator[Slip]:
    """Divisions whose every amount is right in another unit, by what their neighbours report; at their last report."""
    for made in expectations(panel):
        if made.apart is None or made.wide is None or not is_money(made.measure):
            continue
        with np.errstate(invalid="ignore"):
            far = np.abs(made.apart) > np.maximum(settings.number("distance") * made.wide, np.log(30))
        for row in np.flatnonzero(far).tolist():
            column = int(np.flatnonzero(made.grid.at[row] >= 0)[-1])
            expected = float(np.exp(made.centre[row, column] - made.apart[row]))
            apart, wide = float(made.apart[row]), float(made.wide[row])
            at = int(made.grid.at[row, column])
            slip = _fitting(at, made.measure, apart, wide, settings.number("within"), expected)
            if slip is not None:
                yield slip


def explained(panel: Panel) -> Mapping[int, Slip]:
    """Each entry that a slip explains."""
    return {slip.at: slip for slip in slipped(panel)}


# --------------------------------------------------------------------------------------- whole reports


def _reports(panel: Panel, slips: Sequence[Slip]) -> tuple[list[list[Slip]], list[Slip]]:
    """The slips of reports most of whose money slipped by one factor, and the others."""
    groups: dict[tuple[str, str, int], list[Slip]] = {}
    for slip in slips:
        if is_money(panel.measure(slip.at)):
            groups.setdefault((panel.division(slip.at), str(panel.period(slip.at)), slip.power), []).append(slip)
    wholes = [
        some
        for (division, _, _), some in groups.items()
        if len(some) > 1 and len(some) > _judged(panel, division, some[0].at) / 2
    ]
    taken = {slip.at for some in wholes for slip in some}
    return wholes, [slip for slip in slips if slip.at not in taken]


def _judged(panel: Panel, division: str, at: int) -> int:
    """How many amounts of money a division reported for the period of an entry."""
    period, count = panel.period(at), 0
    for made in expectations(panel):
        grid = made.grid
        if not is_money(grid.measure) or grid.periods[0].grain != period.grain or division not in grid.divisions:
            continue
        column = period.index - grid.periods[0].index
        if 0 <= column < len(grid.periods):
            count += bool(np.isfinite((made.logs - made.centre)[grid.divisions.index(division), column]))
    return count


def _whole(panel: Panel, settings: Settings, slips: Sequence[Slip]) -> Finding:
    first = slips[0]
    where = {name: value for name, value in panel.where(first.at).items() if name in ("file", "division", "period")}
    values = {
        "count": len(slips),
        "of": _judged(panel, panel.division(first.at), first.at),
        "factor": _factor(first.power),
    }
    words = Text(*(say(f"checks.unit_slip_report_{_way(first)}", lang, **values) for lang in ("zh", "en")))
    sums = [f"{panel.measure(slip.at).code}: {_arithmetic(panel, slip)}" for slip in slips[:5]]
    return Finding(
        "unit_slip",
        settings.severity(),
        where,
        seen=", ".join(shown(panel, slip.at) for slip in slips[:5]),
        arithmetic="; ".join(sums) + ("; …" if len(slips) > 5 else ""),
        hypotheses=tuple(_hypotheses(panel, Slip(first.at, first.power, first.expected, 0.95))),
        words=words,
        rule="unit_slip",
    )


# ---------------------------------------------------------------------------------------- how it is said


def _finding(panel: Panel, settings: Settings, slip: Slip, always: str = "") -> Finding:
    value = shown(panel, slip.at)
    values = {"value": value, "factor": _factor(slip.power), "expected": printed(slip.expected)}
    return Finding(
        "unit_slip",
        settings.severity(panel.measure(slip.at).code),
        panel.where(slip.at),
        seen=value,
        arithmetic=_arithmetic(panel, slip),
        hypotheses=tuple(_hypotheses(panel, slip)),
        words=Text(*(say(f"checks.unit_slip_{always}{_way(slip)}", lang, **values) for lang in ("zh", "en"))),
        rule="unit_slip",
    )


def _way(slip: Slip) -> str:
    return "great" if slip.power > 0 else "small"


def _factor(power: int) -> str:
    return str(10 ** abs(power))


def _arithmetic(panel: Panel, slip: Slip) -> str:
    more, less = max(-slip.power, 0), max(slip.power, 0)
    back = exact_decimal(int(panel.sums.total[slip.at]) * 10**more, panel.measure(slip.at).decimals + less)
    sign = "÷" if slip.power > 0 else "×"
    return f"{shown(panel, slip.at)} {sign} {_factor(slip.power)} = {written(back)} ≈ {printed(slip.expected)}"


def _hypotheses(panel: Panel, slip: Slip) -> Iterator[Hypothesis]:
    """The units that were taken for one another, the likeliest first; what the unit column says; that it is true."""
    measure = panel.measure(slip.at)
    written = _written(panel, slip.at)
    if written is not None and written != measure.unit:
        yield hypothesis("slip_unit_written", f"{max(slip.weight, 0.05):.2f}", given=written, asked=measure.unit)
    else:
        yield _hypothesis(measure, slip.power, slip.weight)
    for power, weight in slip.rivals:
        if weight >= 0.01:
            yield _hypothesis(measure, power, weight)
    yield hypothesis("value_true", "0.05")


def _hypothesis(measure: Measure, power: int, weight: float) -> Hypothesis:
    said = f"{weight:.2f}"
    if is_ratio(measure):
        return hypothesis("slip_share" if power < 0 else "slip_percent_twice", said, asked=measure.unit)
    given = _named(measure, -power)
    if given is not None:
        return hypothesis("slip_unit_given", said, given=given, asked=measure.unit)
    larger = _named(measure, power)
    return hypothesis("slip_unit_twice", said, given=larger or f"10^{power}", asked=measure.unit)


def _named(measure: Measure, power: int) -> str | None:
    """The unit that is 10 to a power times a measure's own, if it has a name: 万元 for 元 and 4; 元 for 万元 and −4."""
    own = unit(measure.unit)
    head, slash, rest = measure.unit.partition("/")
    word = next(
        (head[len(prefix) :] for prefix in sorted(PREFIXES, key=len, reverse=True) if head.startswith(prefix)), head
    )
    for prefix in ("", "千", "万", "亿"):
        text = f"{prefix}{word}{slash}{rest}"
        try:
            if unit(text).factor == own.factor * Fraction(10) ** power:
                return text
        except ValueError:
            continue
    return None


def _written(panel: Panel, at: int) -> str | None:
    """The unit that the row of an entry names."""
    where: Mapping[str, Any] = panel.where(at)
    facts = panel.facts
    if facts is None or "unit" not in facts.columns or "row" not in where:
        return None
    mine = facts.filter(pl.col("row") == where["row"], pl.col("file").eq_missing(where.get("file")))
    if "cell" in where:  # a form has many values in a row
        mine = mine.filter(pl.col("cell") == where["cell"])
    return None if mine.is_empty() or mine["unit"][0] is None else str(mine["unit"][0])
