"""Ratios that are hard to believe: a formula outside its usual range, an amount that is not heads × months × standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.asked import Answer, Asked, answers, leaves, to_date, values_at
from libminsheng.checks.compare import prepared
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.ruled import cut, refusals, severity_of, standing_rules, whereabouts
from libminsheng.checks.sentences import guesses, named, plain, sentence, worded
from libminsheng.checks.settings import Settings
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Binary, Formula, Name
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.rule import Rule
from libminsheng.errors import Fault
from libminsheng.vocabulary.units import unit

__all__ = ["per_head", "ratio_range"]

_POWERS: Final = (4, 3, 2, -2, -3, -4)


def ratio_range(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Rules of the check ``range``: a formula below `low` or above `high`, as 5.83 persons a dwelling.

    Where a rule has a `least`, ratios to less than that are left alone: a family of six in one dwelling is no mistake.
    """
    asked = {}
    for rule in standing_rules(settings):
        assert rule.left is not None
        formula = prepared(rule.left, rule, panel)
        asked[f"{rule.code}__ratio"] = (
            rule,
            Asked(Indicator(f"{rule.code}__ratio", formula, rule.unit), leaves(formula)),
        )
    refused: list[Fault] = []
    for answer in answers(panel, [one for _, one in asked.values()], refused):
        rule = asked[answer.asked.indicator.code][0]
        factor = unit(rule.unit).factor
        good = answer.good
        if "least" in rule.settings:
            good = good & (answer.block.bottom >= int(rule.settings["least"] * 10**answer.block.bottom_scale))
        failing = np.zeros(len(answer.good), np.bool_)
        for limit, side in ((rule.low, -1), (rule.high, 1)):
            if limit is not None:
                failing |= answer.against(Fraction(limit) * factor) == side
        shown, more = cut(np.flatnonzero(failing & good).tolist(), rule)
        yield from (_outside(panel, rule, answer, position, factor) for position in shown)
        yield from more
    yield from refusals(refused)


def _outside(panel: Panel, rule: Rule, answer: Answer, position: int, factor: Fraction) -> Finding:
    assert rule.left is not None
    division, period, by = answer.spot(position)
    value = answer.value(position) / factor
    below = rule.low is not None and value < rule.low
    limit = rule.low if below else rule.high
    assert limit is not None
    shown = plain(value, 2)
    words = worded(
        rule,
        "implausible_ratio",
        ratio=named(rule.left, panel.catalogue) if rule.name.zh == "" else rule.name,
        value=shown,
        unit=rule.unit if rule.unit != "1" else "",
        low="" if rule.low is None else f"{rule.low:f}",
        high="" if rule.high is None else f"{rule.high:f}",
    )
    return Finding(
        rule.finding,
        severity_of(rule),
        whereabouts(panel, answer.asked.measures, division, period, by),
        seen=shown,
        arithmetic=f"{rule.left} = {shown} {'<' if below else '>'} {limit:f}",
        hypotheses=guesses(rule),
        words=words,
        rule=rule.code,
    )


@dataclass(frozen=True)
class _Heads:
    """A rule of an amount, heads and a standard; further standards are what may have been meant."""

    rule: Rule
    amount: Formula
    heads: Formula
    standards: tuple[Formula, ...]
    monthly: bool

    @classmethod
    def of(cls, rule: Rule, panel: Panel) -> _Heads:
        amount, heads, *standards = (Name(code) for code in rule.measures)
        ends: list[Formula] = [to_date(one, panel.catalogue) if rule.year_to_date else one for one in (amount, heads)]
        per = unit(panel.catalogue.measures[rule.measures[2]].unit).dimension
        return cls(rule, ends[0], ends[1], tuple(standards), ("月", -1) in per)

    def indicator(self, standard: Formula, name: str, panel: Panel) -> Indicator:
        """The months for which the amount pays every head one standard; 1 where the standard is not a monthly one."""
        formula = Binary("/", self.amount, Binary("*", self.heads, standard))
        return Indicator(f"{self.rule.code}__{name}", formula, unit_of(formula, panel.catalogue.scope), decimals=4)

    def part(self, formula: Formula, name: str, panel: Panel) -> Indicator:
        """One of the three by itself."""
        return Indicator(f"{self.rule.code}__{name}", formula, unit_of(formula, panel.catalogue.scope), decimals=4)


