"""``minsheng rank``: where each division stands on one indicator."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import Listing, check_target, form_for, write_listing
from libminsheng.errors import Fault
from libminsheng.vocabulary.periods import Period

__all__ = ["rank"]

_FORMS: Final = ("table", "json", "csv", "xlsx")


def rank(
    facts: options.Facts,
    indicator: Annotated[str, typer.Option("--indicator", metavar="CODE[@EDITION]")],
    period: Annotated[str, typer.Option("--period", metavar="PERIOD")],
    level: Annotated[str | None, typer.Option("--level", metavar="LEVEL")] = None,
    better: Annotated[str | None, typer.Option("--better", metavar="higher|lower|target")] = None,
    aim: Annotated[str | None, typer.Option("--target", metavar="NUMBER")] = None,
    ties: Annotated[str, typer.Option("--ties", metavar="exact|printed")] = "exact",
    cells: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN=VALUE")] = None,
    divisions: Annotated[list[str] | None, typer.Option("--division", metavar="CODE")] = None,
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
    """Rank divisions on one indicator."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    by = inputs.read_cells(cells or ())
    asked = Period.parse(period)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng import engine
    from libminsheng.scoring import ranking

    figures = engine.evaluate(
        reported,
        indicators=[indicator],
        catalogue=catalogue,
        tree=divided,
        by=tuple(by),
        period=asked.grain,
        start=str(asked),
        end=str(asked),
        divisions=divisions,
        level=level,
        reporters=expected,
        parents=parents,
    )
    ranked = ranking.rank(figures, indicator, asked, by, level=level, better=better, target=aim, ties=ties)
    if chosen != "table":
        tell(figures.notes)
    from libminsheng.report import ranking as report

    listing = Listing(
        lambda: report.ranking_grid(ranked),
        lambda: (place.as_dict() for place in ranked),
        lambda stream, bom: report.ranking_csv(ranked, stream, bom=bom),
        lambda stream: report.ranking_workbook(ranked, stream),
    )
    told = Fault("cli.wrote", values={"file": output, "count": len(ranked)})
    write_listing(output, chosen, listing, told=told)
