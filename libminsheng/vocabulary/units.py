"""Units: what a number counts, and how many of the base unit one of it is.

Whoever adds people to visits, or 元 to 万元, gets a wrong figure; so every measure and indicator
has a unit, and formulas are checked against them when they are defined. Things that are counted
differ: people (人), visits (人次) and households (户) cannot be added. Multiples can: 万元 is
10,000 元, exactly.

The arithmetic is pint's, in a registry of our own that knows nothing else. It is used when
definitions are read, never on facts, which are whole numbers of a measure's smallest unit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from libminsheng.errors import Fault, UnitError, nearest

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = ["Unit", "convert", "known_units", "unit"]

COUNTED: Final = [
    "人",
    "人次",
    "户",
    "家",
    "套",
    "个",
    "件",
    "处",
    "场次",
    "部",
    "项",
    "张",
    "所",
    "座",
    "条",
    "辆",
    "次",
    "例",
    "床",
    "台",
    "本",
    "份",
    "名额",
    "班",
    "间",
    "栋",
    "村",
    "社区",
    "岗位",
    "课时",
    "公里",
    "平方米",
    "亩",
    "立方米",
    "吨",
    "秒",
    "天",
    "月",
    "分",
]
"""Each counts a thing, or measures a quantity, of its own. 分 is a point of a score; the hundredth of 元 is 分钱."""

SAME: Final = {
    "名": "人",
    "位": "人",
    "场": "场次",
    "日": "天",
    "千米": "公里",
    "公吨": "吨",
    "千克": "公斤",
    "平方千米": "平方公里",
    "张床": "床",
}
"""Other spellings of the same unit."""

SYMBOLS: Final = {"km2": "平方公里", "km": "公里", "m2": "平方米", "m3": "立方米", "kg": "公斤", "・": "·", "•": "·"}
"""Letters and signs for what is written in Chinese here; ㎡ and ㎏ are such letters once normalised."""

LONGEST: Final = 80
"""No unit's text is longer; a hostile one is refused before it is taken apart."""

MULTIPLES: Final = {
    "角": ("元", Fraction(1, 10)),
    "分钱": ("元", Fraction(1, 100)),
    "年": ("月", Fraction(12)),
    "米": ("公里", Fraction(1, 1000)),
    "公顷": ("平方米", Fraction(10000)),
    "平方公里": ("平方米", Fraction(1_000_000)),
    "公斤": ("吨", Fraction(1, 1000)),
    "分钟": ("秒", Fraction(60)),
    "小时": ("秒", Fraction(3600)),
}
"""Units that are a multiple of another."""

PREFIXES: Final = {
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}

