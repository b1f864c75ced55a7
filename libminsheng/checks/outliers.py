"""Outliers (离群值): what is far from its history and its neighbours, and that nothing better explains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from libminsheng.checks.capped import most, shown
from libminsheng.checks.digits import explained as misprints
from libminsheng.checks.expected import printed
from libminsheng.checks.finding import Finding, Hypothesis, hypothesis
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.checks.suspects import Suspects, suspects
from libminsheng.checks.swaps import explained as swaps
from libminsheng.checks.unit_slips import explained as slips

__all__ = ["outlier"]


def outlier(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Values far from what they should be about that no swap, slip or misprint explains.

    One that begins or ends a new level (the next period is like it) is a note; a level that lasts is nothing.
    """
    found = _unexplained(panel, settings)
    order = np.argsort(-found.distance, kind="stable")
    numbers: Sequence[int] = order.tolist()
    yield from most("outlier", settings, numbers, lambda number: _finding(panel, settings, found, number))


def _unexplained(panel: Panel, settings: Settings) -> Suspects:
    found = suspects(panel)
    far = (found.distance >= settings.number("distance")) & (np.abs(found.off) >= np.log(settings.number("times")))
    found = found.take(far & (found.beside < 2))
    if not len(found):
        return found
    known = set(swaps(panel)) | set(slips(panel)) | set(misprints(panel))
    return found.take(~np.isin(found.at, np.array(sorted(known), np.int64)))


def _finding(panel: Panel, settings: Settings, found: Suspects, number: int) -> Finding:
    at = int(found.at[number])
    value, expected, off = shown(panel, at), printed(found.expected(number)), float(found.off[number])
    code = panel.measure(at).code
    times = f"{np.exp(off):.3g}"
    spread = f"{np.exp(float(found.spread[number])):.2f}"
    return Finding(
        "outlier",
        "note" if found.beside[number] else settings.severity(code),
        panel.where(at),
        seen=value,
        arithmetic=f"{value} ÷ {expected} ≈ {times}; ×{spread} ^ {float(found.distance[number]):.1f}",
        hypotheses=tuple(_hypotheses(off, bool(found.beside[number]))),
        values={"value": value, "expected": expected, "times": times},
        rule="outlier",
    )


def _hypotheses(off: float, lasting: bool) -> Iterator[Hypothesis]:
    if lasting:
        yield hypothesis("level_changed", "0.6")
    digit = abs(abs(off) - np.log(10)) < np.log(1.25)
    if digit:
        yield hypothesis("digit_more" if off > 0 else "digit_less", "0.5")
    yield hypothesis("misread", "0.3")
    yield hypothesis("value_true", "0.2")
