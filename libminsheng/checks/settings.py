"""What the rules say of one standing check: whether it is made, how gravely, and its thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from libminsheng.checks.finding import Hypothesis, Severity
from libminsheng.definitions.rule import Rule

__all__ = ["Settings", "settings_of"]


@dataclass(frozen=True)
class Settings:
    """The thresholds of a standing check, by name, and its severity; a rule about a measure stands before a general one."""

    rules: tuple[Rule, ...]

    def rule(self, measure: str | None = None) -> Rule | None:
        """The rule that holds for a measure; None where the check is not made."""
        own = [rule for rule in self.rules if measure is not None and measure in rule.measures]
        general = [rule for rule in self.rules if not rule.measures]
        found = (own or general)[-1:]  # a later pack's rule stands for an earlier one's
        return found[0] if found and found[0].severity != "off" else None

    def number(self, name: str, measure: str | None = None) -> float:
        """A threshold.

        Raises
        ------
        KeyError
            If neither the measure's rule nor the general one has it: a rule of the built-in packs is broken.
        """
        for rule in (self.rule(measure), *reversed([rule for rule in self.rules if not rule.measures])):
            if rule is not None and name in rule.settings:
                return float(rule.settings[name])
        raise KeyError(name)

    def hypotheses(self, measure: str | None = None) -> tuple[Hypothesis, ...]:
        """What the rule itself says would explain it, the likeliest first."""
        rule = self.rule(measure)
        found = () if rule is None else (Hypothesis(what, weight) for what, weight in rule.hypotheses)
        return tuple(sorted(found, key=lambda one: -one.weight))

    def code(self, measure: str | None = None) -> str:
        """The code of the rule that holds for a measure."""
        rule = self.rule(measure)
        return "" if rule is None else rule.code

    def severity(self, measure: str | None = None) -> Severity:
        """How gravely a finding about a measure is taken; where the check is not made, as a note that is not told."""
        rule = self.rule(measure)
        return "note" if rule is None else cast("Severity", rule.severity)


def settings_of(rules: Iterable[Rule]) -> Mapping[str, Settings]:
    """The settings of each standing check by its code."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.check, []).append(rule)
    return {check: Settings(tuple(some)) for check, some in found.items()}
