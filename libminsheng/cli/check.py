"""``minsheng check``: is it believable, before it goes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from libminsheng.cli import inputs, marked, options
from libminsheng.cli.outcome import FINDINGS, tell
from libminsheng.cli.output import Listing, check_target, form_for, write_listing
from libminsheng.cli.progress import LONG, progress
from libminsheng.cli.texts import check_texts, is_text
from libminsheng.errors import FactsError, Fault, say

if TYPE_CHECKING:
    from libminsheng.checks.finding import Findings
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.facts import Facts
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["check"]

_FORMS: Final = ("table", "json", "csv", "xlsx")


def check(
    facts: options.Facts,
    codes: Annotated[list[str] | None, typer.Option("--only", metavar="CODE")] = None,
    severity: Annotated[str, typer.Option("--severity", metavar="error|warning|note")] = "note",
    packs: options.Packs = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    skip_bad_rows: options.SkipBadRows = False,
    form: options.RowsForm = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Look for what contradicts itself and what is hard to believe."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    from libminsheng.checks.finding import Findings

    Findings(()).at_least(severity)  # an unknown one is refused before a long file is read
    if output is not None and marked.sends_back(facts, form, output):
        marked.check_workbook(
            facts[0], output, catalogue, divided, only=codes, severity=severity, skip_bad_rows=skip_bad_rows
        )
        return
    found = _of_both(facts, catalogue, divided, codes, skip_bad_rows=skip_bad_rows).at_least(severity)
    if chosen != "table":
        tell(found.notes)
    _write(found, output, chosen)
    if found.counts["error"] or found.counts["warning"]:
        raise typer.Exit(FINDINGS)


def _of_both(
    paths: Sequence[Path], catalogue: Catalogue, tree: DivisionTree, codes: list[str] | None, *, skip_bad_rows: bool
) -> Findings:
    """The findings of facts, together, and of texts, each by itself."""
    from libminsheng.checks.finding import Findings

    files = [path for path in paths if not is_text(path)]
    found = _of_facts(files, catalogue, tree, codes, skip_bad_rows=skip_bad_rows) if files else Findings(())
    said = check_texts([path for path in paths if is_text(path)], catalogue, tree, only=codes)
    return Findings([*found, *said], found.notes) if said else found


def _of_facts(
    paths: Sequence[Path], catalogue: Catalogue, tree: DivisionTree, codes: list[str] | None, *, skip_bad_rows: bool
) -> Findings:
    """The findings of files of facts, what they report twice among them."""
    from libminsheng.checks.check import check as check_facts
    from libminsheng.checks.check import chosen_rules
    from libminsheng.checks.finding import Findings
    from libminsheng.checks.twice import DUPLICATE, twice_findings

    chosen_rules(catalogue, codes)  # a code that nobody knows is refused before a long file is read
    reported, twice = _read(paths, catalogue, tree, skip_bad_rows=skip_bad_rows)
    with progress(say("cli.progress_checking"), long=len(reported) > LONG) as report:
        found = check_facts(reported, catalogue=catalogue, tree=tree, only=codes, progress=report)
    wanted = codes is None or DUPLICATE in codes
    return Findings([*found, *(twice_findings(twice, catalogue) if wanted else ())], found.notes)


def _read(
    paths: Sequence[Path], catalogue: Catalogue, tree: DivisionTree, *, skip_bad_rows: bool
) -> tuple[Facts, list[Fault]]:
    """The good rows, and the faults of those that report one thing twice; any other bad row refuses the file."""
    from libminsheng.facts import Facts

    try:
        return inputs.open_facts(paths, catalogue, tree), []
    except FactsError as error:
        twice = [fault for fault in error.faults if fault.code == "facts.twice"]
        others = [fault for fault in error.faults if fault.code != "facts.twice"]
        if not isinstance(error.facts, Facts) or (others and not skip_bad_rows):
            raise FactsError(*(others or error.faults)) from error
        if others:
            tell(others)
            tell([Fault("cli.skipped", values={"count": len(others)})])
        return error.facts, twice


def _write(found: Findings, output: Path | None, chosen: str) -> None:
    from libminsheng.report import findings as report

    listing = Listing(
        lambda: report.findings_grid(found),
        lambda: iter(found.to_dicts()),
        lambda stream, bom: report.findings_csv(found, stream, bom=bom),
        lambda stream: report.findings_workbook(found, stream),
    )
    write_listing(output, chosen, listing, told=Fault("cli.wrote_file", values={"file": output}))
