"""Itemised parts above their whole (分项之和大于总数): what cannot be, however many parts were left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from libminsheng.checks.asked import coalesced
from libminsheng.checks.compare import Comparison, compared, prepared
from libminsheng.checks.finding import Finding
from libminsheng.checks.panel import Panel
from libminsheng.checks.ruled import standing_rules
from libminsheng.checks.settings import Settings
from libminsheng.definitions.formula import Binary, Formula, Name

__all__ = ["parts"]


def parts(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """Rules of the check ``parts``: measures that are parts of another come to more than that.

    Parts that were not reported count as nothing, so that what is found holds whatever they are.
    """
    found = []
    for rule in standing_rules(settings):
        whole, first, *others = (Name(code) for code in rule.measures)
        total: Formula = first
        for other in others:
            total = Binary("+", total, other)
        asking = replace(rule, left=total, right=whole)
        left, right = coalesced(prepared(total, rule, panel)), prepared(whole, rule, panel)
        found.append(Comparison(asking, left, right, "<=", partly=True, whole=True, standing="part_exceeds_whole"))
    yield from compared(panel, found)
