"""Words and numbers that do not go together: a unit that counts something else, points for percent, digits run together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, cast

from libminsheng.bulletin.grams import unit_kind
from libminsheng.bulletin.printed import Prose
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.said import found, guess, words
from libminsheng.checks.finding import Finding, Severity
from libminsheng.definitions.rule import Rule

__all__ = [
    "digits_run_together",
    "of_another_unit",
    "percent_leads",
    "percent_of_rates",
    "points_of_amounts",
    "printed_twice",
    "units_of_things",
]

_RATES: Final = ("%", "‰")
_LINKING: Final = re.compile(r"[共达为约近计有已累合（(\s]+$")
"""Words that stand between a thing and its number."""
_OF_RATES: Final = re.compile(r"率|比重|占比|比例|覆盖面|满意度|知晓度|参与度")
"""What grows by points."""


def units_of_things(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Things right before a number whose unit counts something else: 案件808人次."""
    kinds = {unit_kind(text) for text in rule.units} - {None}
    for place, one in enumerate(prose.quantities):
        if unit_kind(one.unit) not in kinds:
            continue
        before = _LINKING.sub("", prose.before(place, 8))
        thing = next((word for word in rule.things if before.endswith(word)), None)
        if thing is not None:
            said = words("thing_in_unit", thing=thing, quantity=one.text, unit=one.unit)
            yield found(rule, [one], said, f"{thing} ≠ {one.unit}")


def of_another_unit(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """A quantity whose words are a measure's, but whose unit is another of those that are mistaken for each other."""
    kinds = {unit_kind(text) for text in rule.units} - {None}
    for match in prose.matches:
        measure = None if match.other is None else prose.catalogue.measures[match.other]
        if match.outcome != "other_unit" or measure is None:
            continue
        if unit_kind(match.quantity.unit) in kinds and unit_kind(measure.unit) in kinds:
            said = words("unit_of_another", quantity=match.quantity.text, measure=measure.name, unit=measure.unit)
            yield found(rule, [match.quantity], said, f"{match.quantity.unit} ≠ {measure.unit}")


def points_of_amounts(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """An amount that grows by points: “949.3亿元，同比增长5.8个百分点”. Only rates grow by points."""
    for places in prose.sentences:
        for number, place in enumerate(places[1:]):
            one, subject = prose.quantities[place], prose.quantities[places[number]]
            if one.unit != "百分点" or subject.unit in (*_RATES, "百分点", ""):
                continue
            between = prose.text[subject.end : one.start]
            if re.search(r"[。；;]", between) or _OF_RATES.search(between):
                continue
            if any(word in between for word in rule.things):
                percent = one.text.replace("个百分点", "%").replace("百分点", "%")
                said = words("amount_in_points", amount=subject.text, points=one.text)
                meant = guess("percent_meant", "0.8", percent=percent)
                yield found(rule, [subject, one], said, f"{subject.text} + {one.text}", [meant])


def percent_leads(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """A rate that is ahead of another rate by a percentage: “超序时进度24.9%”. The difference of two rates is in points."""
    for place, one in enumerate(prose.quantities):
        if one.unit not in _RATES:
            continue
        before = prose.before(place, 16)
        phrase = next((word for word in rule.things if word in before), None)
        if phrase is not None:
            said = words("lead_in_percent", phrase=phrase, rate=one.text)
            points = guess("points_meant", "0.8", points=f"{one.value:f}个百分点")
            yield found(rule, [one], said, f"{phrase} {one.text}", [points])


def percent_of_rates(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """A rate that grows by a percentage: “满意率比上年提高1.2%”. That may be of the rate before, but points are meant mostly."""
    for place, one in enumerate(prose.quantities):
        grown = next((word for word in rule.things if one.of.endswith(word)), None)
        if one.unit not in _RATES or "点" in one.text or grown is None or not _OF_RATES.search(one.of):
            continue
        if prose.before(place, 4).endswith(grown):
            said = words("rate_in_percent", rate=one.of.removesuffix(grown), percent=one.text)
            points = guess("points_meant", "0.8", points=f"{one.value:f}个百分点")
            yield found(rule, [one], said, f"{one.of} {one.text}", [points])


def printed_twice(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """One number with several digits printed for two things that have no word in common."""
    digits = int(rule.settings.get("digits", 4))
    seen: dict[tuple[Decimal, object], list[Quantity]] = {}
    for one in prose.quantities:
        if len(one.value.normalize().as_tuple().digits) >= digits and unit_kind(one.unit) is not None:
            seen.setdefault((one.value, unit_kind(one.unit)), []).append(one)
    for first, *others in seen.values():
        for other in others:
            if _differ(first, other):
                said = words("printed_twice", number=first.text, first=first.of or "–", second=other.of or "–")
                guesses = [guess("copied", "0.6"), guess("by_chance", "0.3")]
                yield found(rule, [first, other], said, f"{first.text} = {other.text}", guesses)


def _differ(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities of one place and time are of different things."""
    if (one.division, one.period) != (other.division, other.period):
        return False
    if one.measure is not None and other.measure is not None:
        return one.measure != other.measure
    pairs = [{said[at : at + 2] for at in range(len(said) - 1)} for said in (one.of, other.of)]
    return all(pairs) and not (pairs[0] & pairs[1])


def digits_run_together(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """A range that runs backwards because digits of two numbers were joined: “7516-9岁”."""
    units = "|".join(map(re.escape, sorted(rule.units, key=len, reverse=True)))
    if not units:
        return
    for match in re.finditer(rf"(?<![\d.])(\d{{2,8}})\s*[-—–~～至到]+\s*(\d{{1,3}})\s*({units})", prose.text):
        low, high = match[1], match[2]
        if int(low) <= int(high):
            continue
        splits = [at for at in range(1, len(low)) if low[at] != "0" and int(low[at:]) < int(high)]
        guesses = [
            guess("digits_split", "0.7", first=low[:at], range=f"{low[at:]}-{high}{match[3]}") for at in splits[-1:]
        ]
        yield Finding(
            rule.finding,
            cast("Severity", rule.severity),
            {"start": match.start(), "end": match.end()},
            seen=match[0],
            arithmetic=f"{low} > {high}",
            hypotheses=tuple(guesses),
            words=words("digits_run_together", text=match[0]),
            rule=rule.code,
        )
