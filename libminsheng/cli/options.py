"""Options that several commands share. What each does is said in ``messages/cli.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Facts", "FiguresForm", "Grain", "Lang", "ListForm", "Output", "Packs", "PageForm", "Parents", "Reporters", "RowsForm", "SkipBadRows",
    "Successors", "TextForm", "Tree",
]  # fmt: skip

Facts = Annotated[list[Path], typer.Argument(metavar="FACTS")]
Packs = Annotated[list[str] | None, typer.Option("--pack", metavar="PATH")]
Tree = Annotated[Path | None, typer.Option("--tree", metavar="FILE")]
Successors = Annotated[Path | None, typer.Option("--successors", metavar="FILE")]
Reporters = Annotated[Path | None, typer.Option("--reporters", metavar="FILE")]
SkipBadRows = Annotated[bool, typer.Option("--skip-bad-rows")]
Parents = Annotated[str, typer.Option("--parents", metavar="total|own")]
Grain = Annotated[str | None, typer.Option("--period", metavar="year|half|quarter|month")]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE")]
FiguresForm = Annotated[
    str | None,
    typer.Option("--format", metavar="table|json|csv|parquet|xlsx|html|sdmx-csv|sdmx-xml|sdmx-structure"),
]
PageForm = Annotated[str | None, typer.Option("--format", metavar="table|json|csv|xlsx|html")]
RowsForm = Annotated[str | None, typer.Option("--format", metavar="table|json|csv|xlsx")]
TextForm = Annotated[str | None, typer.Option("--format", metavar="text|json|html")]
ListForm = Annotated[str | None, typer.Option("--format", metavar="table|json")]
Lang = Annotated[str | None, typer.Option("--lang", metavar="zh|en")]
"""Only described here: `split_language` has taken it out before a command sees its words."""
