"""A bulletin read: its text, and every quantity that it states.

The stages, each in a module of its own: times and places that are named, numbers that only name
something, the numbers that are left, their units, what their notation leaves open, what they count.
By rules alone: the same text gives the same quantities everywhere. Time grows with the length of
the text and nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, overload

import polars as pl

from libminsheng.bulletin import heads, identifiers, tables
from libminsheng.bulletin.context import Time, find_times, periods_at
from libminsheng.bulletin.numerals import Number, find_numbers, plain_text
from libminsheng.bulletin.phrases import people_end
from libminsheng.bulletin.places import Named, document_division, find_divisions, own_division
from libminsheng.bulletin.precision import bounds, read_hedge
from libminsheng.bulletin.quantity import Quantity
from libminsheng.bulletin.units import before_unit, read_unit
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period

__all__ = ["Bulletin", "read_bulletin"]

_COLUMNS: Final = {
    "text": pl.String(),
    "start": pl.UInt32(),
    "end": pl.UInt32(),
    "value": pl.String(),
    "low": pl.String(),
    "high": pl.String(),
    "unit": pl.String(),
    "approximate": pl.Boolean(),
    "of": pl.String(),
    "division": pl.String(),
    "period": pl.String(),
    "measure": pl.String(),
}


class Bulletin(Sequence[Quantity]):
    """A text and the quantities that it states, in their order. It never changes.

    Examples
    --------
    >>> bulletin = read_bulletin("2017年，全区发放助学金111.14万元。", division="340102")
    >>> [(one.text, one.unit, one.of, one.period) for one in bulletin]
    [('111.14万元', '元', '助学金', '2017')]
    """

    def __init__(
        self, text: str, quantities: Iterable[Quantity], *, division: str | None = None, period: str | None = None
    ) -> None:
        self.text: Final = text
        self.division: Final = division
        """The division that the whole text is of; None where it does not say."""
        self.period: Final = period
        """The period that the caller gave for the whole text."""
        self._quantities = tuple(quantities)

    def __len__(self) -> int:
        return len(self._quantities)

    @overload
    def __getitem__(self, position: int) -> Quantity: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Quantity, ...]: ...
    def __getitem__(self, position: int | slice) -> Quantity | tuple[Quantity, ...]:
        return self._quantities[position]

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self._quantities)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bulletin):
            return NotImplemented
        return (self.text, self._quantities) == (other.text, other._quantities)

    def __hash__(self) -> int:
        return hash((self.text, self._quantities))

    def replaced(self, quantities: Iterable[Quantity]) -> Bulletin:
        """The same text with other quantities: matched ones."""
        return Bulletin(self.text, quantities, division=self.division, period=self.period)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every quantity as JSON carries it."""
        return [one.as_dict() for one in self._quantities]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a quantity: text, start, end, value, low, high, unit, approximate, of, division, period, measure.

        Numbers are text, so that they stay exact.
        """
        rows = [{name: value for name, value in row.items() if name in _COLUMNS} for row in self.to_dicts()]
        return pl.DataFrame(rows, schema=_COLUMNS)

    def _repr_html_(self) -> str:
        from libminsheng.report.bulletin import bulletin_html

        return bulletin_html(self)

    def __repr__(self) -> str:
        return f"<Bulletin: {len(self.text)} characters, {len(self)} quantities>"


def read_bulletin(
    text: str, *, division: str | None = None, period: str | Period | None = None, tree: DivisionTree | None = None
) -> Bulletin:
    """Find every quantity of a government text: value, unit, what it counts, when, where, how exactly.

    Parameters
    ----------
    text
        The bulletin, or a table pasted as text.
    division
        The division that the text is of, by code or name; else the one that it names most.
    period
        The period of what is said before a year is named.
    tree
        The divisions whose names are known; those that are shipped unless given.

    Returns
    -------
    Bulletin
        The quantities in their order; `measure` and `candidates` are left open.

    Raises
    ------
    DivisionError
        If `division` is none of the tree's.
    PeriodError
        If `period` is none.

    Examples
    --------
    >>> bulletin = read_bulletin("2017年，瑶海区农村五保集中和分散供养标准分别达到710元/月、983元/月。")
    >>> [(one.of, str(one.value), one.unit, one.division) for one in bulletin]
    [('农村五保集中供养标准', '710', '元/月', '340102'), ('农村五保分散供养标准', '983', '元/月', '340102')]
    """
    tree = tree or DivisionTree.builtin()
    given = period if period is None or isinstance(period, Period) else Period.parse(period)
    own = tree.resolve(division) if division is not None else None
    plain = plain_text(text)
    times, named = find_times(plain), find_divisions(plain, tree)
    own = own or document_division(named, tree)
    found = _cells_and_prose(plain, times)
    mentions, singles = _mentions(found)
    starts = _starts(plain, mentions, times, named)
    said = heads.find_heads(plain, mentions, starts)
    when = _When(periods_at(plain, times, given))
    where = _Where(plain, named, own, tree)
    quantities = []
    for one, single in zip(found, singles, strict=True):
        range_ = bounds(one.number, one.unit, one.hedge)
        quantities.append(
            Quantity(
                text[one.start : one.end],
                one.start,
                one.end,
                one.number.value,
                range_.low,
                range_.high,
                one.unit,
                range_.approximate,
                _UNSAID.sub(" ", one.of if one.of is not None else said[single]).strip(),
                where.at(one.start),
                when.at(one.start),
            )
        )
    return Bulletin(text, quantities, division=own, period=str(given) if given else None)


_UNSAID = re.compile(r"[\s\ud800-\udfff]+")
"""Breaks, and halves of characters, which no file can hold."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A number with its unit: where both stand, where words about them end."""

    number: Number
    start: int
    end: int
    tail: int
    unit: str
    hedge: Any
    of: str | None = None
    joined: bool = False
    """Whether it is the upper end of a range whose lower end is the one before."""


