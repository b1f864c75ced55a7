"""Divisions that were split or merged: the years of such places are not carried across, and a person has to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from libminsheng.checks.capped import most
from libminsheng.checks.finding import Finding
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings
from libminsheng.vocabulary.divisions import Succession

__all__ = ["split_or_merged"]


def split_or_merged(panel: Panel, settings: Settings) -> Iterator[Finding]:
    """A place that became several, or several that became one, of which both the old and the new reported."""
    if settings.rule() is None:
        return
    given = panel.tree.splits_and_mergers
    reported = {panel.sums.divisions[number] for number in set(panel.sums.division.tolist())}
    olds, news = Counter(one.old for one in given), Counter(one.new for one in given)
    turned: dict[str, list[Succession]] = {}
    for one in given:
        if olds[one.old] > 1:
            turned.setdefault(one.old, []).append(one)
        if news[one.new] > 1:
            turned.setdefault(one.new, []).append(one)
    found = [
        (code, ones)
        for code, ones in turned.items()
        if reported & {one.old for one in ones}
        and reported & {panel.tree.successor(one.new) or one.new for one in ones}
    ]
    yield from most("split_or_merged", settings, found, lambda one: _turn_finding(panel, settings, *one))


def _turn_finding(panel: Panel, settings: Settings, code: str, turned: list[Succession]) -> Finding:
    def named(codes: Iterator[str]) -> str:
        return ", ".join(f"{one} {panel.tree.name(one)}" for one in dict.fromkeys(codes))

    old, new = named(one.old for one in turned), named(one.new for one in turned)
    since = min(one.since for one in turned)
    return Finding(
        "split_or_merged",
        settings.severity(),
        {"division": code},
        "",
        f"{old} → {new} ({since})",
        settings.hypotheses(),
        {"old": old, "new": new, "since": since},
        rule=settings.code(),
    )
