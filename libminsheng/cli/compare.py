"""``minsheng compare``: how figures changed against an earlier period."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import Listing, check_target, form_for, write_listing
from libminsheng.cli.progress import LONG, progress
from libminsheng.errors import Fault, say

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
    from libminsheng.report import growth as shown

    listing = Listing(
        lambda: shown.comparison_grid(compared),
        lambda: (change.as_dict() for change in compared),
        lambda stream, bom: shown.comparison_csv(compared, stream, bom=bom),
        lambda stream: shown.comparison_workbook(compared, stream),
    )
    told = Fault("cli.wrote", values={"file": output, "count": len(compared)})
    write_listing(output, chosen, listing, told=told)
