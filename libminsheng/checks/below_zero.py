"""Counts below zero (计数为负): nobody can be born minus five times, though a correction of earlier periods is written so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from libminsheng.checks.capped import most, shown
from libminsheng.checks.finding import Finding, hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.definitions.measure import Measure
from libminsheng.vocabulary.units import unit

__all__ = ["below_zero"]


def below_zero(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Reports of what is counted, persons or cases or dwellings, that are less than none."""
    if settings.rule() is None or not len(panel.sums):
        return
    counted = np.array([_counted(measure) for measure in panel.ledger.measures], np.bool_)
    found = [int(at) for at in np.flatnonzero(panel.sums.total < 0) if counted[panel.sums.family[at]]]
    yield from most("below_zero", settings, found, lambda at: _finding(panel, settings, at))


def _counted(measure: Measure) -> bool:
    dimension = unit(measure.unit).dimension
    return bool(dimension) and measure.time != "standard" and all(base != "元" for base, _ in dimension)


def _finding(panel: Panel, settings: Settings, at: int) -> Finding:
    code, value = panel.measure(at).code, shown(panel, at)
    return Finding(
        "below_zero",
        settings.severity(code),
        panel.where(at),
        seen=value,
        arithmetic=f"{code} = {value} < 0",
        hypotheses=(hypothesis("sign_slipped", "0.6"), hypothesis("corrected_here", "0.4")),
        values={"value": value, "unit": panel.measure(at).unit},
        rule=settings.code(code),
    )
