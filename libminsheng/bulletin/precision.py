"""What a notation leaves open: 6.87万 is 68,650 to 68,750, 710 is 710, 20余 is 20 to 30.

Three things decide. The last printed digit: half of its place on either side, unless that place is
the ones, where a count is exact. Words beside the number (余, 近, 约, 以上): they widen the side that
they point to. The unit: a whole percentage is rounded, except 0 % and 100 %.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final, Literal

from libminsheng.bulletin.numerals import Number

__all__ = ["Hedge", "bounds", "read_hedge"]

_EXACT: Final = Context(prec=60)
"""No sum of ours has more digits than this; nothing is rounded."""

Hedge = Literal["", "about", "more", "less", "least", "most"]
"""What the words beside a number say: about, some more (余), nearly (近), at least (以上), at most (以内)."""

_BEFORE: Final[tuple[tuple[Hedge, re.Pattern[str]], ...]] = (
    (
        "most",
        re.compile(r"(?:不超过|不多于|不高于|至多|最多|低于|少于|小于|不到|不足|未达|不满|控制在|≤|<)(?:了)?\s?$"),
    ),
    ("least", re.compile(r"(?:不低于|不少于|不小于|至少|最少|超过?|突破|逾|高于|多于|大于|不下|≥|>)(?:了)?\s?$")),
    ("less", re.compile(r"(?:将近|接近|临近|(?<![最附新远靠邻])近)\s?$")),
    ("about", re.compile(r"(?:大约|约为?|约有|约占|大概|大致|左右|估计|预计约|(?<![预节制合签履])约)\s?$")),
    ("least", re.compile(r"(?<![以之])上(?=$)")),
)
_NOT: Final = re.compile(r"(?:不低于|不少于|不小于|不下)\s?$")
_AFTER: Final[tuple[tuple[Hedge, re.Pattern[str]], ...]] = (
    ("about", re.compile(r"\s?(?:左右|上下)")),
    ("least", re.compile(r"\s?(?:及以上|以上|之上|开外)")),
    ("most", re.compile(r"\s?(?:及以下|以下|以内|之内|之下)")),
    ("more", re.compile(r"(?:余|多)(?![样元种数重年项余于人功])")),
)
_EACH: Final = re.compile(r"每\S{1,3}$")
_RATIOS: Final = frozenset({"%", "‰", "百分点"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be, and whether words say that it is not exact."""

    low: Decimal
    high: Decimal
    approximate: bool


def read_hedge(plain: str, number: Number, end: int) -> tuple[Hedge, int]:
    """What the words beside a number say, and where those after its unit end.

    >>> from libminsheng.bulletin.numerals import find_numbers
    >>> read_hedge("近14万人", next(find_numbers("近14万人")), 5)
    ('less', 5)
    """
    before = _EACH.sub("", plain[max(0, number.start - 9) : number.start])[-4:]
    for hedge, words in _AFTER:
        after = words.match(plain, end)
        if after:
            return hedge, after.end()
    if number.more:
        return "more", end
    if _NOT.search(before):
        return "least", end
    for hedge, words in _BEFORE:
        if words.search(before) and not (words.pattern.startswith("(?<![以之])上") and not number.alone):
            return hedge, end
    return "", end


def bounds(number: Number, unit: str, hedge: Hedge) -> Bounds:
    """The lowest and the highest value that a printed number stands for.

    >>> from libminsheng.bulletin.numerals import find_numbers
    >>> found = bounds(next(find_numbers("6.87万")), "人", "")
    >>> found.low, found.high
    (Decimal('68650'), Decimal('68750'))
    """
    value = number.value
    half = _half(number, unit)
    low, high = _EXACT.subtract(value, half), _EXACT.add(value, half)
    step = _step(value)
    if hedge == "about":
        wider = max(half, step / 2)
        low, high = _EXACT.subtract(value, wider), _EXACT.add(value, wider)
    elif hedge == "more":
        low, high = value, _EXACT.add(value, step)
    elif hedge == "least":
        low, high = value, _EXACT.add(value, _leading(value))
    elif hedge == "less":
        mantissa_is_one = step == value
        low, high = _EXACT.subtract(value, step / 10 if mantissa_is_one else step), value
    elif hedge == "most":
        low, high = _EXACT.subtract(value, _leading(value)), value
    if unit == "%" and 0 <= value <= 100 and hedge:
        high = min(high, Decimal(100))
    if value >= 0:
        low = max(low, Decimal(0))
    return Bounds(_plain(low), _plain(high), hedge != "")


def _plain(value: Decimal) -> Decimal:
    """Without exponent: 68650, not 6.865E+4."""
    return Decimal(int(value)) if value == int(value) else value


def _half(number: Number, unit: str) -> Decimal:
    """Half of the last place, where that leaves anything open."""
    if number.place > 0:
        return _unit_of(number.place) / 2
    if number.place == 0:
        rounded = unit in _RATIOS and number.value not in (0, 100)
        return Decimal("0.5") if rounded else Decimal(0)
    return _EXACT.divide(_unit_of(number.place), Decimal(2))


def _unit_of(place: int) -> Decimal:
    return Decimal(10**place) if place >= 0 else Decimal(1).scaleb(place)


def _digits(value: Decimal) -> tuple[tuple[int, ...], int]:
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    return digits, exponent


def _step(value: Decimal) -> Decimal:
    """The place of the last digit that is not 0: 10 for 20, 1000 for 2000, 0.1 for 1.20."""
    digits, exponent = _digits(value)
    zeros = next((count for count, digit in enumerate(reversed(digits)) if digit), 0)
    return _unit_of(exponent + zeros) if any(digits) else Decimal(1)


def _leading(value: Decimal) -> Decimal:
    """The place of the first digit: 1000 for 3234."""
    digits, exponent = _digits(value)
    return _unit_of(exponent + len(digits) - 1) if any(digits) else Decimal(1)
