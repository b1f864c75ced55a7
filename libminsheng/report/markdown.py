"""Markdown: texts that it shows as they are, tables, titles in both languages, explanations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from libminsheng.engine import Explanation
from libminsheng.engine.explain import Step
from libminsheng.errors import Language
from libminsheng.vocabulary.text import Text

__all__ = ["explanation_markdown", "table", "text", "title"]


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


def explanation_markdown(explanation: Explanation, lang: Language | None = None) -> str:
    """How a figure came about, as nested lists below its name.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 2, "period": ["2017"] * 2,
    ...     "measure": ["newborns_screened", "live_births"], "value": [10601, 10642],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"])
    >>> told = explanation_markdown(figures.explain("newborn_screening_rate", "340102", "2017"), "en")
    >>> print(told.splitlines()[0])
    ## Newborn screening rate = 99.61 %
    """
    head, *lines = _steps(explanation.steps, lang, 0)
    return f"## {head.removeprefix('- ')}\n\n" + "".join(f"{line.removeprefix('  ')}\n" for line in lines)


def _steps(step: Step, lang: Language | None, depth: int) -> Iterator[str]:
    line = text(step.label.in_(lang))
    if step.value is not None:
        line += f" = {text(step.value)}" + ("" if step.unit in (None, "1") else f" {text(step.unit)}")
    yield "  " * depth + f"- {line}"
    for child in step.children:
        yield from _steps(child, lang, depth + 1)
