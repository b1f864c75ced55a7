"""Findings laid out for reading: the gravest first, with place, arithmetic and what would explain them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from libminsheng.checks.finding import Finding, Findings, Severity
from libminsheng.errors import Language, current_language, say
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.html import grid_fragment

__all__ = ["findings_grid", "findings_html"]

_TONES: Final[Mapping[Severity, Tone]] = {"error": "bad", "warning": "warn", "note": "quiet"}
_SHOWN: Final = 60


def findings_grid(findings: Findings, lang: Language | None = None, *, limit: int | None = None) -> Grid:
    """A section for each severity; a row for each finding."""
    lang = lang or current_language()
    shown = findings[:] if limit is None else findings[:limit]
    sections = [
        Section(say(f"report.severity_{severity}", lang), [_row(finding, lang) for finding in group])
        for severity, group in groupby(shown, key=lambda finding: finding.severity)
    ]
    counts = {severity: str(count) for severity, count in findings.counts.items()}
    notes = [fault.text(lang) for fault in findings.notes]
    if len(shown) < len(findings):
        notes.insert(0, say("report.more", lang, count=len(findings) - len(shown)))
    names = ("where", "finding", "arithmetic", "hypotheses")
    headers = [say(f"report.column_{name}", lang) for name in names] if len(findings) else []
    return Grid(say("report.findings", lang, **counts), headers, sections, notes=notes, wrap=60)


def findings_html(findings: Findings, lang: Language | None = None) -> str:
    """What a notebook shows of findings."""
    return grid_fragment(findings_grid(findings, lang, limit=_SHOWN), lang)


def _row(finding: Finding, lang: Language) -> list[Cell]:
    separator = "；" if lang == "zh" else "; "
    guesses = separator.join(f"{one.what.in_(lang)} ({one.weight:f})" for one in finding.hypotheses)
    return [
        Cell(finding.place(lang)),
        Cell(finding.message(lang), _TONES[finding.severity]),
        Cell(finding.arithmetic),
        Cell(guesses, "quiet"),
    ]
