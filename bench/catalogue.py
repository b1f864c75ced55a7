"""The whole built-in catalogue on 20 million facts, against twenty ratios on the same facts.

The facts are those of the other races, their forty measures named after forty of the catalogue's:
the two sides of twenty plain ratios. Every indicator of the catalogue is asked for; of most,
nothing was reported, and each of their figures says so.
"""

from __future__ import annotations

import polars as pl

import libminsheng as ms
from bench.panel import MEASURES, Panel
from bench.yardstick import Result, race
from libminsheng.definitions.formula import Binary, Name

__all__ = ["run"]


def run(rows: int = 20_000_000) -> list[Result]:
    """Every code of the catalogue for every division and month."""
    panel, known = Panel.of(rows), ms.catalogue()
    tree = panel.tree()
    ratios = dict(_plain_ratios(known))
    twenty = list(ratios)[: len(MEASURES) // 2]
    operands = [code for ratio in twenty for code in ratios[ratio]]
    names = dict(zip(MEASURES, operands, strict=True))
    facts = panel.frame.with_columns(pl.col("measure").cast(pl.String).replace_strict(names).cast(pl.Enum(operands)))
    codes = sorted({one.code for one in known.indicators})
    counts = {
        name: len(ms.evaluate(facts, catalogue=known, tree=tree, indicators=asked))
        for name, asked in (("twenty", twenty), ("all", codes))
    }
    seconds = race(
        {
            "twenty": lambda: ms.evaluate(facts, catalogue=known, tree=tree, indicators=twenty),
            "all": lambda: ms.evaluate(facts, catalogue=known, tree=tree, indicators=codes),
        }
    )
    ratio = seconds["all"] / seconds["twenty"]
    detail = (
        f"{len(codes)} indicators {seconds['all']:.2f} s ({counts['all']:,} figures), "
        f"20 ratios {seconds['twenty']:.2f} s ({counts['twenty']:,} figures)"
    )
    name = f"the whole catalogue, {rows / 1e6:g} million facts, against 20 ratios of it"
    return [Result(name, f"{ratio:.2f}×", "≤ 2×", ratio <= 2, detail)]


def _plain_ratios(known: ms.Catalogue) -> list[tuple[str, tuple[str, str]]]:
    """Ratios of two flows of the calendar year, no measure in two of them."""
    found: list[tuple[str, tuple[str, str]]] = []
    taken: set[str] = set()
    for one in known.indicators:
        match one.tree:
            case Binary("/", Name(top), Name(bottom)):
                sides = [known.measures.get(code) for code in (top, bottom)]
                fit = all(side is not None and side.time == "flow" and side.year_starts == 1 for side in sides)
                if fit and one.default and not taken & {top, bottom}:
                    taken |= {top, bottom}
                    found.append((one.code, (top, bottom)))
    return found
