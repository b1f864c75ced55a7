"""Indicators (指标): formulas over measures, in editions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from libminsheng.definitions.formula import Formula
from libminsheng.definitions.source import Source
from libminsheng.vocabulary.domains import find_service
from libminsheng.vocabulary.text import Text

__all__ = ["Better", "Bounds", "Indicator", "Rounding"]

Rounding = Literal["half_up", "half_even", "truncate"]
Better = Literal["higher", "lower", "target"]
Bounds = tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True)
class Indicator:
    """One edition of an indicator.

    Its key is code and edition, because one Chinese name has several formulas in force.

    Parameters
    ----------
    code, edition
        The key: ``newborn_screening_rate@2013``.
    formula
        Text (``"newborns_screened / live_births"``) or a tree built with Python's operators.
    unit
        What the value is printed in; ``%`` and ``‰`` multiply the formula's ratio.
    decimals, rounding
        How the exact value is rounded, once: ``half_up`` away from zero, ``half_even``,
        ``truncate`` towards zero.
    bounds
        The least and greatest value that is plausible, in `unit`; a value outside is flagged
        ``out_of_bounds`` and printed as it is.
    better
        Whether ``higher``, ``lower`` or close to the ``target`` is better.
    valid_from, valid_to
        The days on which the edition is in force.
    default
        Whether it is the one meant where several are in force.
    services
        The services of the national standard that it measures: numbers, or the name of the one
        that has no number.

    Examples
    --------
    >>> rate = Indicator("rate", formula="newborns_screened / live_births", unit="%")
    >>> str(rate.tree), rate.key
    ('newborns_screened / live_births', 'rate@1')
    """

    code: str
    formula: str | Formula
    unit: str = "1"
    name: Text = Text()
    edition: str = "1"
    decimals: int = 2
    rounding: Rounding = "half_up"
    bounds: Bounds | None = None
    better: Better | None = None
    domain: str = ""
    source: Source | None = None
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None
    default: bool = True
    description: Text = Text()
    aliases: tuple[str, ...] = ()
    services: tuple[int | str, ...] = ()
    pack: str = ""
    tree: Formula = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        if isinstance(self.formula, Formula):
            tree: Formula = self.formula
        else:
            from libminsheng.definitions.parse import parse

            tree = parse(self.formula)
        object.__setattr__(self, "tree", tree)
        object.__setattr__(self, "formula", str(tree))
        if self.bounds is not None:
            low, high = (None if limit is None else Decimal(limit) for limit in self.bounds)
            object.__setattr__(self, "bounds", (low, high))
        linked = ((find_service(one), one) for one in self.services)
        object.__setattr__(self, "services", tuple(one if found is None else found.key for found, one in linked))
        if self.name == Text():
            object.__setattr__(self, "name", Text(self.code, self.code))

    @property
    def key(self) -> str:
        """Code and edition: ``CODE@EDITION``."""
        return f"{self.code}@{self.edition}"

    @property
    def verified(self) -> bool:
        """Whether somebody has read the definition in its source; true where none is named."""
        return self.source is None or self.source.verified

    def in_force(self, day: datetime.date) -> bool:
        """Whether the edition is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def _repr_html_(self) -> str:
        from libminsheng.report.html import indicator_html

        return indicator_html(self)
