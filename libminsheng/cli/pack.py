"""``minsheng pack``: make, check and test packs of definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.cli.outcome import UNUSABLE, tell
from libminsheng.cli.output import write_text
from libminsheng.errors import say

__all__ = ["COMMANDS"]

PackPath = Annotated[Path, typer.Argument(metavar="PATH")]


def new(path: PackPath, _lang: options.Lang = None) -> None:
    """Make a new pack with one working indicator and its case."""
    from libminsheng.definitions import new_pack

    new_pack(path)
    lines = [say("cli.pack_made", path=path)]
    lines += [say(f"cli.pack_next_{step}", path=path) for step in ("edit", "lint", "test", "use")]
    write_text(None, "".join(f"{line}\n" for line in lines))


def lint(path: PackPath, _lang: options.Lang = None) -> None:
    """Check a pack's definitions; every fault is listed at once."""
    from libminsheng import definitions

    faults = definitions.lint(path)
    if faults:
        tell(faults, limit=len(faults))
        raise typer.Exit(UNUSABLE)
    write_text(None, say("cli.pack_clean", pack=path) + "\n")


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"new": new, "lint": lint}
