"""``minsheng read``: the quantities of a bulletin, and the measures that they may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.output import check_target, form_for, write, write_grid, write_text
from libminsheng.cli.texts import read_text
from libminsheng.errors import Fault

__all__ = ["read"]

_FORMS: Final = ("table", "json", "csv")


def read(
    text: Annotated[Path, typer.Argument(metavar="TEXT")],
    division: Annotated[str | None, typer.Option("--division", metavar="CODE")] = None,
    period: Annotated[str | None, typer.Option("--period", metavar="PERIOD")] = None,
    packs: options.Packs = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    form: Annotated[str | None, typer.Option("--format", metavar="table|json|csv")] = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Find the quantities of a bulletin, and match them to measures."""
    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen, [text])
    catalogue = inputs.open_catalogue(packs)
    divided = inputs.open_tree(tree, successors)
    from libminsheng.bulletin.match import match
    from libminsheng.bulletin.read import read_bulletin

    bulletin = read_bulletin(read_text(text), division=division, period=period, tree=divided)
    told = Fault("cli.wrote_file", values={"file": output})
    from libminsheng.report import quantities as report

    if chosen == "csv":
        writes = output is not None
        write(output, lambda stream: report.drafts_csv(bulletin, catalogue, stream, bom=writes), told=told)
        return
    matches = match(bulletin, catalogue)
    if chosen == "json":
        from libminsheng.report.export import json_lines

        write_text(output, json_lines(one.quantity.as_dict() for one in matches), told=told)
    else:
        write_grid(output, report.quantities_grid(matches, catalogue), told=told)
