"""``minsheng pack``: make, check and test packs of definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.cli.outcome import FINDINGS, UNUSABLE, tell
from libminsheng.cli.output import write_text
from libminsheng.errors import Fault, say

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.definitions.pack import Pack

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
    pack = _pack(path)[1]
    counts = {"indicators": len(pack.indicators), "measures": len(pack.measures), "cases": len(pack.cases)}
    write_text(None, say("cli.pack_clean", pack=path, **counts) + "\n")


def run_cases(path: PackPath, _lang: options.Lang = None) -> None:
    """Run a pack's cases; each one that fails says what was expected and what came."""
    from libminsheng import definitions

    found, pack = _pack(path)
    results = definitions.run_cases(found, pack)
    lines = []
    for result in results:
        word = say("cli.case_passed" if result.passed else "cli.case_failed")
        lines.append(f"{word}  {result.case.name}")
        lines.extend(f"    {difference}" for difference in result.differences)
    write_text(None, "".join(f"{line}\n" for line in lines))
    failed = sum(not result.passed for result in results)
    if failed:
        tell([Fault("cli.cases_failed", values={"count": len(results), "failed": failed})])
        raise typer.Exit(FINDINGS)
    if results:
        write_text(None, say("cli.cases_passed", count=len(results)) + "\n")
    else:
        tell([Fault("cli.cases_none")])


def _pack(path: Path) -> tuple[Catalogue, Pack]:
    """The catalogue with the pack of a path beside the others, and that pack."""
    from libminsheng.definitions import catalogue

    found = catalogue(packs=[path])
    return found, next(pack for pack in found.packs if pack.id in found.given)


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"new": new, "lint": lint, "test": run_cases}
