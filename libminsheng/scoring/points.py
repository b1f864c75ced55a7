"""How an item earns its points: one exact value in, a share of the points out.

Values and targets are in the indicator's printed unit, so 81.46 % is 81.46. Nothing is rounded here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from libminsheng.definitions.indicator import Better
from libminsheng.definitions.scheme import Band, Item, Method
from libminsheng.engine.rounding import decimal_of
from libminsheng.errors import Language, say
from libminsheng.vocabulary.text import Text

__all__ = ["Earned", "earn", "shown"]

_NONE: Final = Fraction(0)
_ALL: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Earned:
    """The share of an item's points that a value earns, how it was found, and the band it lies in.

    `code` and `values` are the message that says it: the arithmetic without the weight. `own` is
    the item's own weight where the method counts in points, so that its arithmetic holds for no other.
    """

    share: Fraction
    code: str
    values: Mapping[str, Any]
    label: Text = Text()
    own: Fraction | None = None

    def words(self, lang: Language, weight: Fraction, points: str) -> str:
        """The arithmetic in one line: ``10 × 81.46 ÷ 100 = 8.15``."""
        label = self.label.in_(lang) if self.label != Text() else ""
        if self.own is None or self.own == weight:
            line = say(self.code, lang, weight=shown(weight), points=points, **self.values)
        else:
            own = shown(self.own)
            line = say(self.code, lang, weight=own, points=shown(self.share * self.own), **self.values)
            line = say("scoring.moved", lang, line=line, own=own, weight=shown(weight), points=points)
        return f"{line}（{label}）" if label and lang == "zh" else f"{line} ({label})" if label else line


def earn(item: Item, better: Better | None, value: Fraction, target: Fraction | None, weight: Fraction) -> Earned:
    """What a value earns by the item's method.

    Examples
    --------
    >>> from decimal import Decimal
    >>> item = Item("x", "x", Text(), target=Decimal(100))
    >>> earn(item, "higher", Fraction(81), Fraction(100), Fraction(10)).share
    Fraction(81, 100)
    """
    return _WAYS[item.method](_Asked(item, better, value, target, weight))


@dataclass(frozen=True, slots=True)
class _Asked:
    item: Item
    better: Better | None
    value: Fraction
    target: Fraction | None
    weight: Fraction

    @property
    def beyond(self) -> Fraction:
        """How far the value misses its target, on the worse side; 0 where the target is met."""
        assert self.target is not None
        gap = self.value - self.target
        if self.better == "target":
            return abs(gap)
        return max(_NONE, gap if self.better == "lower" else -gap)

    @property
    def both(self) -> dict[str, str]:
        assert self.target is not None
        return {"value": shown(self.value), "target": shown(self.target)}


def _proportional(asked: _Asked) -> Earned:
    if asked.beyond == 0:
        return Earned(_ALL, "scoring.met", asked.both)
    target, value = asked.target, asked.value
    assert target is not None
    if asked.better == "target":
        share = max(_NONE, 1 - abs(value - target) / abs(target)) if target else _NONE
        code = "scoring.near" if share else "scoring.far"
    elif asked.better == "lower":
        share, code = (target / value, "scoring.inverse") if target > 0 else (_NONE, "scoring.not_met")
    else:
        some = target > 0 and value > 0
        share, code = (value / target, "scoring.proportional") if some else (_NONE, "scoring.not_met")
    passing = asked.item.passing
    if passing is not None and share * 100 < passing:
        return Earned(_NONE, "scoring.not_passed", {**asked.both, "passing": shown(Fraction(passing))})
    return Earned(share, code, asked.both)


def _threshold(asked: _Asked) -> Earned:
    met = asked.beyond == 0
    return Earned(_ALL if met else _NONE, "scoring.met" if met else "scoring.not_met", asked.both)


def _stepped(asked: _Asked) -> Earned:
    if asked.beyond == 0:
        return Earned(_ALL, "scoring.met", asked.both)
    item = asked.item
    assert item.step is not None
    assert item.deduct is not None
    steps = asked.beyond / Fraction(item.step)
    if item.part_step != "shared":
        steps = Fraction(math.ceil(steps) if item.part_step == "counted" else math.floor(steps))
    lost = steps * Fraction(item.deduct)
    values = {**asked.both, "steps": shown(steps), "deduct": shown(Fraction(item.deduct))}
    return Earned(max(_NONE, 1 - lost / asked.weight), "scoring.stepped", values, own=asked.weight)


def _banded(asked: _Asked) -> Earned:
    band = _band(asked.item.bands, asked.value)
    share = _NONE if band is None or band.share is None else Fraction(band.share) / 100
    values = {"value": shown(asked.value), "share": shown(share * 100)}
    return Earned(share, "scoring.banded", values, Text() if band is None else band.label)


def _rated(asked: _Asked) -> Earned:
    band = _band(asked.item.bands, asked.value)
    share = min(_ALL, max(_NONE, asked.value / 100))
    values = {"value": shown(asked.value), "share": shown(share * 100)}
    return Earned(share, "scoring.rated", values, Text() if band is None else band.label)


def _direct(asked: _Asked) -> Earned:
    points = min(asked.weight, max(_NONE, asked.value))
    return Earned(points / asked.weight, "scoring.direct", {"value": shown(asked.value)}, own=asked.weight)


def _band(bands: tuple[Band, ...], value: Fraction) -> Band | None:
    """The first band, from the best, that the value reaches; its limit belongs to it."""
    for band in bands:
        if (band.least is None or value >= band.least) and (band.most is None or value <= band.most):
            return band
    return None


_WAYS: Final[Mapping[Method, Callable[[_Asked], Earned]]] = {
    "proportional": _proportional,
    "threshold": _threshold,
    "stepped": _stepped,
    "banded": _banded,
    "rated": _rated,
    "direct": _direct,
}


def shown(value: Fraction, decimals: int = 4) -> str:
    """A number as people write it: without trailing zeros, with … where it goes on after `decimals`.

    >>> shown(Fraction(81)), shown(Fraction(1, 8)), shown(Fraction(-2, 3))
    ('81', '0.125', '-0.6666…')
    """
    scaled = value * 10**decimals
    text = f"{decimal_of(abs(value), decimals, 'truncate'):f}"
    text = text if scaled.denominator > 1 else text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'-' if value < 0 else ''}{text}{'…' if scaled.denominator > 1 else ''}"
