"""``minsheng monitor``: lights for budget and goals."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import Listing, check_target, form_for, write_listing
from libminsheng.errors import Fault
from libminsheng.vocabulary.periods import Period

__all__ = ["monitor"]

_FORMS: Final = ("table", "json", "csv", "xlsx", "html")


def monitor(
    facts: options.Facts,
    period: Annotated[str, typer.Option("--period", metavar="PERIOD")],
    watches: Annotated[list[str] | None, typer.Option("--watch", metavar="CODE")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN")] = None,
    divisions: Annotated[list[str] | None, typer.Option("--division", metavar="CODE")] = None,
    level: Annotated[str | None, typer.Option("--level", metavar="LEVEL")] = None,
    packs: options.Packs = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    reporters: options.Reporters = None,
    parents: options.Parents = "total",
    skip_bad_rows: options.SkipBadRows = False,
    form: options.PageForm = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Lights of budget and goals, as they stand at the end of a period."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    asked = Period.parse(period)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng import scoring

    found = scoring.monitor(
        reported,
        asked,
        watches=watches or None,
        catalogue=catalogue,
        tree=divided,
        by=by or (),
        divisions=divisions,
        level=level,
        reporters=expected,
        parents=parents,
    )
    if chosen != "table":
        tell(found.figures.notes)
    if not len(found):
        tell([Fault("cli.nothing_watched", values={"period": str(asked)})])
    from libminsheng.report import lights as report

    listing = Listing(
        lambda: report.monitor_grid(found),
        lambda: (one.as_dict() for one in found),
        lambda stream, bom: report.monitor_csv(found, stream, bom=bom),
        lambda stream: report.monitor_workbook(found, stream),
    )
    write_listing(output, chosen, listing, told=Fault("cli.wrote_file", values={"file": output}))
