"""Sums in prose: a total with its parts in one sentence, and what a total leaves unnamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from libminsheng.bulletin.asked import share_of
from libminsheng.bulletin.grams import unit_kind
from libminsheng.bulletin.intervals import Interval
from libminsheng.bulletin.printed import MOST, Prose, base, for_each
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.said import approximately, found, guess, words
from libminsheng.checks.finding import Finding
from libminsheng.checks.sentences import plain
from libminsheng.definitions.rule import Rule

__all__ = ["parts_in_sentences", "shares_of_total"]

_WHOLLY: Final = re.compile(r"包括|分别(?:为|是)|由.{0,8}组成")
"""Words after which every part is named."""
_RATIOS: Final = ("%", "‰", "百分点")


def parts_in_sentences(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """“共26项，其中省级19项、市级7项”: no part above the whole, and parts that name all of it add up to it.

    The words of the rule (其中, 包括 …) stand between a total and its parts.
    """
    marks = re.compile("|".join(map(re.escape, rule.things)) or r"(?!)")
    for places in prose.sentences:
        for number, place in enumerate(places[:-1]):
            whole = prose.quantities[place]
            following = prose.quantities[places[number + 1]]
            if whole.unit in _RATIOS or not whole.unit or for_each(whole):
                continue
            mark = marks.search(prose.text, whole.end, following.start)
            if mark is None or _full_stop(prose, whole.end, mark.start()):
                continue
            parts = _parts(prose, whole, places[number + 1 : number + MOST])
            if parts:
                yield from _against(rule, whole, parts, wholly=_wholly(prose, whole, parts, mark))


def _full_stop(prose: Prose, start: int, end: int) -> bool:
    return any(mark in prose.text[start:end] for mark in "。；;\n")


def _wholly(prose: Prose, whole: Quantity, parts: Sequence[Quantity], mark: re.Match[str]) -> bool:
    return _WHOLLY.search(prose.text, whole.end, parts[0].start) is not None or _WHOLLY.search(mark[0]) is not None


def _parts(prose: Prose, whole: Quantity, places: Sequence[int]) -> list[Quantity]:
    """The quantities after a total that count the same thing, up to the next total of its own or a semicolon."""
    found_parts: list[Quantity] = []
    end = prose.around.part(whole.start)[1]
    for place in places:
        one = prose.quantities[place]
        if one.start >= end or re.search(r"共|总|合计|累计", prose.before(place, 6)):
            break
        same = unit_kind(one.unit) == unit_kind(whole.unit)
        if for_each(one):
            continue
        if same and one.period == whole.period:
            found_parts.append(one)
        elif one.unit not in _RATIOS and not same:
            break  # another thing is counted from here on
    return found_parts


def _against(rule: Rule, whole: Quantity, parts: Sequence[Quantity], *, wholly: bool) -> Iterator[Finding]:
    total = base(whole)
    above = [one for one in parts if base(one).low > total.high]
    for one in above:
        line = f"{plain(base(one).middle)} > {plain(total.middle)}"
        yield found(rule, [whole, one], words("part_above_whole", part=one.text, whole=whole.text), line)
    added = Interval.total(map(base, parts))
    if above or len(parts) < 2 or added.overlaps(total) or (added.high < total.low and not wholly):
        return
    sums = " + ".join(plain(base(one).middle) for one in parts)
    line = f"{sums} = {approximately(added)} {'>' if added.low > total.high else '<'} {approximately(total)}"
    said = words("parts_not_whole", sum=approximately(added), whole=whole.text)
    guesses = [guess("parts_overlap", "0.4"), guess("number_slipped", "0.5")]
    yield found(rule, [whole, *parts], said, line, guesses, severity="warning")


def shares_of_total(prose: Prose, rule: Rule) -> Iterator[Finding]:
    """The amounts that a bulletin names one by one beside the total of its funds: what share of it they are."""
    for printed in prose.printed:
        total = next((one for code in rule.measures if (one := printed.get(code)) is not None), None)
        if total is None:
            continue
        measures = printed.catalogue.measures
        packs = {measures[code].pack for code in rule.measures}
        kind = unit_kind(measures[rule.measures[0]].unit)
        parts = [
            one
            for code, one in printed.by_measure.items()
            if unit_kind(one.unit) == kind and measures[code].time == "flow" and measures[code].pack not in packs
        ]
        if len(parts) < int(rule.settings.get("least", 2)) or base(total).low <= 0:
            continue
        added = Interval.total(map(base, parts))
        if added.low <= base(total).high:
            yield share_of(rule, total, parts)
            continue
        share = approximately((added / base(total)).scaled(100), unit="%")
        sums = " + ".join(plain(base(one).middle) for one in parts)
        line = f"{sums} = {approximately(added)} > {approximately(base(total))}"
        said = words("parts_above_total", count=len(parts), share=share, total=total.text)
        yield found(rule, [total, *parts], said, line, severity="warning")
