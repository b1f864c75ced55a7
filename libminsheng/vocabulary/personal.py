"""Numbers that name a person: citizen id numbers (公民身份号码, GB 11643-1999) and telephone numbers.

A statistical report has no need of them (个人信息保护法第六条), so free text that holds one is refused. An id
number has eighteen characters, the old one fifteen digits::

    340102   19900307   123   X               340102   900307   123
    │        │          │     └─ check character (GB/T 17710, MOD 11-2)
    │        │          └─ order among those born there that day
    │        └─ day of birth
    └─ division of the first registration

A mobile number has eleven digits from 13 to 19, a landline its area code and seven or eight digits. Hotlines
(12345, 12333, 400-…) belong to nobody, and what counts money or things is an amount. A unified social credit code has
eighteen characters too; of those that are all digits some three in a hundred thousand hold a day and a check
character as an id number does, and are taken for one.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["SUSPECT", "PersonalNumber", "citizen_check_character", "masked", "personal_numbers"]

Kind = Literal["citizen_id", "phone"]

SUSPECT: Final = r"\d(?:[^\d\p{L}]{0,3}\d){9}"
"""What every text with such a number has, as a regular expression of Polars: ten digits that stand together."""

_PROVINCES: Final = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)
_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_GROUP: Final = re.compile(r"\d+")
_JOIN: Final = re.compile(r"[\s\-()\[\]+.·_/]{1,3}")
"""What may stand within a number."""
_AMOUNT: Final = re.compile(
    r"\s{0,2}(?:元(?!旦)|[万亿千百]元|美元|[万亿](?=[^\w]|$)|万[人户]|人次|平方米|立方米|千瓦|吨|%|‰)"
)
_MONEY: Final = re.compile(r"(?:[¥￥$€]|RMB|CNY|人民币)\s{0,2}$", re.IGNORECASE)
_WORDS: Final = frozenset({"tel", "phone", "mobile", "mob", "cell", "call", "m", "t", "id", "idcard", "wechat", "wx"})
"""Letters that may touch a number, which would be part of a code otherwise."""
_LEAST: Final = 3
"""Digits of a group of an id number that is not its last: a row of days has shorter ones."""
_MOBILE: Final = frozenset({(11,), (3, 4, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5)})
_LANDLINE: Final = re.compile(r"0(?:10|2\d|[3-9]\d{2})")
_BEGINS: Final = re.compile(r"1[3-9]\d|0\d{2,3}|1[3-9]\d{9}")
"""With what another telephone number begins, in the first of its groups."""


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A number that names a person: what it is, and where in the text it stands."""

    kind: Kind
    start: int
    end: int


def citizen_check_character(body: str) -> str:
    """The eighteenth character of an id number, from the first seventeen digits.

    Examples
    --------
    >>> citizen_check_character("11010519491231002")
    'X'
    """
    return "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def personal_numbers(text: str) -> tuple[PersonalNumber, ...]:
    """The id and telephone numbers in a text, in their order.

    Full-width digits, spaces, hyphens and brackets within a number do not hide it.

    Examples
    --------
    >>> [one.kind for one in personal_numbers("张三，11010519491231002X，电话138-0013-8000或(0551)62345678")]
    ['citizen_id', 'phone', 'phone']
    >>> personal_numbers("皖政办〔2017〕5号，投资13800138000元，拨打12345或0551-12345")
    ()
    """
    plain = _plain(text)
    found: list[PersonalNumber] = []
    for chain in _chains(plain):
        at = free = 0
        while at < len(chain):
            one, count = _found(plain, chain, at, follows=at == free)
            at += count
            if one is not None:
                found.append(one)
                free = at
    return tuple(found)


def masked(text: str) -> str:
    """The text with all but the first three characters of each such number starred.

    Examples
    --------
    >>> masked("联系人电话 13800138000")
    '联系人电话 138********'
    """
    for one in reversed(personal_numbers(text)):
        number = text[one.start : one.end]
        text = text[: one.start] + number[:3] + "*" * (len(number) - 3) + text[one.end :]
    return text


def _plain(text: str) -> str:
    """The same text, sign by sign: every digit as an ASCII one, every dash a hyphen, every invisible sign a space."""
    return "".join(map(_sign, text)) if not text.isascii() else text


def _sign(sign: str) -> str:
    if sign.isascii():
        return sign
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(sign)
    if kind == "Pd" or sign in "−ー":
        return "-"
    if kind in ("Cf", "Zs", "Mn"):
        return " "
    whole = unicodedata.normalize("NFKC", sign)
    return whole if len(whole) == 1 else sign


@dataclass(frozen=True, slots=True)
class _Group:
    """Digits that touch each other, and what joins them to the group before."""

    start: int
    end: int
    digits: str
    join: str


def _chains(text: str) -> Iterator[list[_Group]]:
    """Groups of digits, with those that only spaces, hyphens, dots and brackets part."""
    chain: list[_Group] = []
    for match in _GROUP.finditer(text):
        join = text[chain[-1].end : match.start()] if chain else ""
        if chain and not _JOIN.fullmatch(join):
            yield chain
            chain = []
        chain.append(_Group(match.start(), match.end(), match[0], join if chain else ""))
    if chain:
        yield chain


