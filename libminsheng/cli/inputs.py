"""What a command works on: packs, divisions, facts, reporters."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from libminsheng.cli.outcome import tell
from libminsheng.cli.progress import LONG, progress
from libminsheng.errors import EvaluationError, Fault, Place, say

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.facts import Facts
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["open_catalogue", "open_facts", "open_tree", "read_cells", "read_reporters"]

_LONG_FILE: Final = 40 * LONG
"""Bytes of about so many facts."""
_HEADERS: Final = frozenset({"division", "code", "reporter", "区划", "区划代码", "代码", "单位"})


def open_catalogue(packs: Sequence[str] | None) -> Catalogue:
    """The built-in and installed packs, and those given besides."""
    from libminsheng.definitions.catalogue import catalogue

    return catalogue(packs) if packs else catalogue()


def open_tree(tree: Path | None, successors: Path | None) -> DivisionTree:
    """The divisions of a file, or the shipped ones."""
    from libminsheng.vocabulary.divisions import DivisionTree

    if tree is None:
        if successors is not None:
            raise EvaluationError(Fault("cli.successors_alone"))
        return DivisionTree.builtin()
    return DivisionTree.from_csv(tree, successors=successors)


def open_facts(
    paths: Sequence[Path], catalogue: Catalogue, tree: DivisionTree, *, skip_bad_rows: bool = False
) -> Facts:
    """The facts of one or several files; rows that were left out are told."""
    from libminsheng.facts import read_facts

    size = sum(path.stat().st_size for path in paths if path.is_file())
    with progress(say("cli.progress_reading"), long=size > _LONG_FILE) as report:
        facts = read_facts(
            list(paths) if len(paths) > 1 else paths[0],
            catalogue=catalogue,
            tree=tree,
            skip_bad_rows=skip_bad_rows,
            progress=report,
        )
    if facts.bad_rows:
        tell(facts.bad_rows)
        tell([Fault("cli.skipped", values={"count": len(facts.bad_rows)})])
    return facts


def read_cells(cells: Sequence[str]) -> dict[str, str]:
    """The breakdown that is meant, from each ``COLUMN=VALUE``.

    Raises
    ------
    EvaluationError
        For every text that is none.

    Examples
    --------
    >>> read_cells(["sex=f", "area=u"])
    {'sex': 'f', 'area': 'u'}
    """
    faults = [
        Fault("cli.cell", values={"text": cell}) for cell in cells if not cell.partition("=")[0] or "=" not in cell
    ]
    if faults:
        raise EvaluationError(*faults)
    return {column: value for column, _, value in (cell.partition("=") for cell in cells)}


def read_reporters(path: Path) -> list[str]:
    """The divisions of a list: the first column of a text or CSV file, with or without a heading.

    Raises
    ------
    EvaluationError
        If the file is no text, or names nobody.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise EvaluationError(Fault("cli.not_text", Place(file=str(path)))) from error
    codes = [row[0].strip() for row in csv.reader(io.StringIO(text)) if row and row[0].strip()]
    if codes and codes[0].lower() in _HEADERS:
        del codes[0]
    if not codes:
        raise EvaluationError(Fault("cli.reporters_empty", Place(file=str(path))))
    return codes
