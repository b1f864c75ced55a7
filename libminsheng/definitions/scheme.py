"""Scoring schemes (评分方案): how figures become points, and points a grade.

A performance framework of the state is a table: first-level groups with their weights, items
below them, for each the points that it can earn and the way in which it earns them, and grades
for the total. Nothing of that is code here: a scheme is a row of a pack, and a local variant is
another row.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, get_args

from libminsheng.definitions.indicator import Better, Rounding
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.text import Text

__all__ = ["METHODS", "Band", "Composite", "Grade", "Group", "Item", "Method", "Missing", "PartStep", "Scheme"]

Method = Literal["proportional", "threshold", "stepped", "banded", "rated", "direct"]
Composite = Literal["weighted", "linear", "opportunity", "all_or_nothing"]
Missing = Literal["withheld", "redistributed", "zero"]
PartStep = Literal["dropped", "counted", "shared"]

METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""The ways in which an item earns its points."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade (等级): it begins at `least`, which belongs to it, and ends below the next better one.

    So 90 is 优 and 89.99 is 良.
    """

    code: str
    name: Text
    least: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """A first-level part of a scheme (一级指标) with the weight of all its items together.

    Where every item of it is missing, its weight goes to the group `if_missing`, if it names one.
    """

    code: str
    name: Text
    weight: Decimal
    if_missing: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A half-open stretch of an indicator's values: from `least` on, or up to `most` where less is better.

    `share` is the part of the item's points, in %, that a value in it earns; `label` says in
    words what it means (达成年度指标).
    """

    least: Decimal | None
    most: Decimal | None
    share: Decimal | None
    label: Text


@dataclass(frozen=True, slots=True)
class Item:
    """What is scored (评分项): an indicator, the points it can earn, and how it earns them.

    Parameters
    ----------
    code, name
        By default those of its indicator.
    indicator
        ``CODE`` or ``CODE@EDITION``.
    weight
        The points that it can earn; None for an equal part of its group's.
    method
        ``proportional``: value over target, at most all points; below `passing` none.
        ``threshold``: all points if the target is met, else none.
        ``stepped``: all points up to the target, for each `step` beyond it `deduct` points less.
        ``banded``: the share of the `bands` that the value lies in.
        ``rated``: the value is the share of the points, in %, that reviewers awarded.
        ``direct``: the value is the points themselves.
    better
        By default its indicator's.
    target
        In the indicator's unit; ``"reported"`` for the indicator computed from the targets in the facts.
    part_step
        What a part of a step costs: nothing (``dropped``), a whole step (``counted``), its part (``shared``).
    zero_target
        ``full_if_none``: where the denominator (the target) is zero, all points if nothing was done, else none.
    """

    indicator: str
    code: str
    name: Text
    group: str | None = None
    weight: Decimal | None = None
    method: Method = "proportional"
    better: Better | None = None
    target: Decimal | Literal["reported"] | None = None
    passing: Decimal | None = None
    step: Decimal | None = None
    deduct: Decimal | None = None
    part_step: PartStep = "dropped"
    bands: tuple[Band, ...] = ()
    zero_target: Literal["missing", "full_if_none"] = "missing"


@dataclass(frozen=True)
class Scheme:
    """One edition of a scoring scheme.

    Parameters
    ----------
    code, edition
        The key: ``self_evaluation@2020``.
    total
        What all weights add up to, usually 100.
    composite
        How the total is made of the items. ``weighted``: the sum of their points. ``linear``: the
        mean of the shares that they earned, all items alike. ``opportunity``: what was achieved of
        all numerators over all denominators. ``all_or_nothing``: everything if every item earned
        all its points, else nothing.
    missing
        What an item without a value does, unless its group's weight goes elsewhere. ``withheld``:
        there is no total, because blank is not zero. ``redistributed``: its weight goes to the
        others of its group. ``zero``: it earns nothing.
    grades
        From the best to the worst.

    Examples
    --------
    >>> import libminsheng as ms
    >>> scheme = ms.catalogue().scheme("self_evaluation")
    >>> [(group.name.zh, int(group.weight)) for group in scheme.groups]
    [('预算执行率', 10), ('产出指标', 50), ('效益指标', 30), ('满意度指标', 10)]
    >>> scheme.grade(Decimal(90)).name.zh
    '优'
    """

    code: str
    edition: str
    name: Text
    items: tuple[Item, ...]
    total: Decimal = Decimal(100)
    groups: tuple[Group, ...] = ()
    grades: tuple[Grade, ...] = ()
    composite: Composite = "weighted"
    missing: Missing = "withheld"
    decimals: int = 2
    rounding: Rounding = "half_up"
    domain: str = ""
    source: Source | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    default: bool = True
    description: Text = Text()
    aliases: tuple[str, ...] = ()
    pack: str = ""

    @property
    def key(self) -> str:
        """Code and edition: ``CODE@EDITION``."""
        return f"{self.code}@{self.edition}"

    @property
    def verified(self) -> bool:
        """Whether somebody has read the scheme in its source; true where none is named."""
        return self.source is None or self.source.verified

    def in_force(self, day: datetime.date) -> bool:
        """Whether the edition is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def grade(self, total: Decimal | Fraction) -> Grade | None:
        """The grade of a total: of those that begin at or below it, the one that begins last."""
        reached = [grade for grade in self.grades if grade.least <= total]
        return max(reached, key=lambda grade: grade.least, default=None)

    def group(self, code: str | None) -> Group | None:
        """The group of a code."""
        return next((group for group in self.groups if group.code == code), None)

    @cached_property
    def weights(self) -> Mapping[str, Fraction]:
        """The weight of each item by its code; items without one share what their group has left in equal parts."""
        found: dict[str, Fraction] = {}
        wholes: dict[str | None, Decimal] = {group.code: group.weight for group in self.groups}
        for code, weight in (wholes or {None: self.total}).items():
            items = [item for item in self.items if item.group == code]
            whole = Fraction(weight)
            given = sum((Fraction(item.weight) for item in items if item.weight is not None), Fraction())
            blank = sum(item.weight is None for item in items)
            for item in items:
                found[item.code] = (whole - given) / blank if item.weight is None else Fraction(item.weight)
        return {item.code: found[item.code] for item in self.items}
