"""One figure, to be explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from litestar.params import QueryParameter

from libminsheng import Explanation, Figures, Period
from libminsheng.errors import EvaluationError, Fault, PeriodError, Place
from minsheng_indicators.verbs.figures import AskedFigures
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Cells, Edition, Parents, Reporters, read_cells
from minsheng_indicators.verbs.verb import Asked

__all__ = ["AskedExplanation"]

One = Annotated[str, QueryParameter(max_length=200, description="Code, CODE@EDITION or name.")]
Where = Annotated[str, QueryParameter(max_length=100, description="The division, by code or name.")]
When = Annotated[str, QueryParameter(max_length=40, description="The period, as 2017 or 2017-Q1.")]


@dataclass(frozen=True, kw_only=True)
class AskedExplanation(Asked):
    """One figure, and the tree of steps that lead to it; every count in it is of facts that the asker sees."""

    indicator: One
    division: Where
    period: When
    edition: Edition = None
    by: Cells = None
    parents: Parents = "total"
    reporter: Reporters = None

    def made(self, ground: Ground) -> Figures:
        faults: list[Fault] = []
        cells = read_cells(self.by or (), faults)
        try:
            period = Period.parse(self.period)
        except PeriodError as error:
            faults += [Fault(one.code, Place(item="period"), one.values, one.near) for one in error.faults]
        if faults:
            raise EvaluationError(*faults)
        return AskedFigures(
            indicator=[self.indicator],
            edition=self.edition,
            by=list(cells),
            period=period.grain,
            start=str(period),
            end=str(period),
            division=[self.division],
            parents=self.parents,
            reporter=self.reporter,
        ).made(ground)

    def explained(self, figures: Figures, ground: Ground) -> Explanation:
        """How the one figure came about."""
        named = self.indicator if self.edition is None else f"{self.indicator}@{self.edition}"
        period = str(Period.parse(self.period))
        return figures.explain(named, ground.tree.resolve(self.division), period, read_cells(self.by or (), []))
