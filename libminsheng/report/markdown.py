"""Markdown: texts that it shows as they are, tables, titles in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from libminsheng.vocabulary.text import Text

__all__ = ["table", "text", "title"]


def title(name: Text) -> str:
    """A text in both languages, once where they are the same.

    >>> title(Text("筛查率", "Screening rate"))
    '筛查率 · Screening rate'
    """
    return name.zh if name.en in ("", name.zh) else f"{name.zh} · {name.en}"


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows below headings; what stands in a cell is Markdown already."""
    heads = list(headers)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def text(words: str) -> str:
    r"""A text that Markdown shows as it is, on one line.

    >>> text("a_b [1, 2)")
    'a\\_b \\[1, 2)'
    """
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(words.split()))
