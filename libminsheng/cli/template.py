"""``minsheng template``: a form to fill in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.output import check_target, write
from libminsheng.errors import EvaluationError, Fault

__all__ = ["template"]

_SUFFIX: Final = ".xlsx"


def template(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.xlsx")],
    periods: Annotated[list[str], typer.Option("--period", metavar="PERIOD")],
    measures: Annotated[list[str] | None, typer.Option("--measure", metavar="CODE")] = None,
    pack_ids: Annotated[list[str] | None, typer.Option("--pack", metavar="ID|PATH")] = None,
    down_to: Annotated[list[str] | None, typer.Option("--indicator", metavar="CODE[@EDITION]")] = None,
    who: Annotated[list[str] | None, typer.Option("--division", metavar="CODE")] = None,
    under: Annotated[str | None, typer.Option("--under", metavar="CODE")] = None,
    below_level: Annotated[str | None, typer.Option("--level", metavar="LEVEL")] = None,
    who_file: Annotated[Path | None, typer.Option("--reporters", metavar="FILE")] = None,
    breakdowns: Annotated[list[str] | None, typer.Option("--breakdown", metavar="COLUMN=V1,V2")] = None,
    scenario: Annotated[bool, typer.Option("--scenario")] = False,
    units: Annotated[list[str] | None, typer.Option("--unit", metavar="UNIT")] = None,
    sheets: Annotated[bool, typer.Option("--sheets/--flat")] = False,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT")] = None,
    tree: options.Tree = None,
    successors: options.Successors = None,
    _lang: options.Lang = None,
) -> None:
    """Write a form to fill in."""
    check_target(output, "xlsx")
    if output.suffix.lower() != _SUFFIX:
        raise EvaluationError(Fault("cli.template_suffix", values={"file": output}))
    paths = [text for text in pack_ids or () if Path(text).exists()]
    catalogue = inputs.open_catalogue(paths)
    chosen = [text for text in pack_ids or () if text not in paths]
    if paths and not (measures or down_to):
        chosen += sorted(catalogue.given)
    asked = [*(who or ()), *(inputs.read_reporters(who_file) if who_file else ())]
    from libminsheng.facts.template import template as make

    held = io.BytesIO()
    count = make(
        held,
        periods=periods,
        divisions=asked,
        under=under,
        level=below_level,
        measures=measures or (),
        indicators=down_to or (),
        packs=chosen,
        breakdowns=_columns(breakdowns or ()),
        scenario=scenario,
        units=units or (),
        layout="sheets" if sheets else "flat",
        title=title,
        catalogue=catalogue,
        tree=inputs.open_tree(tree, successors),
    )
    told = Fault("cli.wrote_form", values={"file": output, "count": count})
    write(output, lambda stream: _write(stream, held), told=told)


def _write(stream: BinaryIO, held: io.BytesIO) -> None:
    stream.write(held.getbuffer())


def _columns(texts: Sequence[str]) -> dict[str, list[str]]:
    """``性别=男,女`` as a column and its values; a Chinese comma parts them too."""
    cells = inputs.read_cells(texts)
    return {column: values.replace("，", ",").split(",") for column, values in cells.items()}
