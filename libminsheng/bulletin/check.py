"""Is it believable: the quantities of a bulletin checked together before it goes out.

The rules are the packs': those that facts are checked by, asked of intervals, and those about texts alone
(their checks begin with ``text_``). Something is a finding only where no number that the print leaves open removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from libminsheng.bulletin import asked, shares, sums, wording
from libminsheng.bulletin.match import match
from libminsheng.bulletin.printed import Prose
from libminsheng.bulletin.read import Bulletin
from libminsheng.checks.check import check as check_facts
from libminsheng.checks.check import chosen_rules
from libminsheng.checks.finding import Finding, Findings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.rule import Rule
from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["TEXT_CHECKS", "check", "check_bulletin"]

Progress = Callable[[int, int], None]
Check = Callable[[Prose, Rule], Iterator[Finding]]

TEXT_CHECKS: Final[Mapping[str, Check]] = {
    "compare": asked.compared,
    "range": asked.in_range,
    "parts": asked.in_parts,
    "per_head": asked.per_head,
    "rate": shares.rated,
    "text_rate": shares.rates_in_sentences,
    "text_parts": sums.parts_in_sentences,
    "text_total": sums.shares_of_total,
    "text_unit": wording.units_of_things,
    "text_measure": wording.of_another_unit,
    "text_points": wording.points_of_amounts,
    "text_rate_growth": wording.percent_of_rates,
    "text_lead": wording.percent_leads,
    "text_twice": wording.printed_twice,
    "text_digits": wording.digits_run_together,
}
"""What asks a text, by the check that a rule names; every other check is about facts."""


def check(
    given: object,
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    only: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Findings:
    """Look at facts or a bulletin before they go out: what contradicts itself, and what is hard to believe.

    Parameters
    ----------
    given
        Facts as for `evaluate`; findings name file and row where `read_facts` gave them. Or a `Bulletin`;
        findings name the first and last character.
    catalogue, tree
        The definitions, with the rules of their packs; the divisions.
    only
        Only these, by the code of a check (``compare``), of what it finds (``subset_exceeds_set``) or of a rule.
    progress
        Called with the number of checks made and their number in all.

    Raises
    ------
    FactsError, DivisionError
    EvaluationError
        If `only` names what no rule asks.

    Examples
    --------
    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": "340102", "period": "2017",
    ...     "measure": ["newborns_screened", "live_births"], "value": [10642, 10601],
    ... })
    >>> [(finding.code, finding.severity, finding.arithmetic) for finding in ms.check(facts, only=["compare"])]
    [('subset_exceeds_set', 'error', 'newborns_screened = 10642 > live_births = 10601')]
    >>> [finding.code for finding in ms.check(ms.read_bulletin("共26项，其中省级29项。"))]
    ['part_exceeds_whole']
    """
    if isinstance(given, Bulletin):
        return check_bulletin(given, catalogue, only=only)
    return check_facts(given, catalogue=catalogue, tree=tree, only=only, progress=progress)


def check_bulletin(
    bulletin: Bulletin,
    catalogue: Catalogue | None = None,
    *,
    only: Iterable[str] | None = None,
    file: str | None = None,
) -> Findings:
    """Check the quantities of a bulletin against each other and against the packs' rules.

    Parameters
    ----------
    bulletin
        A text and its quantities, as `read_bulletin` gives it.
    catalogue
        The measures that quantities are matched to, and the rules.
    only
        Only these checks, findings or rules, by their codes.
    file
        Where the text came from; findings name it.

    Returns
    -------
    Findings
        Each says where it stands by its first and last character. Nothing is ever rewritten.

    Examples
    --------
    >>> from libminsheng.bulletin.read import read_bulletin
    >>> found = check_bulletin(read_bulletin("2017年办理法律援助案件808人次。", division="340102"))
    >>> [(one.code, one.seen) for one in found]
    [('counted_otherwise', '808人次')]
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    rules = chosen_rules(catalogue, only)
    prose = Prose(bulletin.text, match(bulletin, catalogue), catalogue)
    findings: list[Finding] = []
    for rule in rules:
        ask = TEXT_CHECKS.get(rule.check)
        if ask is not None and rule.severity != "off":
            findings.extend(ask(prose, rule))
    return Findings(_each_once(_placed(one, file) for one in findings))


def _placed(finding: Finding, file: str | None) -> Finding:
    return finding if file is None else replace(finding, where={"file": file, **finding.where})


def _each_once(findings: Iterator[Finding]) -> list[Finding]:
    """Findings that several rules make of the same words once, as the rule that was first has it.

    A swap explains why one of its two numbers is below the other, so that is not said again.
    """
    found: dict[tuple[object, ...], Finding] = {}
    for one in findings:
        found.setdefault((one.code, one.where["start"], one.where["end"]), one)
    swaps = [one for one in found.values() if one.code == "swapped_values" and len(one.hypotheses) > 1]
    kept = []
    for one in found.values():
        if one in swaps:
            explained = [other for other in found.values() if other not in swaps and _within(other, one)]
            lines = [one.arithmetic, *(other.arithmetic for other in explained)]
            kept.append(replace(one, arithmetic="; ".join(lines)))
        elif not any(_within(one, swap) for swap in swaps):
            kept.append(one)
    return kept


def _within(one: Finding, swap: Finding) -> bool:
    """Whether a finding is about nothing but the numbers of a swap."""
    inside = swap.where["start"] <= one.where["start"] and one.where["end"] <= swap.where["end"]
    return inside and one.severity != "note" and set(one.seen.split("、")) <= set(swap.seen.split("、"))
