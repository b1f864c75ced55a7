"""Checks on facts: every standing check that the rules ask for, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from libminsheng.checks.finding import Finding, Findings
from libminsheng.checks.panel import Panel
from libminsheng.checks.settings import Settings, settings_of
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["check"]

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
    """Look at facts before they go out: what contradicts itself, and what is hard to believe.

    Parameters
    ----------
    facts
        As for `evaluate`; findings name file and row where `read_facts` gave them.
    catalogue, tree
        The definitions, with the rules of their packs; the divisions.
    only
        Make only these checks, by the codes that rules name.
    progress
        Called with the number of checks made and their number in all.

    Raises
    ------
    FactsError, DivisionError

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": "2017",
    ...     "measure": ["newborns_screened", "live_births"], "value": [10642, 10601],
    ... })
    >>> [(finding.code, finding.severity, finding.arithmetic) for finding in ms.check(facts, only=["compare"])]
    [('subset_exceeds_set', 'error', 'newborns_screened = 10642 > live_births = 10601')]
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    panel = Panel.of(facts, catalogue, DivisionTree.builtin() if tree is None else tree)
    asked = settings_of(catalogue.rules)
    wanted = [code for code in _CHECKS if code in asked and (only is None or code in set(only))]
    findings: list[Finding] = []
    for number, code in enumerate(wanted, start=1):
        findings.extend(_made(code)(panel, asked[code]))
        if progress is not None:
            progress(number, len(wanted))
    return Findings(findings)


def _made(code: str) -> Check:
    from importlib import import_module

    module, _, function = _CHECKS[code].partition(":")
    found: Check = getattr(import_module(f"libminsheng.checks.{module}"), function)
    return found
