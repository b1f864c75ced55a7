"""Checks on facts: every standing check that the rules ask for, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from libminsheng.checks.causes import by_cause
from libminsheng.checks.finding import Finding, Findings
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.checks.twice import DUPLICATE
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.rule import RULED, Rule
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["check", "chosen_rules"]

Progress = Callable[[int, int], None]
Check = Callable[[Panel, Settings], Iterator[Finding]]

_CHECKS: Final[Mapping[str, str]] = {
    "compare": "compare:compare",
    "parts": "itemised:parts",
    "range": "ratios:ratio_range",
    "per_head": "ratios:per_head",
    "rate": "reported_rates:rate",
    "out_of_bounds": "bounds:bounds",
    "percent_for_points": "percent:percent",
    "unit_slip": "unit_slips:unit_slip",
    "swapped_values": "swaps:swapped_values",
    "digits_transposed": "digits:digits_transposed",
    "outlier": "outliers:outlier",
    "parent_differs": "hierarchy:parent_differs",
    "part_exceeds_whole": "parts:part_exceeds_whole",
    "year_differs": "years:year_differs",
    "cumulative_falls": "cumulative:cumulative_falls",
    "basis_confused": "cumulative:basis_confused",
    "stock_summed": "stocks:stock_summed",
    "denominator_changed": "stocks:denominator_changed",
    "missing_report": "reporters:missing_report",
    "late_report": "reporters:late_report",
    "split_or_merged": "successions:split_or_merged",
    "blank_zero": "zeros:blank_zero",
    "below_zero": "below_zero:below_zero",
    "duplicate": "repeats:duplicate",
    "printed_twice": "repeats:printed_twice",
}
"""Each check by the code that rules name, and the module and function that makes it."""


def check(
    facts: object,
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    only: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Findings:
    """The findings on facts; `libminsheng.check` takes a bulletin too, and tells of parameters and errors."""
    catalogue = default_catalogue() if catalogue is None else catalogue
    asked = settings_of(chosen_rules(catalogue, only))
    panel = Panel.of(facts, catalogue, DivisionTree.builtin() if tree is None else tree)
    wanted = [code for code in _CHECKS if code in asked]
    findings: list[Finding] = []
    for number, code in enumerate(wanted, start=1):
        found = _made(code)(panel, asked[code])
        findings.extend(one for one in found if code in RULED or asked[code].rule(one.where.get("measure")) is not None)
        if progress is not None:
            progress(number, len(wanted))
    return Findings(by_cause(findings, panel))


def chosen_rules(catalogue: Catalogue, only: Iterable[str] | None) -> list[Rule]:
    """The rules that are asked; a standing check keeps all of its rules, because one falls back on another.

    Raises
    ------
    EvaluationError
        For a code that is neither a check's, nor a finding's, nor a rule's.
    """
    if only is None:
        return list(catalogue.rules)
    wanted = {only} if isinstance(only, str) else set(only)
    known = {code for rule in catalogue.rules for code in _codes(rule)} | {DUPLICATE}
    faults = [
        Fault("checks.unknown_code", values={"code": code}, near=partial(nearest, code, known, 3))
        for code in sorted(wanted - known)
    ]
    if faults:
        raise EvaluationError(*faults)
    standing = {rule.check for rule in catalogue.rules if rule.check not in RULED and wanted & _codes(rule)}
    return [
        rule for rule in catalogue.rules if rule.check in standing or (rule.check in RULED and wanted & _codes(rule))
    ]


def _codes(rule: Rule) -> set[str]:
    return {rule.check, rule.finding, rule.code}


def _made(code: str) -> Check:
    from importlib import import_module

    module, _, function = _CHECKS[code].partition(":")
    found: Check = getattr(import_module(f"libminsheng.checks.{module}"), function)
    return found
