"""Findings laid out for reading: the gravest first, with place, arithmetic and what would explain them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Final

from libminsheng.checks.finding import Finding, Findings, Severity
from libminsheng.errors import Language, current_language, say
from libminsheng.report.grid import Cell, Grid, Section, Tone
from libminsheng.report.html import grid_fragment
from libminsheng.report.rows import Row, headings, new_book, rows_csv, write_rows

__all__ = ["findings_csv", "findings_grid", "findings_html", "findings_workbook"]

_TONES: Final[Mapping[Severity, Tone]] = {"error": "bad", "warning": "warn", "note": "quiet"}
_SHOWN: Final = 60
_COLUMNS: Final = (
    "severity", "finding_code", "file", "row", "division", "period", "measure", "seen", "message", "arithmetic", "hypotheses", "rule",
)  # fmt: skip


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


def findings_csv(findings: Findings, target: Path | BinaryIO, *, bom: bool = False) -> None:
    """One row a finding, severities and codes as JSON has them, as CSV in UTF-8."""
    rows_csv(_COLUMNS, [_texts(finding, current_language()) for finding in findings], target, bom=bom)


def findings_workbook(findings: Findings, target: Path | BinaryIO, lang: Language | None = None) -> None:
    """The same as a sheet of a workbook, its headings in words."""
    lang = lang or current_language()
    rows = [
        {**_texts(finding, lang), "severity": say(f"report.severity_{finding.severity}", lang)} for finding in findings
    ]
    with new_book(target, len(rows)) as book:
        write_rows(book, say("report.findings_sheet", lang), headings(_COLUMNS, (), lang), rows, numbers=("row",))


def _texts(finding: Finding, lang: Language) -> Row:
    where = {name: finding.where.get(name) for name in ("file", "row", "division", "period")}
    return {
        **{name: None if value is None else str(value) for name, value in where.items()},
        "severity": finding.severity,
        "finding_code": finding.code,
        "measure": finding.where.get("measure") or finding.where.get("indicator"),
        "seen": finding.seen,
        "message": finding.message(lang),
        "arithmetic": finding.arithmetic,
        "hypotheses": _guesses(finding, lang),
        "rule": finding.rule,
    }


def _guesses(finding: Finding, lang: Language) -> str:
    separator = "；" if lang == "zh" else "; "
    return separator.join(f"{one.what.in_(lang)} ({one.weight:f})" for one in finding.hypotheses)


def _row(finding: Finding, lang: Language) -> list[Cell]:
    return [
        Cell(finding.place(lang)),
        Cell(finding.message(lang), _TONES[finding.severity]),
        Cell(finding.arithmetic),
        Cell(_guesses(finding, lang), "quiet"),
    ]