RATIOS: Final = {"%": Fraction(1, 100), "‰": Fraction(1, 1000), "百分点": Fraction(1, 100), "1": Fraction(1)}
_RATIO_SPELLINGS: Final = {"百分比": "%", "％": "%", "千分比": "‰", "个百分点": "百分点", "无": "1", "": "1"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it was written, how many base units it is, and what it counts.

    Attributes
    ----------
    text
        As written: ``万元/人``.
    factor
        Base units in one of it, exactly: 10000 for 万元, 1/100 for %.
    dimension
        The base units that it is made of with their powers, sorted; empty for a plain ratio.

    Examples
    --------
    >>> unit("万元/人").factor
    Fraction(10000, 1)
    >>> unit("人").compatible(unit("人次"))
    False
    """

    text: str
    factor: Fraction
    dimension: tuple[tuple[str, int], ...]

    def compatible(self, other: Unit) -> bool:
        """Whether both count the same thing, so that one can be converted to the other."""
        return self.dimension == other.dimension

    @property
    def points(self) -> bool:
        """Whether it is 百分点, the difference of two rates."""
        return self.text == "百分点"

    @property
    def is_ratio(self) -> bool:
        """Whether it is a plain ratio: ``%``, ``‰``, 百分点 or ``1``."""
        return not self.dimension

    @property
    def money(self) -> bool:
        """Whether it is an amount of money."""
        return self.dimension == (("元", 1),)

    def __mul__(self, other: Unit) -> Unit:
        return Unit(
            f"{self.text}·{other.text}", self.factor * other.factor, _joined(self.dimension, other.dimension, 1)
        )

    def __truediv__(self, other: Unit) -> Unit:
        return Unit(
            f"{self.text}/{other.text}", self.factor / other.factor, _joined(self.dimension, other.dimension, -1)
        )

    def __str__(self) -> str:
        return self.text


def _joined(
    left: tuple[tuple[str, int], ...], right: tuple[tuple[str, int], ...], sign: int
) -> tuple[tuple[str, int], ...]:
    powers = dict(left)
    for name, power in right:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


@cache
def unit(text: str) -> Unit:
    """Read a unit: a counted thing, money, a multiple (万人次, 亿元), a quotient (元/人, 元/(人·月)), a ratio.

    Raises
    ------
    UnitError
        If a part of it is unknown; the nearest known unit is named.

    Examples
    --------
    >>> unit("元/月").dimension
    (('元', 1), ('月', -1))
    """
    if len(text) > LONGEST:
        raise UnitError(Fault("vocabulary.unit_form", values={"unit": f"{text[:LONGEST]}…"}))
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    for symbol, word in SYMBOLS.items():
        plain = plain.replace(symbol, word)
    plain = _RATIO_SPELLINGS.get(plain, plain)
    if plain in RATIOS:
        return Unit(plain, RATIOS[plain], ())
    words = dict.fromkeys(re.split(r"[·*/()]", plain))
    unknown = [word for word in words if word not in {"", "1"} and _meaning(word) is None]
    if unknown or plain[0] == "/":
        raise UnitError(
            *(
                Fault("vocabulary.unit", values={"unit": text, "part": word}, near=partial(_like, word))
                for word in unknown or [text]
            )
        )
    alone = _meaning(plain)
    if alone is not None:
        return Unit(plain, alone[1], ((alone[0], 1),))
    return _composed(text, plain)


def _like(word: str) -> list[str]:
    """The known units that look most like a word."""
    return nearest(word, known_units())


@cache
def _meaning(word: str) -> tuple[str, Fraction] | None:
    """The base unit that a word is a multiple of, and how many it is."""
    word = SAME.get(word, word)
    if word == "元" or word in COUNTED:
        return word, Fraction(1)
    if word in MULTIPLES:
        return MULTIPLES[word]
    for prefix in sorted(PREFIXES, key=len, reverse=True):
        if word.startswith(prefix) and len(word) > len(prefix):
            inner = _meaning(word[len(prefix) :])
            if inner is not None:
                return inner[0], inner[1] * PREFIXES[prefix]
    return None


_FORM = re.compile(r"[^·*/()]+(?:[·*][^·*/()]+)*(?:/(?:[^·*/()]+|\([^·*/()]+(?:[·*][^·*/()]+)*\)))*")
"""Units joined by · or *, then / and one unit or several in brackets."""


def _composed(text: str, plain: str) -> Unit:
    """A product or quotient of units, taken apart by pint."""
    if not _FORM.fullmatch(plain):
        raise UnitError(Fault("vocabulary.unit_form", values={"unit": text}))
    from pint.errors import PintError

    registry = _registry()
    for word in re.split(r"[·*/()]", plain):
        if word not in {"", "1"} and word not in registry:
            registry.define(f"{word} = [{word}]")
    factor = Fraction(1)
    expression = plain.replace("·", "*")
    try:
        quantity = registry.parse_units(expression)
    except (PintError, ValueError, TypeError, AttributeError):
        raise UnitError(Fault("vocabulary.unit_form", values={"unit": text})) from None
    powers: dict[str, int] = {}
    for name, power in quantity._units.items():
        meaning = _meaning(name)
        if meaning is None or not isinstance(power, int | float) or int(power) != power:
            raise UnitError(Fault("vocabulary.unit_form", values={"unit": text}))
        base, times = meaning
        factor *= times ** int(power)
        powers[base] = powers.get(base, 0) + int(power)
    return Unit(text.strip(), factor, tuple(sorted((base, power) for base, power in powers.items() if power)))


@cache
def _registry() -> UnitRegistry[Any]:
    """A pint registry that knows no units but ours; each is defined when it is first met."""
    from pint import UnitRegistry

    return UnitRegistry(None)


@cache
def known_units() -> tuple[str, ...]:
    """Every unit that has a name of its own, with the usual multiples."""
    plain = ["元", *COUNTED, *SAME, *MULTIPLES]
    multiples = [f"{prefix}{word}" for prefix in PREFIXES for word in ("元", *COUNTED[:24], "名")]
    return tuple(dict.fromkeys([*plain, *multiples]))


def convert(value: Decimal | Fraction | int, given: Unit, wanted: Unit) -> Fraction:
    """A value in another unit of the same thing, exactly.

    Raises
    ------
    UnitError
        If the two count different things.

    Examples
    --------
    >>> convert(Decimal("5714.8"), unit("万元"), unit("元"))
    Fraction(57148000, 1)
    """
    if not given.compatible(wanted):
        raise UnitError(Fault("vocabulary.unit_differs", values={"given": given.text, "wanted": wanted.text}))
    return Fraction(value) * given.factor / wanted.factor
