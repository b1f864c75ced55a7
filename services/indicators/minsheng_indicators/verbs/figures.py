"""Figures themselves: indicators by division, period and breakdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from libminsheng import Figures, evaluate
from libminsheng.errors import EvaluationError, Fault
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Edition, OfIndicators, with_edition
from minsheng_indicators.verbs.verb import Asked

__all__ = ["AskedFigures"]


@dataclass(frozen=True, kw_only=True)
class AskedFigures(OfIndicators, Asked):
    """Indicators by division, period and breakdown."""

    edition: Edition = None

    def words(self) -> dict[str, Any]:
        faults: list[Fault] = []
        indicators = with_edition(self.indicator, self.edition, faults)
        if faults:
            raise EvaluationError(*faults)
        return {**super().words(), "indicators": indicators}

    def made(self, ground: Ground) -> Figures:
        return evaluate(ground.facts(self), **ground.words(self))
