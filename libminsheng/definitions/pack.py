"""Packs (指标包): one folder, or one file, of definitions with its own cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.lights import LightRule, Watch
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.rows import CaseRow, FigureRow
from libminsheng.definitions.rule import Rule
from libminsheng.definitions.scheme import Scheme
from libminsheng.errors import Place
from libminsheng.vocabulary.text import Text

__all__ = ["Case", "Pack"]


@dataclass(frozen=True)
class Case:
    """An example that a pack has to satisfy: facts in, figures out."""

    pack: str
    row: CaseRow
    placer: Callable[[str], Place] | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Its name, or the indicators that it is about."""
        return self.row.name or ", ".join(self.indicators)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.placer("") if self.placer else Place()

    @property
    def figures(self) -> tuple[FigureRow, ...]:
        """The figures that it expects."""
        row = self.row
        others = row.scores or row.lights or row.findings or row.silent
        if row.figures or (others and not row.indicator):
            return tuple(self.row.figures)
        return (FigureRow(indicator=self.row.indicator),)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that it expects figures of."""
        named = [figure.indicator or self.row.indicator for figure in self.figures]
        return tuple(dict.fromkeys(code for code in named if code))


@dataclass(frozen=True)
class Pack:
    """A set of measures and indicators that belong together, with their cases, schemes and lights.

    `places` tells where a definition's keys stand, by ``measure:CODE``, ``indicator:CODE@EDITION``,
    ``scheme:CODE@EDITION``, ``light:CODE``, ``watch:CODE`` or ``rule:CODE``.

    >>> Pack("mine", measures=(Measure("done", unit="个"),)).measures[0].code
    'done'
    """

    id: str
    title: Text = Text()
    edition: str = "1"
    licence: str = ""
    requires: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    cases: tuple[Case, ...] = ()
    places: Mapping[str, Callable[[str], Place]] = field(default_factory=dict, repr=False, compare=False, hash=False)
    builtin: bool = False
    schemes: tuple[Scheme, ...] = ()
    light_rules: tuple[LightRule, ...] = ()
    watches: tuple[Watch, ...] = ()
    rules: tuple[Rule, ...] = ()
    unread: Path | None = None
    """The cases of a built-in pack, not read yet; `Catalogue.cases` has them."""

    def place(self, key: str, part: str = "") -> Place:
        """Where a definition of the pack, or one key of it, stands."""
        return self.places[key](part) if key in self.places else Place(item=key.partition(":")[2])