def _taken(plain: str, times: list[Time]) -> _Spans:
    spans = [(time.start, time.end) for time in times]
    spans += identifiers.find_identifiers(plain)
    return _Spans(spans)


class _Spans:
    """Spans, to be asked whether anything of another lies in them."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        merged: list[list[int]] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        self._starts = [start for start, _ in merged]
        self._ends = [end for _, end in merged]

    def touch(self, start: int, end: int) -> bool:
        place = bisect_right(self._starts, end - 1) - 1
        return place >= 0 and self._ends[place] > start


def _cells_and_prose(plain: str, times: list[Time]) -> list[_Read]:
    """Every quantity, the cells of tables with the rest."""
    cells = {cell.start: cell for cell in tables.find_cells(plain)}
    taken = _taken(plain, times)
    found: list[_Read] = []
    for number in find_numbers(plain):
        cell = cells.get(number.start)
        if found and number.start < found[-1].end:
            continue  # part of a unit: 8.6/10万
        if cell is not None and cell.own:
            one = _in_prose(plain, number)
            if one is not None and one.end == cell.end:
                found.append(replace(one, of=cell.of))
        elif cell is not None and not number.scale and cell.end == number.end:
            value = number.value.scaleb(cell.power)
            whole = value == value.to_integral_value() and number.place + cell.power >= 0
            moved = replace(
                number, value=value.quantize(1) if whole else value, place=number.place + cell.power, scale=cell.power
            )
            found.append(_Read(moved, number.start, number.end, number.end, cell.unit, "", cell.of))
        elif not taken.touch(number.start, number.end):
            one = _in_prose(plain, number)
            if one is not None:
                found.append(one)
    return _linked(plain, found)


def _in_prose(plain: str, number: Number) -> _Read | None:
    """A number of running text with its unit; None where it is no quantity, and a bare one with no unit yet."""
    number = _signed(plain, number)
    unit = read_unit(plain, number.end) if not number.sign else None
    end = unit.end if unit else number.end
    name = number.sign or (unit.unit if unit else "")
    if name == "位" and _RANK.search(plain[max(0, number.start - 5) : number.start]):
        return None
    hedge, tail = read_hedge(plain, number, end)
    if number.alone and not (number.more or hedge in ("less", "least", "about")):
        return None
    if number.han and not number.sign:
        if unit is None and not (number.scale and len(number.digits) > 1 and not number.alone):
            return None
        if unit is not None and (
            not (unit.han or number.more or len(number.digits) > 1)
            or identifiers.is_slogan(plain, number.start, number.digits, end, name)
        ):
            return None
    if name == "成":
        half = _HALF_TENTH.match(plain, end) if number.han else None  # 九成五
        more = "零一二三四五六七八九".index(half[0]) if half else 0
        value = number.value.scaleb(1).quantize(1) + more
        number = replace(number, value=value, place=number.place + (0 if half else 1))
        end, tail = (half.end(), half.end()) if half else (end, tail)
        return _Read(number, number.start, end, tail, "%", hedge) if 0 < number.value <= 100 else None
    if name:
        name, _ = before_unit(plain[max(0, number.start - 28) : number.start], name)
    return _Read(number, number.start, end, tail, name, hedge)


_HALF_TENTH = re.compile(r"[一二三四五六七八九](?=[，,。；;、\s以的]|$)")
_RANK = re.compile(r"(?:上升|下降|前移|后移|前进|后退|提升|居|列|位|[升降进退前])了?$")
_MINUS = re.compile(r"(?:[为:：达升降长幅率|\t(（ ]|^)-$")


def _signed(plain: str, number: Number) -> Number:
    """A number with the minus before it, where that is no dash."""
    before = plain[max(0, number.start - 2) : number.start]
    if number.han or not _MINUS.search(before):
        return number
    return replace(number, start=number.start - 1, value=-number.value)


_RANGE = re.compile(r"\s?(?:[-—~～至到]|——)\s?")
_LIST = re.compile(r"\s?(?:[、和与及/]|以及)\s?")
_SAID = re.compile(r"(?:达到?|[为是至到共:：]|增至|[数率量额分值度比计])\s?$")
_ENDS = re.compile(r"\s?(?:[，,。；;、)\n]|以[上下内]|左右|$)")


def _linked(plain: str, found: list[_Read]) -> list[_Read]:
    """Bare numbers given the unit of the one that they are listed with; those that stay bare kept where they are said."""
    kept: list[_Read] = []
    for one in reversed(found):
        if one.of is not None or one.unit:
            kept.append(one)
            continue
        following = kept[-1] if kept else None
        link = plain[one.end : following.start] if following and following.start - one.end <= 4 else ""
        ranged, listed = bool(link) and _RANGE.fullmatch(link), bool(link) and _LIST.fullmatch(link)
        if following is not None and following.of is None and (ranged or listed) and following.unit:
            if ranged:  # what both are per stands before the first: 每生每年800—1200元
                name, _ = before_unit(plain[max(0, one.start - 28) : one.start], following.unit)
                following = kept[-1] = replace(following, unit=name, joined=True)
            kept.append(_like(one, following))
        elif (bare := _bare(plain, one)) is not None:
            kept.append(bare)
    kept.reverse()
    for place in range(1, len(kept)):
        kept[place] = _per_the_same(plain, kept[place - 1], kept[place])
    return [
        replace(one, joined=True) if place and not one.joined and _is_range(plain, kept[place - 1], one) else one
        for place, one in enumerate(kept)
    ]


_LEVEL = re.compile(r"(?:提高|提升|上调|调整|上升|增加|增长|下调|降低|下降|[增升降调])[到至为]|[、和]|/|[-—~～至到]")


def _per_the_same(plain: str, first: _Read, second: _Read) -> _Read:
    """What a level is raised to is per what it was before: 由每人每年6840元提高到7536元."""
    if not second.unit or "/" in second.unit or not first.unit.startswith(f"{second.unit}/"):
        return second
    link = plain[first.tail : second.start] if second.start - first.tail <= 6 else ""
    return replace(second, unit=first.unit) if _LEVEL.fullmatch(link.strip()) else second


def _is_range(plain: str, first: _Read, second: _Read) -> bool:
    link = plain[first.end : second.start] if second.start - first.end <= 3 else ""
    same = first.unit == second.unit and first.number.value < second.number.value
    return bool(link) and same and first.of is None and _RANGE.fullmatch(link) is not None


def _like(one: _Read, following: _Read) -> _Read:
    """A bare number with the unit, and where it has none the 万, of the one that follows: 5到8万元."""
    number = one.number
    power = following.number.scale
    if power and not number.scale and not number.han and number.value < following.number.value:
        value, place = number.value.scaleb(power), number.place + power
        number = replace(number, value=value.quantize(1) if place >= 0 else value, place=place, scale=power)
    hedge = one.hedge or (following.hedge if following.hedge in ("least", "most", "about") else "")
    return replace(one, number=number, unit=following.unit, hedge=hedge)


def _bare(plain: str, one: _Read) -> _Read | None:
    """A number without a unit: kept where people follow (6.87万|城乡学生) or where it is said to be a value."""
    number = one.number
    people = people_end(plain[one.end : one.end + 40])
    large = number.scale >= 4 or number.value >= 100
    if people is not None and (large or number.more) and plain[one.end : one.end + 1] not in ("、", "，"):
        return replace(one, unit="人")
    if number.han and not number.scale:
        return None
    said = _SAID.search(plain[max(0, number.start - 3) : number.start])
    ended = _ENDS.match(plain, one.end)
    if ended and (said or number.scale >= 4):
        return one
    return None


def _mentions(found: list[_Read]) -> tuple[list[heads.Mention], list[int]]:
    """Quantities as those who say what they count see them: a range is one, cells are none."""
    mentions: list[heads.Mention] = []
    singles: list[int] = []
    for one in found:
        if one.of is None:
            mention = heads.Mention(one.start, one.end, one.tail, one.unit)
            if one.joined and mentions:
                mentions[-1] = replace(mentions[-1], end=one.end, tail=one.tail)
            else:
                mentions.append(mention)
        singles.append(len(mentions) - 1)
    return mentions, singles


def _starts(plain: str, mentions: list[heads.Mention], times: list[Time], named: list[Named]) -> list[int]:
    """For each mention, where the last time or place before it ends that its phrase cannot hold."""
    ends = sorted(
        [time.end for time in times if plain[time.start : time.end] != "年度" and not _than(plain, time)]
        + [one.end for one in named if one.level is None]
    )
    found = []
    for mention in mentions:
        place = bisect_right(ends, mention.start)
        found.append(ends[place - 1] if place else 0)
    return found


def _than(plain: str, time: Time) -> bool:
    """Whether a time is only compared with: 参保人数比上年同期减少."""
    return plain[max(0, time.start - 1) : time.start] in ("比", "较") and not plain.startswith("的", time.end)


class _When:
    """The period that holds at a position."""

    def __init__(self, changes: Iterable[tuple[int, Period | None]]) -> None:
        ordered = sorted(changes, key=lambda change: change[0])
        self._from = [at for at, _ in ordered]
        self._periods = [str(period) if period is not None else None for _, period in ordered]

    def at(self, position: int) -> str | None:
        return self._periods[bisect_right(self._from, position) - 1]


_SENTENCE = re.compile(r"[。！!？?\n]")


class _Where:
    """The division that a position is of: the last that its sentence names, else the document's own."""

    def __init__(self, plain: str, named: list[Named], own: str | None, tree: DivisionTree) -> None:
        self._own = own
        self._ends = [0, *(mark.end() for mark in _SENTENCE.finditer(plain))]
        resolved = [(one.start, own_division(one, own, tree)) for one in named]
        self._codes = [code for _, code in resolved]
        self._starts = [start for start, _ in resolved]

    def at(self, position: int) -> str | None:
        place = bisect_right(self._starts, position) - 1
        sentence = self._ends[bisect_right(self._ends, position) - 1]
        if place >= 0 and self._starts[place] >= sentence:
            return self._codes[place] or self._own
        return self._own
