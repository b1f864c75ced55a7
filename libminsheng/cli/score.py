"""``minsheng score``: points and a grade by a scheme."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import Listing, check_target, form_for, write_listing
from libminsheng.errors import Fault

__all__ = ["score"]

_FORMS: Final = ("table", "json", "csv", "xlsx", "html")


def score(
    facts: options.Facts,
    scheme: Annotated[str, typer.Option("--scheme", metavar="CODE[@EDITION]")],
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN")] = None,
    grain: options.Grain = "year",
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
    form: options.PageForm = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Score divisions or projects by a scheme."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    wanted = catalogue.scheme(scheme)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng import scoring

    scores = scoring.score(
        reported,
        wanted,
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
    )
    if chosen != "table":
        tell(scores.notes)
    if not len(scores):
        tell([Fault("cli.no_figures")])
    from libminsheng.report import scores as report

    listing = Listing(
        lambda: report.scores_grid(scores),
        lambda: (card.as_dict() for card in scores),
        lambda stream, bom: report.scores_csv(scores, stream, bom=bom),
        lambda stream: report.scores_workbook(scores, stream),
    )
    write_listing(output, chosen, listing, told=Fault("cli.wrote_file", values={"file": output}))
