"""Traffic lights (红黄绿灯): rules that turn progress into a colour, and what is watched by them.

Two things are watched together (双监控): how the budget is spent, and how the goals are reached.
A `LightRule` says what is compared and where the colours change; a `Watch` names a measure or a
formula and its rule. Both are rows of packs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from libminsheng.definitions.formula import Formula
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.text import Text

__all__ = ["AIMED", "EVERY", "LIGHTS", "Aspect", "Compares", "Light", "LightRule", "LightStep", "Watch", "worst"]

Light = Literal["red", "yellow", "green", "blue"]
Compares = Literal["pace", "value", "limit", "floor", "range"]
Aspect = Literal["budget", "goal"]

LIGHTS: Final[tuple[Light, ...]] = ("red", "yellow", "green", "blue")
"""The lights from the worst to the best; blue is far ahead of the calendar."""

AIMED: Final[frozenset[Compares]] = frozenset({"pace", "limit", "floor"})
"""What rules compare with a target."""

EVERY: Final = "*"
"""In place of a measure: every measure that has a reported target and no watch of its own,
by its code or of its code.

A pack may have such a watch although another has one: the last pack's stands.
"""


def worst(lights: Iterable[Light | None]) -> Light | None:
    """The worst of several lights, whatever their order; None where there is none at all.

    >>> worst(["green", None, "yellow", "blue"])
    'yellow'
    """
    return min((light for light in lights if light is not None), key=LIGHTS.index, default=None)


@dataclass(frozen=True, slots=True)
class LightStep:
    """A light, and the value below which it shines; None for the last, which has no end."""

    light: Light
    below: Decimal | None


@dataclass(frozen=True, slots=True)
class LightRule:
    """A rule of lights.

    Parameters
    ----------
    compares
        ``pace``: what was reached as a share of the target, over the elapsed part of the year, in %
        (actual ÷ (target ÷ 12 × months) × 100). ``value``: the value itself, as with ratings.
        ``limit``: green up to the target, red above it. ``floor``: green from the target on, red below it. ``range``: green within, red outside.
        Only a pace is measured by the calendar.
    steps
        For a pace or a value: the colours, each below its limit, from the worst on.
    zero_target
        ``equal``: with a target of zero, green if nothing was done, else red.

    Examples
    --------
    >>> import libminsheng as ms
    >>> rule = ms.catalogue().light_rules["positive"]
    >>> [rule.light(value) for value in (Decimal("59.99"), 60, 80, 120)]
    ['red', 'yellow', 'green', 'blue']
    """

    code: str
    name: Text
    compares: Compares
    steps: tuple[LightStep, ...] = ()
    zero_target: Literal["missing", "equal"] = "missing"
    source: Source | None = None
    description: Text = Text()
    pack: str = ""

    def light(self, value: Decimal | Fraction | int) -> Light:
        """The colour of a pace or a value; a limit belongs to the better side."""
        return next(step.light for step in self.steps if step.below is None or value < step.below)


@dataclass(frozen=True)
class Watch:
    """One thing that is watched, and by which rule.

    Parameters
    ----------
    measure
        A measure, whose reports to date are set against the target in the facts; ``*`` for every
        measure with such a target.
    actual, target
        Formulas in place of a measure.
    low, high
        The ends of a ``range``, in the unit of the actual; both belong to it. None is an open end.
    strict
        Whether a value equal to its limit is over it (< instead of ≤).
    aspect
        ``budget`` or ``goal``: which of the two that are monitored it belongs to.
    """

    code: str
    light: str
    name: Text = Text()
    measure: str | None = None
    actual: Formula | None = None
    target: Formula | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    strict: bool = False
    aspect: Aspect = "goal"
    source: Source | None = None
    pack: str = ""
