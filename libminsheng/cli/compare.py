"""``minsheng compare``: how figures changed against an earlier period."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import check_target, form_for, write, write_grid, write_text
from libminsheng.cli.progress import LONG, progress
from libminsheng.errors import Fault, say

if TYPE_CHECKING:
    from libminsheng.scoring.comparison import Comparison

__all__ = ["compare"]

_FORMS: Final = ("table", "json", "csv", "xlsx")


def compare(
    facts: options.Facts,
    indicators: Annotated[list[str] | None, typer.Option("--indicator", metavar="CODE[@EDITION]")] = None,
    against: Annotated[list[str] | None, typer.Option("--against", metavar="year_ago|previous")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN")] = None,
    grain: options.Grain = None,
    start: Annotated[str | None, typer.Option("--from", metavar="PERIOD")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="PERIOD")] = None,
    divisions: Annotated[list[str] | None, typer.Option("--division", metavar="CODE")] = None,
    level: Annotated[str | None, typer.Option("--level", metavar="LEVEL")] = None,
    packs: options.Packs = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    reporters: options.Reporters = None,
    parents: options.Parents = "total",
    skip_bad_rows: options.SkipBadRows = False,
    form: options.RowsForm = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Compare figures with those of a year ago, or of the period before."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng.scoring import growth

    with progress(say("cli.progress_evaluating"), long=len(reported) > LONG) as report:
        compared = growth.compare(
            reported,
            indicators=indicators,
            against=against or "year_ago",
            catalogue=catalogue,
            tree=divided,
            by=by or (),
            period=grain,
            start=start,
            end=end,
            divisions=divisions,
            level=level,
            reporters=expected,
            parents=parents,
            progress=report,
        )
    if chosen != "table":
        tell(compared.notes)
    if not len(compared):
        tell([Fault("cli.no_figures")])
    _write(compared, output, chosen)


def _write(compared: Comparison, target: Path | None, form: str) -> None:
    told = Fault("cli.wrote", values={"file": target, "count": len(compared)})
    from libminsheng.report import export
    from libminsheng.report import growth as report

    if form == "table":
        write_grid(target, report.comparison_grid(compared), told=told)
    elif form == "json":
        write_text(target, export.json_lines(change.as_dict() for change in compared), told=told)
    else:

        def writer(stream: BinaryIO) -> None:
            if form == "csv":
                report.comparison_csv(compared, stream, bom=target is not None)
            else:
                report.comparison_workbook(compared, stream)

        write(target, writer, told=told)