def _found(text: str, chain: list[_Group], at: int, *, follows: bool) -> tuple[PersonalNumber | None, int]:
    """The number that begins with a group, and how many groups it has; without one, one group to go on by.

    `follows` where nothing of the chain goes before it but numbers that were found.
    """
    if _in_a_code(text, chain[at].start):
        return None, 1
    start = chain[at].start
    if count := _citizen(text, chain, at):
        end = chain[at + count - 1].end
        return PersonalNumber("citizen_id", start, end + (_length(chain, at, count) == 17)), count
    if count := _phone(text, chain, at, follows=follows):
        return PersonalNumber("phone", start, chain[at + count - 1].end), count
    return None, 1


def _length(chain: list[_Group], at: int, count: int) -> int:
    return sum(len(one.digits) for one in chain[at : at + count])


def _citizen(text: str, chain: list[_Group], at: int) -> int:
    if chain[at].digits[:2] not in _PROVINCES:
        return 0
    digits = ""
    for count, group in enumerate(chain[at:], start=1):
        digits += group.digits
        after = text[group.end : group.end + 2]
        if len(digits) == 18 and _is_citizen(digits) and not _letter(after[:1]):
            return 0 if _counts(text, chain, at, count) else count
        if len(digits) == 17 and after[:1] in ("X", "x") and _is_citizen(f"{digits}X") and not _signs(after[1:]):
            return count
        if len(digits) == 15 and count in (1, 3) and not _letter(after[:1]) and _is_old_citizen(text, chain, at, count):
            return count
        if len(digits) >= 18 or len(group.digits) < _LEAST:
            break
    return 0


def _is_citizen(number: str) -> bool:
    return citizen_check_character(number[:17]) == number[17] and _is_day(number[6:14])


def _is_old_citizen(text: str, chain: list[_Group], at: int, count: int) -> bool:
    digits = "".join(one.digits for one in chain[at : at + count])
    if count == 3 and [len(one.digits) for one in chain[at : at + 3]] != [6, 6, 3]:
        return False
    return digits[2:6] != "0000" and _is_day(f"19{digits[6:12]}") and not _counts(text, chain, at, count)


def _is_day(digits: str) -> bool:
    try:
        day = datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2100


def _phone(text: str, chain: list[_Group], at: int, *, follows: bool) -> int:
    """Of how many groups a telephone number consists that begins here; 0 if none does."""
    first = chain[at].digits
    code = next((code for code in ("0086", "86") if first.startswith(code)), "")
    own = first.removeprefix(code)
    skipped = 1 if code and not own and at + 1 < len(chain) else 0
    for count in (1, 2, 3):
        groups = chain[at + skipped : at + skipped + count]
        if len(groups) < count or _letter(text[groups[-1].end : groups[-1].end + 1]):
            continue
        digits = tuple(one.digits for one in groups)
        bare = digits if skipped else (own, *digits[1:])
        if not (_is_mobile(bare) or _is_landline(digits)) or _counts(text, chain, at, skipped + count):
            continue
        if count == 1 or _stands_alone(chain, at + skipped, count, follows=follows or bool(skipped)):
            return skipped + count
    return 0


def _is_mobile(digits: tuple[str, ...]) -> bool:
    return digits[0][:1] == "1" and digits[0][1:2] in set("3456789") and tuple(map(len, digits)) in _MOBILE


def _is_landline(digits: tuple[str, ...]) -> bool:
    code = _LANDLINE.match(digits[0])
    if code is None:
        return False
    local = ("".join(digits))[code.end() :]
    if len(digits) == 1:
        # unparted, it has to look like one: no local number begins with 0, 1 or 9
        return len(local) in ((8,) if code.end() == 3 else (7, 8)) and local[0] in "2345678"
    rest = tuple(map(len, digits[1:]))
    return len(digits[0]) == code.end() and rest in ((7,), (8,), (3, 4), (4, 4))


def _stands_alone(chain: list[_Group], at: int, count: int, *, follows: bool) -> bool:
    """Whether parted groups are no part of a longer row, as a project's code is or a list of numbers."""
    join = chain[at + 1].join
    if not follows and chain[at].join == join:
        return False
    rest = chain[at + count :]
    return not rest or rest[0].join != join or bool(_BEGINS.fullmatch(rest[0].digits))


def _counts(text: str, chain: list[_Group], at: int, count: int) -> bool:
    """Whether it is an amount: a unit or decimals follow, or the sign of a currency goes before."""
    start, end = chain[at].start, chain[at + count - 1].end
    if _AMOUNT.match(text, end) or _MONEY.search(text[max(0, start - 6) : start]):
        return True
    decimals = at + count < len(chain) and chain[at + count].join == "."
    return count == 1 and (decimals or chain[at].join == ".")


def _in_a_code(text: str, start: int) -> bool:
    """Whether letters touch it from the left: a code, unless they are a word for telephone or id."""
    letters = re.search(r"[A-Za-z]+$", text[max(0, start - 8) : start])
    return letters is not None and letters[0].lower() not in _WORDS


def _letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _signs(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()
