"""How large formulas become when the indicators in them are written out: few lines of text may come to billions of parts.

One formula is bounded when it is parsed. Here is what only shows when indicators name one another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from libminsheng.definitions.formula import Formula, Name, walk
from libminsheng.definitions.indicator import Indicator

__all__ = ["LIMITS", "too_large"]

LIMITS: Final = {"parts": 5_000, "levels": 200}
"""The most parts, and parts within one another, of a formula with all that it names written out."""


def too_large(indicators: Mapping[str, Sequence[Indicator]]) -> tuple[list[str], set[str]]:
    """The indicators that are too large, and these with all that name them. Those in a circle are no concern of it."""
    names = {
        code: {node.code for one in editions for node in walk(one.tree) if isinstance(node, Name)} & indicators.keys()
        for code, editions in indicators.items()
    }
    order = TopologicalSorter(names)
    with contextlib.suppress(CycleError):  # what does not hang on a circle still comes out
        order.prepare()
    parts: dict[str, int] = {}
    levels: dict[str, int] = {}
    first: list[str] = []
    caught: set[str] = set()
    while ready := order.get_ready():
        for code in ready:
            if not caught.isdisjoint(names[code]):
                caught.add(code)
                continue
            trees = [one.tree for one in indicators[code]]
            parts[code] = sum(_parts(tree, parts) for tree in trees)
            levels[code] = max(_levels(tree, levels) for tree in trees)
            if parts[code] > LIMITS["parts"] or levels[code] > LIMITS["levels"]:
                first.append(code)
                caught.add(code)
        order.done(*ready)
    return first, caught


def _parts(tree: Formula, known: Mapping[str, int]) -> int:
    """All editions of what it names counted, since any of them may be the one in force."""
    return sum(known.get(node.code, 1) if isinstance(node, Name) else 1 for node in walk(tree))


def _levels(tree: Formula, known: Mapping[str, int]) -> int:
    deepest = 0
    pending = [(tree, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level + (known.get(node.code, 0) if isinstance(node, Name) else 0))
        pending.extend((child, level + 1) for child in node.children())
    return deepest
