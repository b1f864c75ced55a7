"""``minsheng check FORM.xlsx -o MARKED.xlsx``: the same workbook, its doubtful cells coloured and commented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import typer

from libminsheng.cli import inputs
from libminsheng.cli.outcome import FINDINGS, UNUSABLE, tell
from libminsheng.cli.output import write
from libminsheng.errors import FactsError, Fault

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["check_workbook", "sends_back"]

_WORKBOOKS: Final = (".xlsx", ".xlsm")


def sends_back(paths: Sequence[Path], form: str | None, output: Path | None) -> bool:
    """Whether the workbook itself is wanted, and no list of findings: one workbook in, a workbook out, no --format."""
    if form is not None or output is None or len(paths) != 1:
        return False
    return paths[0].suffix.lower() in _WORKBOOKS and output.suffix.lower() in _WORKBOOKS


def check_workbook(
    path: Path,
    output: Path,
    catalogue: Catalogue,
    tree: DivisionTree,
    *,
    only: Sequence[str] | None,
    severity: str,
    skip_bad_rows: bool,
) -> None:
    """Mark what cannot be read; where all can, or the rest is asked for, what checks find."""
    from libminsheng.checks.check import check
    from libminsheng.facts import Facts
    from libminsheng.report.marked import mark_workbook

    faults: Sequence[Fault]
    try:
        facts = inputs.open_facts([path], catalogue, tree, skip_bad_rows=skip_bad_rows)
        faults = facts.bad_rows
        found = check(facts, catalogue=catalogue, tree=tree, only=only).at_least(severity)
    except FactsError as error:
        if not isinstance(error.facts, Facts):
            raise
        facts, faults, found = error.facts, error.faults, None
    marked = 0

    def writer(stream: BinaryIO) -> None:
        nonlocal marked
        marked = mark_workbook(path, stream, found or (), facts, faults=faults, catalogue=catalogue, tree=tree)

    write(output, writer)
    if found is None:
        tell(faults)
    tell([Fault("cli.wrote_marked", values={"file": output, "count": marked})])
    if found is None:
        raise typer.Exit(UNUSABLE)
    if found.counts["error"] or found.counts["warning"]:
        raise typer.Exit(FINDINGS)
