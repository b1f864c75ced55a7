"""Printed rates against counts (通报的比率): one that no count gives is wrong, whichever way it was rounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from libminsheng.checks.asked import Answer, Asked, answers, to_date, values_at
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.rates import partners
from libminsheng.checks.ruled import cut, refusals, severity_of, standing_rules
from libminsheng.checks.sentences import guesses, plain, sentence, worded
from libminsheng.checks.settings import Settings
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Binary, Formula, Name
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.rule import Rule
from libminsheng.engine.figures import exact_decimal
from libminsheng.errors import Fault
from libminsheng.vocabulary.units import unit

__all__ = ["rate"]

_SURE: Final = 0.5 - 1e-6
"""A quotient nearer to the printed digits than this is what they say, half up; of the others the exact one decides."""


def rate(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Rules of the check ``rate``: a printed rate, its numerator and its denominator.

    With both counts reported, a rate is wrong when it is neither rounded half up nor cut off from
    their quotient, of the period or of the year so far; one that was cut off is noted. With one of
    them, it is wrong when no whole partner gives it.
    """
    rules = {rule.code: rule for rule in standing_rules(settings)}
    refused: list[Fault] = []
    judged: dict[str, set[int]] = {code: set() for code in rules}
    asked = [Asked(_ratio(rule, panel), frozenset(rule.measures)) for rule in rules.values() if len(rule.measures) == 3]
    doubtful: list[tuple[Rule, Answer, list[tuple[int, int]]]] = []
    for answer in answers(panel, asked, refused):
        rule = rules[answer.asked.indicator.code.removesuffix("__ratio")]
        at, position = _printed(answer, rule)
        judged[rule.code].update(at.tolist())
        doubtful.append((rule, answer, _not_half_up(panel, answer, _doubtful(panel, answer, at, position))))
    right = _right_so_far(panel, [(rule, answer) for rule, answer, pairs in doubtful if pairs])
    for rule, answer, pairs in doubtful:
        left = [pair for pair in pairs if pair[0] not in right]
        cut_off = [pair for pair in left if _ways(panel, answer, *pair)[1]]
        for some, code in ((sorted(set(left) - set(cut_off)), rule.finding), (cut_off, "rate_truncated")):
            shown, more = cut(range(len(some)), replace(rule, finding=code))
            yield from _judged(panel, rule, answer, [some[number] for number in shown])
            yield from more
    alone = {
        f"{rule.code}__count{number}": (rule, number)
        for rule in rules.values()
        for number in range(len(rule.measures) - 1)
    }
    single = [
        Asked(_count(code, rule.measures[number + 1], panel), frozenset({rule.measures[0], rule.measures[number + 1]}))
        for code, (rule, number) in alone.items()
    ]
    for answer in answers(panel, single, refused):
        rule, number = alone[answer.asked.indicator.code]
        pairs = [
            (at, position)
            for at, position in zip(*(column.tolist() for column in _printed(answer, rule)), strict=True)
            if at not in judged[rule.code]
        ]
        judged[rule.code].update(at for at, _ in pairs)
        shown, more = cut(range(len(pairs)), rule)
        yield from filter(None, (_lone(panel, rule, number, answer, *pairs[index]) for index in shown))
        yield from more
    yield from refusals(refused)


def _ratio(rule: Rule, panel: Panel, *, so_far: bool = False) -> Indicator:
    """What the counts come to: of the period, or of the year so far."""
    formula: Formula = Binary("/", Name(rule.measures[1]), Name(rule.measures[2]))
    if so_far:
        formula = to_date(formula, panel.catalogue)
    name = "to_date" if so_far else "ratio"
    return Indicator(f"{rule.code}__{name}", formula, panel.catalogue.measures[rule.measures[0]].unit, decimals=4)


def _count(code: str, measure: str, panel: Panel) -> Indicator:
    """One count by itself."""
    return Indicator(code, Name(measure), unit_of(Name(measure), panel.catalogue.scope), decimals=0)


def _printed(answer: Answer, rule: Rule) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The entries of the printed rate at which an answer is good, and their positions."""
    at, position = answer.entries(rule.measures[0])
    good = answer.good[position]
    return at[good], position[good]


def _digits(panel: Panel, at: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Printed rates as whole numbers of their last digit, and their decimals: zeros at the end are not known to be printed."""
    numbers = panel.sums.total[at].copy()
    decimals = np.full(len(at), panel.measure(int(at[0])).decimals if len(at) else 0, np.int64)
    while True:
        round_ = (decimals > 0) & (numbers % 10 == 0)
        if not round_.any():
            return numbers, decimals
        numbers[round_] //= 10
        decimals[round_] -= 1


