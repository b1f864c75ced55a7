"""What every check that rules ask for does with its rules and with what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from libminsheng.checks import capped
from libminsheng.checks.asked import entry_of
from libminsheng.checks.finding import Finding, Severity
from libminsheng.checks.panel import Panel
from libminsheng.checks.sentences import sentence
from libminsheng.checks.settings import Settings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.check import unit_of
from libminsheng.definitions.formula import Formula, Name
from libminsheng.definitions.rule import Rule
from libminsheng.errors import Fault
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.text import Text

__all__ = [
    "MOST",
    "besides",
    "cut",
    "left_out",
    "refusals",
    "severity_of",
    "spoken_unit",
    "standing_rules",
    "whereabouts",
]

MOST: Final = 100
"""Findings of one rule that are shown where it does not say."""


def standing_rules(settings: Settings) -> list[Rule]:
    """The rules that are asked."""
    return [rule for rule in settings.rules if rule.severity != "off"]


def severity_of(rule: Rule) -> Severity:
    """How gravely a rule's findings are taken."""
    return cast("Severity", rule.severity)


def cut(positions: Sequence[int], rule: Rule) -> tuple[Sequence[int], list[Finding]]:
    """As many positions as a rule shows, and the note that says how many more there are."""
    most = int(rule.settings.get("most", MOST))
    if len(positions) <= most:
        return positions, []
    return positions[:most], [left_out(rule, len(positions) - most)]


def left_out(rule: Rule, count: int) -> Finding:
    """The note that says how many findings of a rule are not listed."""
    return capped.left_out(rule.code, rule.finding, count)


def refusals(faults: Sequence[Fault]) -> Iterator[Finding]:
    """What could not be asked, and why: a note each."""
    for fault in dict.fromkeys(faults):
        reason = Text(fault.text("zh"), fault.text("en"))
        yield Finding("not_checked", "note", {}, words=sentence("not_checked", reason=reason))


def whereabouts(
    panel: Panel, measures: frozenset[str], division: str, period: Period, by: Mapping[str, str]
) -> dict[str, Any]:
    """Where a finding about measures lies: at the report of one of them, where there is one."""
    for measure in sorted(measures):
        at = entry_of(panel, measure, division, period, by)
        if at is not None:
            return panel.where(at)
    found: dict[str, Any] = {"division": division, "period": str(period)}
    found |= {"measure": min(measures)} if measures else {}
    return found | ({"by": dict(by)} if by else {})


def besides(
    panel: Panel,
    measures: frozenset[str],
    division: str,
    period: Period,
    by: Mapping[str, str],
    where: Mapping[str, Any],
) -> tuple[dict[str, Any], ...]:
    """Where the other reports lie that a finding about measures is about."""
    others = sorted(measures - {str(where.get("measure"))})
    entries = (entry_of(panel, measure, division, period, by) for measure in others)
    return tuple(panel.where(at) for at in entries if at is not None)


def spoken_unit(formula: Formula, catalogue: Catalogue) -> str:
    """The unit that a formula's value is told in: its measure's own, else that of what it counts."""
    if isinstance(formula, Name) and formula.code in catalogue.measures:
        return catalogue.measures[formula.code].unit
    return unit_of(formula, catalogue.scope)
