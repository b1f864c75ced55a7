"""``minsheng catalogue export|schema|sdmx``: definitions for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from libminsheng.cli import inputs, options
from libminsheng.cli.output import check_target, form_for, write, write_text
from libminsheng.errors import EvaluationError, Fault, nearest

__all__ = ["COMMANDS"]

_FORMS: Final = ("json", "toml")


def export(
    pack: Annotated[str, typer.Option("--pack", metavar="ID|PATH")],
    form: Annotated[str | None, typer.Option("--format", metavar="json|toml")] = None,
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Write a pack as JSON or as one file of TOML."""
    from libminsheng.definitions.written import pack_json, pack_toml

    chosen = form_for(form, output, _FORMS)
    check_target(output, chosen)
    catalogue = inputs.open_catalogue([pack] if Path(pack).exists() else None)
    ids = {one.id: one for one in catalogue.packs}
    wanted = next(iter(catalogue.given), pack)
    if wanted not in ids:
        raise EvaluationError(Fault("cli.no_pack", values={"pack": pack}, near=lambda: nearest(pack, ids)))
    write_pack = pack_json if chosen == "json" else pack_toml
    write_text(output, write_pack(ids[wanted], catalogue), told=Fault("cli.wrote_file", values={"file": output}))


def schema(output: options.Output = None, _lang: options.Lang = None) -> None:
    """Write the JSON Schema that packs in JSON keep to."""
    from libminsheng.definitions.written import pack_schema

    check_target(output, "json")
    text = json.dumps(pack_schema(), ensure_ascii=False, indent=2) + "\n"
    write_text(output, text, told=Fault("cli.wrote_file", values={"file": output}))


def sdmx(
    by: Annotated[list[str] | None, typer.Option("--by", metavar="COLUMN")] = None,
    packs: options.Packs = None,
    tree: options.Tree = None,
    agency: Annotated[str, typer.Option("--agency", metavar="ID")] = "MINSHENG",
    output: options.Output = None,
    _lang: options.Lang = None,
) -> None:
    """Write the SDMX structures of figures and facts, with every indicator, measure and division."""
    from libminsheng.sdmx import catalogue_structures, write_structures

    check_target(output, "xml")
    catalogue = inputs.open_catalogue(packs)
    structures = catalogue_structures(catalogue, inputs.open_tree(tree, None), by=by or (), agency=agency)
    told = Fault("cli.wrote_file", values={"file": output})
    write(output, lambda stream: write_structures(structures, stream), told=told)


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"export": export, "schema": schema, "sdmx": sdmx}