def _doubtful(
    panel: Panel, answer: Answer, at: npt.NDArray[np.int64], position: npt.NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Entries and positions whose quotient is not plainly what was printed."""
    if not len(at):
        return []
    numbers, decimals = _digits(panel, at)
    block, factor = answer.block, unit(answer.asked.indicator.unit).factor
    scale = 10.0 ** (block.bottom_scale - block.top_scale) / float(factor)
    exact = block.top[position].astype(np.float64) / block.bottom[position].astype(np.float64) * scale
    off = np.abs(exact * 10.0**decimals - numbers.astype(np.float64))
    spots = np.flatnonzero(~(off < _SURE))
    return [(int(at[spot]), int(position[spot])) for spot in spots]


def _ways(panel: Panel, answer: Answer, at: int, position: int) -> tuple[bool, bool]:
    """Whether a printed rate is its quotient rounded half up, and cut off."""
    number, scale, _ = _as_printed(panel, at)
    half_up, cut_off = _rounded(answer.value(position) / unit(answer.asked.indicator.unit).factor, scale)
    return number == half_up, number == cut_off


def _not_half_up(panel: Panel, answer: Answer, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs whose rate is not its quotient rounded half up, exactly."""
    return [pair for pair in pairs if not _ways(panel, answer, *pair)[0]]


def _right_so_far(panel: Panel, asked: Sequence[tuple[Rule, Answer]]) -> set[int]:
    """The entries of rates that are right of the year so far."""
    rules = {f"{rule.code}__to_date": rule for rule, answer in asked if answer.grain != "year"}
    ratios = [Asked(_ratio(rule, panel, so_far=True), frozenset(rule.measures)) for rule in rules.values()]
    right: set[int] = set()
    for answer in answers(panel, ratios, []):
        at, position = _printed(answer, rules[answer.asked.indicator.code])
        doubtful = _doubtful(panel, answer, at, position)
        wrong = {pair[0] for pair in doubtful if not any(_ways(panel, answer, *pair))}
        right.update(set(at.tolist()) - wrong)
    return right


def _as_printed(panel: Panel, at: int) -> tuple[int, int, Decimal]:
    """A printed rate: the whole number of its last digit, its decimals, and itself."""
    numbers, decimals = _digits(panel, np.array([at]))
    number, scale = int(numbers[0]), int(decimals[0])
    return number, scale, exact_decimal(number, scale)


def _rounded(value: Fraction, scale: int) -> tuple[int, int]:
    """A value as it is printed half up, and cut off: whole numbers of the last digit."""
    scaled, sign = abs(value) * 10**scale, -1 if value < 0 else 1
    return sign * int(scaled + Fraction(1, 2)), sign * int(scaled)


def _judged(panel: Panel, rule: Rule, answer: Answer, pairs: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """What is said of rates that are not their quotient rounded half up."""
    if not pairs:
        return
    positions = [position for _, position in pairs]
    wanted = {"top": _count(f"{rule.code}__top", rule.measures[1], panel)}
    wanted |= {"bottom": _count(f"{rule.code}__bottom", rule.measures[2], panel)}
    factor = unit(answer.asked.indicator.unit).factor
    for (at, position), values in zip(pairs, values_at(panel, wanted, answer, positions), strict=True):
        number, scale, shown = _as_printed(panel, at)
        half_up, cut_off = _rounded(answer.value(position) / factor, scale)
        text = answer.asked.indicator.unit
        top, bottom = (values[name] or Fraction(0) for name in ("top", "bottom"))
        ways = [f"{exact_decimal(one, scale):f}" for one in (half_up, cut_off)]
        named = {"rate": f"{shown:f}", "unit": text, "half_up": ways[0], "truncated": ways[1]}
        quotient = f"{plain(top)} / {plain(bottom)} = {plain(answer.value(position) / factor)} {text}"
        if number == cut_off:
            yield Finding(
                "rate_truncated",
                "note",
                panel.where(at),
                seen=f"{shown:f}",
                arithmetic=quotient,
                words=sentence("rate_truncated", **named),
                rule=rule.code,
            )
            continue
        yield Finding(
            rule.finding,
            severity_of(rule),
            panel.where(at),
            seen=f"{shown:f}",
            arithmetic=f"{quotient} → {ways[0]}, {ways[1]} ≠ {shown:f}",
            hypotheses=(*_partners_of(shown, scale, top, bottom, text), *guesses(rule)),
            words=worded(rule, "rate_impossible", **named),
            rule=rule.code,
        )


def _partners_of(shown: Decimal, scale: int, top: Fraction, bottom: Fraction, text: str) -> Iterator[Hypothesis]:
    """The counts that would give what was printed."""
    if bottom.denominator == 1 and bottom > 0:
        found = partners(shown, scale, denominator=int(bottom), unit=text).half_up
        if found:
            yield hypothesis("numerator_is", "0.5", counts=found)
    if top.denominator == 1:
        found = partners(shown, scale, numerator=int(top), unit=text, low=1).half_up
        if found:
            yield hypothesis("denominator_is", "0.5", counts=found)


def _lone(panel: Panel, rule: Rule, number: int, answer: Answer, at: int, position: int) -> Finding | None:
    """What one count says of a printed rate: the partners that it leaves open, or that there is none."""
    count = answer.value(position)
    if count.denominator != 1 or (number == 1 and count <= 0):
        return None
    _, scale, shown = _as_printed(panel, at)
    text = panel.measure(at).unit
    given = {"numerator" if number == 0 else "denominator": int(count)}
    found = partners(shown, scale, unit=text, **given)
    named = {
        "rate": f"{shown:f}",
        "unit": text,
        "count": int(count),
        "counted": panel.catalogue.measures[rule.measures[number + 1]].name,
    }
    if not found.possible:
        words = worded(rule, "rate_without_partner", **named)
        return Finding(
            rule.finding,
            severity_of(rule),
            panel.where(at),
            seen=f"{shown:f}",
            arithmetic=_equation(number, int(count), shown, text),
            hypotheses=guesses(rule),
            words=words,
            rule=rule.code,
        )
    words = sentence("rate_partners", **named, half_up=found.half_up, truncated=found.truncate)
    return Finding(
        "rate_partners",
        "note",
        panel.where(at),
        seen=f"{shown:f}",
        arithmetic=_equation(number, int(count), shown, text),
        words=words,
        rule=rule.code,
    )


def _equation(number: int, count: int, shown: Decimal, text: str) -> str:
    return f"{count} / ? = {shown:f} {text}" if number == 0 else f"? / {count} = {shown:f} {text}"
