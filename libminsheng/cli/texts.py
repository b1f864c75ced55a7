"""Texts that commands work on: bulletins in UTF-8 or GB18030, from a file or from standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from libminsheng.errors import EvaluationError, Fault, Place

if TYPE_CHECKING:
    from libminsheng.checks.finding import Finding
    from libminsheng.definitions.catalogue import Catalogue
    from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["check_texts", "is_text", "read_text"]

_SUFFIXES: Final = frozenset({".txt", ".text", ".md"})
_STANDARD_INPUT: Final = Path("-")
_LARGEST: Final = 20_000_000


def is_text(path: Path) -> bool:
    """Whether a path is a text to be read, not a file of facts: by its name, or standard input.

    >>> is_text(Path("bulletin.txt")), is_text(Path("facts.csv"))
    (True, False)
    """
    return path == _STANDARD_INPUT or path.suffix.lower() in _SUFFIXES


def read_text(path: Path) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises
    ------
    EvaluationError
        If it is no text, or longer than a bulletin can be.
    """
    if path == _STANDARD_INPUT:
        content = sys.stdin.buffer.read(_LARGEST + 1)
    else:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    place = Place(file=str(path))
    if len(content) > _LARGEST:
        raise EvaluationError(Fault("cli.text_too_long", place, {"most": f"{_LARGEST:,}"}))
    for encoding in ("utf-8-sig", "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise EvaluationError(Fault("cli.not_text", place))


def check_texts(
    paths: Sequence[Path], catalogue: Catalogue, tree: DivisionTree, *, only: Sequence[str] | None = None
) -> list[Finding]:
    """The findings on each of several texts, each checked by itself."""
    from libminsheng.bulletin.check import check_bulletin
    from libminsheng.bulletin.read import read_bulletin

    found: list[Finding] = []
    for path in paths:
        bulletin = read_bulletin(read_text(path), tree=tree)
        found.extend(check_bulletin(bulletin, catalogue, only=only, file=str(path)))
    return found
