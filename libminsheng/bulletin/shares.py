"""Rates in prose: which counts give them, and whether the counts printed beside them do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from libminsheng.bulletin.grams import unit_kind
from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.printed import MOST, Printed, Prose, base, decimals_of, exact_count, for_each
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.said import approximately, found, near, words
from libminsheng.checks.finding import Finding
from libminsheng.checks.rates import Counts, partners
from libminsheng.checks.sentences import plain
from libminsheng.definitions.rule import Rule
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import unit

__all__ = ["rated", "rates_in_sentences"]

_RATES: Final = ("%", "‰")
_NO_COUNTS: Final = (*_RATES, "百分点", "分", "1", "")
_DUE: Final = re.compile(r"任务|目标|计划|应|到位")
"""Words of what a rate of completion is of."""
_GROWTH: Final = re.compile(r"增|减|升|降|提高|调整|同比|环比|较|比上")
"""Words of change: what follows is no share of one number in the other."""


def rated(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """Rules of a printed rate, its numerator and its denominator: what gives it, or why that cannot be told."""
    if len(rule.measures) < 3:
        return
    for printed in prose.printed:
        rate, top, bottom = (printed.get(code) for code in rule.measures[:3])
        if rate is None or rate.unit not in _RATES:
            continue
        if top is not None and bottom is not None:
            if not _gives(rate, base(top), base(bottom)):
                yield _impossible(rule, rate, top, bottom)
        elif top is None and bottom is None:
            yield _unchecked(prose, rule, printed, rate)
        else:
            yield _one_count(prose, rule, rate, top, bottom)


def _span(rate: Quantity) -> Interval:
    """What a rate may be, whether it was rounded half up or cut off."""
    factor = unit(rate.unit).factor
    digit = Fraction(1, 10 ** decimals_of(rate))
    low, high = Fraction(rate.value) - digit / 2, Fraction(rate.value) + digit
    return Interval.of(min(low, Fraction(rate.low)), max(high, Fraction(rate.high))).scaled(factor)


def _gives(rate: Quantity, top: Interval, bottom: Interval) -> bool:
    """Whether some counts that the print leaves open give a rate."""
    if bottom.low <= 0:
        return True
    if not (top.exact and bottom.exact) or rate.approximate:
        return (top / bottom).overlaps(_span(rate))
    share = top.low / bottom.low / unit(rate.unit).factor
    digit = Fraction(1, 10 ** decimals_of(rate))
    printed = Fraction(rate.value)
    return printed - digit / 2 <= share < printed + digit


def _impossible(rule: Rule, rate: Quantity, top: Quantity, bottom: Quantity) -> Finding:
    share = base(top) / base(bottom) if base(bottom).low > 0 else Interval.of(0)
    shown = approximately(share.scaled(1 / unit(rate.unit).factor), max(2, decimals_of(rate)), rate.unit)
    said = words("rate_not_of_counts", rate=rate.text, top=top.text, bottom=bottom.text, shown=shown)
    line = f"{plain(base(top).middle)} ÷ {plain(base(bottom).middle)} = {shown} ≠ {rate.text}"
    return found(rule, [rate, top, bottom], said, line, code="rate_impossible")


def _unchecked(prose: Prose, rule: Rule, printed: Printed, rate: Quantity) -> Finding:
    measures = prose.catalogue.measures
    names = {
        "rate": rate.text,
        "top": measures[rule.measures[1]].name,
        "bottom": measures[rule.measures[2]].name,
    }
    for one in prose.catalogue.rules:
        if one.check == "text_as_one" and one.severity != "off" and set(rule.measures[1:3]) <= set(one.measures[1:]):
            whole = printed.get(one.measures[0])
            if whole is not None:
                said = words("rate_of_one_number", whole=whole.text, **names)
                line = f"{' + '.join(rule.measures[1:3])} = {whole.text}"
                return found(rule, [rate, whole], said, line, code="rate_unchecked", severity="note")
    return found(rule, [rate], words("rate_without_counts", **names), code="rate_unchecked", severity="note")


def _one_count(prose: Prose, rule: Rule, rate: Quantity, top: Quantity | None, bottom: Quantity | None) -> Finding:
    known = top if top is not None else bottom
    assert known is not None
    other = prose.catalogue.measures[rule.measures[2 if top is not None else 1]].name
    count = exact_count(known)
    if count is None or count <= 0 or rate.approximate:
        return _about(rule, rate, known, other, is_top=top is not None)
    given = {"numerator": count} if top is not None else {"denominator": count}
    partner = partners(rate.value, decimals_of(rate), unit=rate.unit, **given)
    if not partner.possible:
        said = words("rate_of_no_count", rate=rate.text, known=known.text, other=other)
        return found(rule, [rate, known], said, f"{count}: {rate.text}", code="rate_impossible")
    said = words("rate_partners", rate=rate.text, known=known.text, other=other,
                 half_up=str(partner.half_up), truncated=str(partner.truncate))  # fmt: skip
    lines = [_line(count, number, rate, is_top=top is not None) for number in _few(partner.half_up, partner.truncate)]
    return found(rule, [rate, known], said, "; ".join(lines), code="rate_partners", severity="note")


def _few(*several: Counts) -> list[int]:
    """The first and last of some whole numbers."""
    ends = {end for counts in several if counts for end in (counts.first, counts.last) if end is not None}
    return sorted(ends)[:4]


def _line(count: int, number: int, rate: Quantity, *, is_top: bool) -> str:
    top, bottom = (count, number) if is_top else (number, count)
    shown = near(Fraction(top, max(bottom, 1)) / unit(rate.unit).factor, decimals_of(rate) + 2)
    return f"{top} ÷ {bottom} = {shown} {rate.unit} ({bottom} − {top} = {bottom - top})"


def _about(rule: Rule, rate: Quantity, known: Quantity, other: Text, *, is_top: bool) -> Finding:
    span, count = _span(rate), base(known)
    if is_top and span.low <= 0:
        return found(rule, [rate, known], words("rate_without_counts", rate=rate.text, top=Text(known.text), bottom=other),
                     code="rate_unchecked", severity="note")  # fmt: skip
    value = count / span if is_top else count * span
    said = words("rate_about", rate=rate.text, known=known.text, other=other, shown=approximately(value, 0))
    sign = "÷" if is_top else "×"
    line = f"{plain(count.middle)} {sign} {rate.text} = {approximately(value, 0)}"
    return found(rule, [rate, known], said, line, code="rate_partners", severity="note")


def rates_in_sentences(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """A rate after the counts that it is of in one sentence: 3002 of 6247 is 48.1 %.

    Where they do not give it, it is a finding if a word of the rule (占) says that they should, if it has the name of
    its numerator (竣工6980户，竣工率) and is not far off, or if it is near enough to be a slip.
    """
    for places in prose.sentences:
        for number, place in enumerate(places):
            rate = prose.quantities[place]
            if rate.unit not in _RATES:
                continue
            near = rule.settings.get("near", Decimal(3))
            earlier = places[max(0, number - MOST) : number]
            named = _named_after(prose, rate, earlier)
            if named is not None:
                top, bottoms = named
                near = Decimal("Infinity") if _due(prose, earlier, bottoms) else rule.settings.get("named", Decimal(12))
            else:
                pair = _pair(prose, earlier)
                if pair is None:
                    continue
                lower, upper = sorted(pair, key=lambda one: one.value)
                top, bottoms = (upper, [lower]) if rate.value > 100 else (lower, [upper])
                if any(word in prose.before(place) for word in rule.things):
                    near = Decimal(100)
            if _GROWTH.search(prose.text, min(top.end, bottoms[-1].end), rate.start):
                continue
            if any(base(one).low <= 0 or _gives(rate, base(top), base(one)) for one in bottoms):
                continue
            gap, bottom = min(((_gap(rate, top, one), one) for one in bottoms), key=lambda pair: pair[0])
            if gap <= near:
                yield _impossible(rule, rate, top, bottom)


def _gap(rate: Quantity, top: Quantity, bottom: Quantity) -> Fraction:
    """How far a rate is from what two counts give, as it is printed."""
    return abs((base(top) / base(bottom)).middle / unit(rate.unit).factor - Fraction(rate.value))


def _named_after(prose: Prose, rate: Quantity, places: tuple[int, ...]) -> tuple[Quantity, list[Quantity]] | None:
    """The count right before a rate that the rate is named after (竣工 for 竣工率), and the counts before it that it may be of."""
    counts = [place for place in places if prose.quantities[place].unit not in _NO_COUNTS]
    if len(rate.of) < 3 or rate.of[-1] != "率" or not counts:
        return None
    *others, last = counts
    top, stem = prose.quantities[last], rate.of[-3:-1]
    words_of = prose.before(last) + top.of
    alike = [one for place in others if unit_kind((one := prose.quantities[place]).unit) == unit_kind(top.unit)]
    if stem not in words_of or _DUE.search(words_of) or not alike or top.value <= 0:
        return None
    whole = rate.value == 100 and rate.unit == "%"  # of what was due by then, which is seldom printed
    return None if whole and not any(_DUE.search(one.of) for one in alike) else (top, alike)


def _due(prose: Prose, places: tuple[int, ...], bottoms: list[Quantity]) -> bool:
    """Whether the one count that a rate may be of is said to be what was due."""
    place = next(place for place in places if prose.quantities[place] is bottoms[0])
    return len(bottoms) == 1 and _DUE.search(prose.before(place) + bottoms[0].of) is not None


def _pair(prose: Prose, places: tuple[int, ...]) -> tuple[Quantity, Quantity] | None:
    """The two counts right before a rate, if they count the same thing and no other number stands between."""
    if len(places) < 2:
        return None
    one, other = (prose.quantities[place] for place in places[-2:])
    same = unit_kind(one.unit) == unit_kind(other.unit) is not None
    counts = one.unit not in _RATES and other.unit not in _RATES and one.unit != "百分点"
    counts = counts and not for_each(one) and not for_each(other)
    return (one, other) if same and counts and one.value > 0 and other.value > 0 else None
