"""``minsheng explain``: how one figure came about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import check_target, form_for, write_text
from libminsheng.errors import Fault, current_language
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.engine import Explanation

__all__ = ["explain"]

_FORMS: Final = ("text", "json", "html")


def explain(
    facts: options.Facts,
    indicator: Annotated[str, typer.Option("--indicator", metavar="CODE[@EDITION]")],
    division: Annotated[str, typer.Option("--division", metavar="CODE")],
    period: Annotated[str, typer.Option("--period", metavar="PERIOD")],
    cells: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN=VALUE")] = None,
    packs: options.Packs = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    reporters: options.Reporters = None,
    parents: options.Parents = "total",
    skip_bad_rows: options.SkipBadRows = False,
    form: options.TextForm = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Say how one figure came about."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    by = inputs.read_cells(cells or ())
    asked = Period.parse(period)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng import engine

    figures = engine.evaluate(
        reported,
        indicators=[indicator],
        catalogue=catalogue,
        tree=divided,
        by=tuple(by),
        period=asked.grain,
        start=str(asked),
        end=str(asked),
        divisions=[division],
        reporters=expected,
        parents=parents,
    )
    explanation = figures.explain(indicator, divided.resolve(division), str(asked), by)
    tell(figures.notes)
    write_text(output, _written(explanation, chosen), told=Fault("cli.wrote_file", values={"file": output}))


def _written(explanation: Explanation, form: str) -> str:
    if form == "json":
        return json.dumps(explanation.as_dict(), ensure_ascii=False, indent=2) + "\n"
    if form == "html":
        from libminsheng.report.page import explanation_page

        return explanation_page(explanation)
    return explanation.text(current_language()).rstrip("\n") + "\n"
