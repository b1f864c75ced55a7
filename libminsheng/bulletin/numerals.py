"""Numbers as prose writes them: 1,234.5, １２３, 6.87万, 2亿3000万, 20余, 一百二十三, 两千零五, 廿一, 百分之九十八点五.

What is found here is a number and how it was printed. Whether it counts anything is decided later
(`identifiers` takes out dates, document numbers and the like; `units` reads what follows).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

__all__ = ["Number", "find_numbers", "plain_text", "read_chinese"]

LONGEST: Final = 15
"""Digits that a quantity may have; what is longer names something. With 万亿 after them they fit a decimal of 28."""

SCALES: Final = {
    "十万": 5, "百万": 6, "千万": 7, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12,
    "百": 2, "千": 3, "万": 4, "亿": 8,
}  # fmt: skip
"""Powers of ten that are written after a number."""

_DIGITS: Final[Mapping[str, int]] = {
    **dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "两": 2,
}
_TENS: Final[Mapping[str, int]] = {"十": 1, "拾": 1, "百": 2, "佰": 2, "千": 3, "仟": 3}
_SCORES: Final[Mapping[str, int]] = {"廿": 20, "卅": 30}
_TEN_TO: Final[tuple[int, ...]] = tuple(10**power for power in range(13))
_BIG: Final[Mapping[str, int]] = {"万": 4, "亿": 8}
_ALONE: Final = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
"""Numbers only with 余 after or 近 before them: 百余名, 近千户. Elsewhere they are words (百姓, 千家万户)."""
_CHINESE: Final = "".join([*_DIGITS, *_TENS, *_SCORES, *_BIG])

_WIDE: Final = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，；：！？（）"},
    ord("（"): "(", ord("）"): ")", ord("："): ":", ord("；"): ";", ord("！"): "!", ord("？"): "?",
    **dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF], " "),
    ord("﹪"): "%", ord("　"): " ", ord("\u00a0"): " ", ord("−"): "-",
    ord("〜"): "~", ord("∼"): "~", ord("—"): "—", ord("–"): "—", ord("―"): "—", ord("─"): "—", ord("－"): "—",
}  # fmt: skip
_WIDE_COMMA = re.compile(r"(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")

_SCALE = "十万|百万|千万|十亿|百亿|千亿|万亿|百|千|万|亿"
_MORE = "余|多|来|几"
_ARABIC = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3}){1,6}(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?P<more>{_MORE})?(?:\s?(?P<scale>{_SCALE}))?(?P<after>{_MORE})?"
)
_TAIL = re.compile(rf"(?P<digits>\d{{1,8}}(?:\.\d+)?)(?P<scale>{_SCALE})?(?P<after>{_MORE})?")
_HAN = re.compile(
    rf"(?P<part>[百千万]分之)?(?P<han>[{_CHINESE}]{{1,24}})(?:点(?P<point>[〇零一二三四五六七八九]{{1,6}})(?P<big>[万亿])?)?"
    rf"(?P<more>[余多来几])?(?P<more_big>[万亿])?"
)
_NUMBER = re.compile(rf"(?:[百千万]分之)?\d|[百千万]分之[{_CHINESE}]|[{_CHINESE}]")
_PART = re.compile(rf"(?P<part>[百千])分之(?P<digits>\d{{1,{LONGEST}}}(?:\.\d{{1,6}})?)(?!\d)")


@dataclass(frozen=True, slots=True)
class Number:
    """A number, where it stands and how it was printed.

    Attributes
    ----------
    start, end
        Its characters, with 余 or 多 that belongs to it.
    value
        Exactly, with 万 and 亿 applied.
    place
        The power of ten of the last digit that was printed: 2 for 6.87万, −2 for 99.61, 0 for 710.
    scale
        The power of ten that was written in words: 4 for 6.87万.
    han
        Whether it is in Chinese numerals.
    more
        Whether 余, 多, 来 or 几 says that there are some more.
    sign
        ``%`` or ``‰`` for 百分之 and 千分之, which stand before the number.
    digits
        As printed, without 万 and 亿.
    """

    start: int
    end: int
    value: Decimal
    place: int
    scale: int = 0
    han: bool = False
    more: bool = False
    sign: str = ""
    digits: str = ""

    @property
    def alone(self) -> bool:
        """Whether it is 百, 千, 万 or 亿 without a digit."""
        return self.digits in _ALONE


def plain_text(text: str) -> str:
    """A text with full-width digits, letters and signs made plain and signs without width blank, character for character.

    >>> plain_text("完成９８．７６％")
    '完成98.76%'
    """
    return _WIDE_COMMA.sub(",", text).translate(_WIDE)


def find_numbers(plain: str) -> Iterator[Number]:
    """Every number of a plain text, from left to right; one that is too long to be a quantity is passed over.

    >>> [str(number.value) for number in find_numbers("12所学校，3万5千人，两千零五户")]
    ['12', '35000', '2005']
    """
    at = 0
    while found := _NUMBER.search(plain, at):
        start = found.start()
        if plain[start].isdigit() and plain[start].isascii():
            number, at = _arabic(plain, start)
        elif found[0][-1].isdigit() and found[0][-1].isascii():
            number, at = _part(plain, start)
        else:
            number, at = _han(plain, start)
        if number is not None:
            yield number


def _arabic(plain: str, start: int) -> tuple[Number | None, int]:
    found = _ARABIC.match(plain, start)
    if found is None:  # another script's digit
        return None, start + 1
    printed = found["digits"].replace(",", "")
    if len(printed) > LONGEST:
        return None, found.end("digits")
    more, scale, after = found["more"], found["scale"], found["after"]
    end = found.end()
    if scale and not more and _longer_word(plain, found.start("scale")):
        scale, after, end = None, None, found.end("digits")
    power = SCALES[scale] if scale else 0
    value, place = scaled(printed, power)
    while scale and not more and not after and power > 2 and "." not in printed:
        tail = _TAIL.match(plain, end)
        lower = SCALES[tail["scale"]] if tail and tail["scale"] else 0
        if tail is None or "." in tail["digits"] or lower >= power or len(tail["digits"]) + lower > power:
            break
        if lower == 0 and len(tail["digits"]) < power:
            break
        if tail["scale"] and _longer_word(plain, tail.start("scale")):
            break
        value += Decimal(int(tail["digits"])).scaleb(lower)
        place, power, end, after = lower, lower, tail.end(), tail["after"]
    value = value.quantize(Decimal(1)) if value == value.to_integral_value() and place >= 0 else value
    more_said = bool(more or after)
    return Number(start, end, value, place, SCALES[scale] if scale else 0, False, more_said, "", printed), end


_LONGER = re.compile(r"千(?:米|克|瓦|伏|瓦时|卡|帕)|百(?:分|日|强|姓)|万(?:里|能|向|一)|亿(?:级)")


def _longer_word(plain: str, at: int) -> bool:
    """Whether what looks like 千 or 百 begins a unit: 3千米, 5百分点."""
    return _LONGER.match(plain, at) is not None


def scaled(printed: str, power: int) -> tuple[Decimal, int]:
    """A printed number times a power of ten, and the power of its last digit.

    >>> scaled("6.87", 4)
    (Decimal('68700'), 2)
    """
    whole, _, part = printed.partition(".")
    place = power - len(part)
    digits = int(whole + part)
    return (Decimal(digits * 10**place), place) if place >= 0 else (Decimal(digits).scaleb(place), place)


def _part(plain: str, start: int) -> tuple[Number | None, int]:
    found = _PART.match(plain, start)
    if found is None:
        return None, start + 3
    value, place = scaled(found["digits"], 0)
    sign = "%" if found["part"] == "百" else "‰"
    return Number(start, found.end(), value, place, sign=sign, digits=found["digits"]), found.end()


def _han(plain: str, start: int) -> tuple[Number | None, int]:
    found = _HAN.match(plain, start)
    if found is None:
        return None, start + 1
    han, part, point = found["han"], found["part"], found["point"]
    whole = _ALONE.get(han) or read_chinese(han)
    end = found.end()
    if whole is None or (part or "").startswith("万"):
        return None, found.end("han")
    if point and not (part or found["big"]):
        return None, found.end("point")  # 三点五 without 百分之 or 万 is a time or three points
    if point:
        value, place = scaled(f"{whole}.{''.join(str(_DIGITS[digit]) for digit in point)}", 0)
        if found["big"]:
            value, place = value.scaleb(_BIG[found["big"]]), place + _BIG[found["big"]]
            value = Decimal(int(value)) if place >= 0 else value
    else:
        value, place = Decimal(whole), _last_place(han)
    more = found["more"]
    if more and found["more_big"] and not (set(han) & set(_BIG)):
        value, place = value.scaleb(_BIG[found["more_big"]]), _BIG[found["more_big"]]
        value = Decimal(int(value))
    elif found["more_big"]:
        end = found.start("more_big") if more else found.end("han")
    sign = {"百": "%", "千": "‰"}.get(part[0], "") if part else ""
    return Number(start, end, value, place, place if place > 3 else 0, True, bool(more), sign, han), end


def _last_place(han: str) -> int:
    """万 and 亿 at the end round as they do after 6.87; 三百 is 300 in full."""
    last = {"万": 4, "亿": 8}.get(han[-1], 0)
    return last + 4 if han.endswith("万亿") else last


def read_chinese(han: str) -> int | None:
    """A Chinese numeral as a whole number; None where it is none (千万百, 三四十, 十十).

    >>> read_chinese("一百二十三"), read_chinese("两千零五"), read_chinese("廿一"), read_chinese("三四十")
    (123, 2005, 21, None)
    """
    total = 0
    for mark, power in (("亿", 8), ("万", 4)):
        head, found, han = han.rpartition(mark)
        if not found:
            continue
        above = read_chinese(head) if mark == "亿" else _below_ten_thousand(head)
        if not above:
            return None
        total += above * _TEN_TO[power]
        if not han:
            return total
        digit = _DIGITS.get(han) if len(han) == 1 else None
        if digit is not None and mark == "万":  # 三万五 is 35,000
            return total + digit * 1000
    if not han:
        return None
    rest = _below_ten_thousand(han)
    return None if rest is None else total + rest


def _below_ten_thousand(han: str) -> int | None:
    total, digit, power, zero = 0, None, 4, False
    for place, sign in enumerate(han):
        if sign in _DIGITS:
            if digit is not None:
                return None
            if _DIGITS[sign] == 0:
                zero = True
            else:
                digit = _DIGITS[sign]
        elif sign in _SCORES:
            if digit is not None or power <= 1:
                return None
            total, power, zero = total + _SCORES[sign], 1, False
        elif sign in _TENS:
            if _TENS[sign] >= power or (digit is None and (_TENS[sign] != 1 or (place and not zero))):
                return None
            power, zero = _TENS[sign], False
            total, digit = total + (digit or 1) * _TEN_TO[power], None
        else:
            return None
    if digit is None:
        return total if han and (total or han in ("零", "〇")) and not (zero and total) else None
    if power in (2, 3) and not zero and len(han) > 1:  # 三百五 is 350
        return total + digit * _TEN_TO[power - 1]
    return total + digit if power < 4 or len(han) == 1 or zero else None
