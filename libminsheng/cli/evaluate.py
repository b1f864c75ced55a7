"""``minsheng evaluate``: from files of facts to figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import check_target, form_for, write, write_grid, write_text
from libminsheng.cli.progress import LONG, progress
from libminsheng.errors import Fault, say

if TYPE_CHECKING:
    from libminsheng.engine import Figures
    from libminsheng.sdmx import Form

__all__ = ["evaluate", "write_figures"]

_FORMS: Final = ("table", "json", "csv", "parquet", "xlsx", "html", "sdmx-csv", "sdmx-xml", "sdmx-structure")
_SDMX: Final[dict[str, Form]] = {"sdmx-csv": "csv", "sdmx-xml": "xml", "sdmx-structure": "structure"}


def evaluate(
    facts: options.Facts,
    packs: options.Packs = None,
    indicators: Annotated[list[str] | None, typer.Option("--indicator", metavar="CODE[@EDITION]")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN")] = None,
    grain: options.Grain = None,
    start: Annotated[str | None, typer.Option("--from", metavar="PERIOD")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="PERIOD")] = None,
    divisions: Annotated[list[str] | None, typer.Option("--division", metavar="CODE")] = None,
    level: Annotated[str | None, typer.Option("--level", metavar="LEVEL")] = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    reporters: options.Reporters = None,
    parents: options.Parents = "total",
    skip_bad_rows: options.SkipBadRows = False,
    form: options.FiguresForm = None,
    output: options.Output = None,
    receipt: Annotated[Path | None, typer.Option("--receipt", metavar="FILE")] = None,
    _lang: options.Lang = None,
) -> None:
    """Compute indicators from files of facts."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, facts)
    check_target(receipt, "json", facts)
    expected = None if reporters is None else inputs.read_reporters(reporters)
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    reported = inputs.open_facts(facts, catalogue, divided, skip_bad_rows=skip_bad_rows)
    from libminsheng import engine

    with progress(say("cli.progress_evaluating"), long=len(reported) > LONG) as report:
        figures = engine.evaluate(
            reported,
            indicators=indicators,
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
        tell(figures.notes)
    if not len(figures):
        tell([Fault("cli.no_figures")])
    write_figures(figures, output, chosen)
    if receipt is not None:
        text = json.dumps(figures.receipt.as_dict(), ensure_ascii=False, indent=2) + "\n"
        write_text(receipt, text, told=Fault("cli.wrote_file", values={"file": receipt}))


def write_figures(figures: Figures, target: Path | None, form: str) -> None:
    """Write figures in one of the forms of the command line."""
    told = Fault("cli.wrote", values={"file": target, "count": len(figures)})
    if form == "table":
        from libminsheng.report.figures import figures_grid

        write_grid(target, figures_grid(figures), told=told)
    elif form == "json":
        from libminsheng.report.export import json_lines

        write_text(target, json_lines(figure.as_dict() for figure in figures), told=told)
    elif form == "html":
        from libminsheng.report.page import figures_page

        write_text(target, figures_page(figures), told=told)
    else:
        write(target, _writer(figures, form, to_file=target is not None), told=told)


def _writer(figures: Figures, form: str, *, to_file: bool) -> Callable[[BinaryIO], None]:
    """How the forms are written that go to a stream of bytes."""
    if form == "csv":
        from libminsheng.report.export import figures_csv

        # Excel knows UTF-8 by its mark; a program that reads a pipe would take it for data
        return lambda stream: figures_csv(figures, stream, bom=to_file)
    if form == "parquet":
        from libminsheng.report.export import figures_parquet

        return lambda stream: figures_parquet(figures, stream)
    if form in _SDMX:
        from libminsheng.sdmx import figures_sdmx

        return lambda stream: figures_sdmx(figures, stream, _SDMX[form])
    from libminsheng.report.workbook import figures_workbook

    return lambda stream: figures_workbook(figures, stream)