def per_head(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Rules of the check ``per_head``: an amount against heads × months × standard, within a tolerance."""
    asked: dict[str, tuple[_Heads, Asked]] = {}
    for rule in standing_rules(settings):
        heads = _Heads.of(rule, panel)
        indicator = heads.indicator(heads.standards[0], "months", panel)
        asked[indicator.code] = (heads, Asked(indicator, frozenset(rule.measures[:3])))
    refused: list[Fault] = []
    for answer in answers(panel, [one for _, one in asked.values()], refused):
        yield from _off(panel, asked[answer.asked.indicator.code][0], answer)
    yield from refusals(refused)


def _off(panel: Panel, one: _Heads, answer: Answer) -> Iterator[Finding]:
    tolerance = _tolerance(one.rule)
    columns = answer.columns()
    months = np.array([_months(one, period.elapsed_months, answer) for period in answer.block.periods])[columns]
    failing = np.zeros(len(answer.good), np.bool_)
    for count in sorted({int(number) for number in months}):
        over, under = answer.against(count * (1 + tolerance)), answer.against(count * (1 - tolerance))
        failing |= ((over > 0) | (under < 0)) & (months == count)
    failing &= _several_heads(one, answer, months)
    shown, more = cut(np.flatnonzero(failing & answer.good).tolist(), one.rule)
    if not shown:
        return
    wanted = {"amount": one.part(one.amount, "amount", panel), "heads": one.part(one.heads, "heads", panel)}
    wanted |= {
        f"standard{number}": one.part(each, f"standard{number}", panel) for number, each in enumerate(one.standards)
    }
    for position, values in zip(shown, values_at(panel, wanted, answer, shown), strict=True):
        yield _unpaid(panel, one, answer, position, values, int(months[position]))
    yield from more


def _several_heads(one: _Heads, answer: Answer, months: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where an amount is off by what so many `heads` are paid: with few heads one who came in mid-year is no mistake."""
    if "heads" not in one.rule.settings:
        return np.ones(len(answer.good), np.bool_)
    heads = np.full(len(answer.good), 1e18)  # of sums of what others reported nothing is known
    at, position = answer.entries(one.rule.measures[1])
    heads[position] = answer.reports.panel.sums.total[at].astype(np.float64)
    scale = 10.0 ** (answer.block.bottom_scale - answer.block.top_scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = answer.block.top.astype(np.float64) / answer.block.bottom.astype(np.float64) * scale / months
        several: npt.NDArray[np.bool_] = np.abs(paid - 1) * heads >= float(one.rule.settings["heads"])
    return several


def _months(one: _Heads, elapsed: int, answer: Answer) -> int:
    """For how many months a period's heads are paid."""
    if not one.monthly:
        return 1
    return elapsed if one.rule.year_to_date else {"month": 1, "quarter": 3, "half": 6, "year": 12}[answer.grain]


def _tolerance(rule: Rule) -> Fraction:
    return Fraction(rule.settings.get("tolerance", Decimal("0.1")))


def _unpaid(
    panel: Panel, one: _Heads, answer: Answer, position: int, values: Mapping[str, Fraction | None], months: int
) -> Finding:
    rule = one.rule
    division, period, by = answer.spot(position)
    amount, heads, standard = (values[name] or Fraction(0) for name in ("amount", "heads", "standard0"))
    due = heads * months * standard
    off = (amount / due - 1) * 100
    times = f"{plain(heads)} × {months} × {plain(standard)}" if one.monthly else f"{plain(heads)} × {plain(standard)}"
    others = [(Name(code), values[f"standard{n}"]) for n, code in enumerate(rule.measures[3:], start=1)]
    rival = [(name, value) for name, value in others if value]
    words = worded(
        rule,
        "per_head_off_standard",
        amount=named(Name(rule.measures[0]), panel.catalogue),
        amount_value=plain(amount, 2),
        due=plain(due, 2),
        off=_signed(off),
    )
    found = [*_explained(one, amount, heads, standard, months), *guesses(rule)]
    found += [guess for name, value in rival for guess in _swapped(panel, one, amount / (heads * months * value), name)]
    found.sort(key=lambda guess: -guess.weight)
    return Finding(
        rule.finding,
        severity_of(rule),
        whereabouts(panel, frozenset(rule.measures[:1]), division, period, by),
        seen=plain(amount, 2),
        arithmetic=f"{times} = {plain(due, 2)} ≠ {plain(amount, 2)} ({_signed(off)} %)",
        hypotheses=tuple(found),
        words=words,
        rule=rule.code,
    )


def _swapped(panel: Panel, one: _Heads, ratio: Fraction, other: Name) -> Iterator[Hypothesis]:
    """The other standard of the same rule fits: the two stand in each other's place."""
    if abs(ratio - 1) <= _tolerance(one.rule):
        off = _signed((ratio - 1) * 100)
        first = panel.catalogue.measures[one.rule.measures[2]].name
        second = named(other, panel.catalogue)
        yield _guess("standards_swapped", "0.8", first=first, second=second, off=off)


def _explained(one: _Heads, amount: Fraction, heads: Fraction, standard: Fraction, months: int) -> Iterator[Hypothesis]:
    """What would make the amount right by itself: its unit, the heads, the months, the standard."""
    ratio, tolerance = amount / (heads * months * standard), _tolerance(one.rule)
    for power in _POWERS:
        if abs(ratio / Fraction(10) ** power - 1) <= tolerance:
            yield hypothesis("amount_in_other_unit", "0.9", factor=f"10^{power}")
    if 0 < ratio < 1 and months > 1:
        implied = ratio * months
        near = abs(implied - round(implied)) <= Fraction(1, 10) and round(implied) >= 1
        yield hypothesis("months_not_full", "0.6" if near else "0.3", months=_about(implied))
    if Fraction(3, 4) <= ratio <= Fraction(5, 4):
        yield hypothesis("heads_at_end", "0.5", heads=_about(ratio * heads))
    elif Fraction(1, 3) <= ratio <= 3:
        yield hypothesis("heads_at_end", "0.2", heads=_about(ratio * heads))
    if Fraction(1, 3) <= ratio <= 3:
        yield hypothesis("another_standard", "0.4", standard=_about(ratio * standard))


def _about(number: Fraction) -> str:
    return plain(number, 2).removeprefix("≈")


def _signed(number: Fraction) -> str:
    return f"{'+' if number > 0 else ''}{_about(number)}"


def _guess(code: str, weight: str, **values: object) -> Hypothesis:
    """A hypothesis that names measures in both languages."""
    return Hypothesis(sentence(code, **values), Decimal(weight))
