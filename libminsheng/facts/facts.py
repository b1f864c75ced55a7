"""Facts (数据): what was reported, one row a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from libminsheng.errors import Fault
from libminsheng.facts.coded import Coded

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["CORE", "Facts"]

CORE: Final = (
    "division",
    "period",
    "measure",
    "value",
    "scenario",
    "basis",
    "unit",
    "project",
    "issuer",
    "approximate",
    "source",
    "note",
    "row",
    "file",
    "cell",
    "reported",
)


@dataclass(frozen=True)
class Facts:
    r"""Reported facts as they were read, each with its file and row.

    `frame` has the columns division, period, measure, value (an exact decimal), scenario, basis,
    unit, project, issuer, approximate, source, note, row, file, and the breakdowns; of what a form
    reported also the cell (``表!C7``). `bad_rows`
    are the rows left out because they could not be used; `blank_rows` counts rows without a
    value, which report nothing.

    >>> from libminsheng.facts import read_facts
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "facts.csv"
    >>> _ = path.write_text("division,period,measure,value,sex\n340102,2017,live_births,5,f\n", "utf-8")
    >>> read_facts(path).breakdowns
    ('sex',)
    """

    frame: pl.DataFrame = field(repr=False)
    bad_rows: tuple[Fault, ...] = ()
    blank_rows: int = 0
    coded: Coded | None = field(default=None, init=False, repr=False, compare=False)
    """The same with its texts numbered, if they have been."""
    _checked: tuple[Catalogue | None, DivisionTree | None] = field(
        default=(None, None), init=False, repr=False, compare=False
    )

    @classmethod
    def numbered(
        cls,
        coded: Coded,
        bad_rows: tuple[Fault, ...] = (),
        blank_rows: int = 0,
        checked: tuple[Catalogue | None, DivisionTree | None] = (None, None),
    ) -> Facts:
        """Facts whose texts are numbered, and the definitions and divisions that they have been checked against."""
        facts = cls(coded.frame, bad_rows, blank_rows)
        object.__setattr__(facts, "coded", coded)
        object.__setattr__(facts, "_checked", checked)
        return facts

    def fit(self, catalogue: Catalogue, tree: DivisionTree) -> bool:
        """Whether they are known to fit these very definitions and divisions."""
        return self._checked[0] is catalogue and self._checked[1] is tree

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """The columns beside the standard ones."""
        return tuple(name for name in self.frame.columns if name not in CORE)

    def __len__(self) -> int:
        return len(self.frame)

    def _repr_html_(self) -> str:
        from libminsheng.report.html import facts_html

        return facts_html(self)
