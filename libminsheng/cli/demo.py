"""``minsheng demo``: the main job on the shipped figures of Yaohai's bulletin of 2017."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import libminsheng
from libminsheng.cli import inputs, options
from libminsheng.cli.output import write_grid, write_text
from libminsheng.errors import EvaluationError, Fault, current_language, say

if TYPE_CHECKING:
    from libminsheng.engine import Figures

__all__ = ["demo", "demo_facts"]

_DIVISION: Final = "340102"
_PERIOD: Final = "2017"
_EXPLAINED: Final = "newborn_screening_rate"
_ALSO: Final = (
    "funds_utilization_rate",
    "works_completion_rate",
)
"""Asked for although the bulletin has nothing to compute it from."""
_ORDER: Final = (
    "funds", "progress", "childhood", "education", "employment", "health", "elderly", "insurance", "housing",
    "assistance", "publicity", "feedback",
)  # fmt: skip
"""The bulletin's own order, by packs."""


def demo(*, _lang: options.Lang = None) -> None:
    """The main job on the shipped Yaohai 2017 figures."""
    from libminsheng import engine
    from libminsheng.report.figures import figures_grid

    path = demo_facts()
    catalogue, tree = inputs.open_catalogue(None), inputs.open_tree(None, None)
    facts = inputs.open_facts([path], catalogue, tree)
    offered = catalogue.offered(set(facts.frame["measure"].to_list()))

    def evaluated(indicators: Iterable[str]) -> Figures:
        return engine.evaluate(
            facts,
            indicators=indicators,
            catalogue=catalogue,
            tree=tree,
            divisions=[_DIVISION],
            period="year",
            start=_PERIOD,
            end=_PERIOD,
        )

    printed = {figure.indicator.code for figure in evaluated(offered) if figure.status == "ok"}
    figures = evaluated([*printed, *_ALSO])
    write_grid(None, figures_grid(figures, heading="pack", order=_ORDER))
    explanation = figures.explain(_EXPLAINED, _DIVISION, _PERIOD)
    lines = [
        "",
        say("cli.demo_note"),
        "",
        say("cli.demo_explained", name=explanation.figure.indicator.name.in_()),
        explanation.text(current_language()).rstrip("\n"),
        "",
        say("cli.demo_next_evaluate", path=_short(path)),
        say("cli.demo_next_pack"),
    ]
    write_text(None, "\n".join(lines) + "\n")


def demo_facts() -> Path:
    """The shipped facts: in the installed package, or in the repository beside it."""
    package = Path(libminsheng.__file__).parent
    for path in (package / "data/yaohai-2017.csv", package.parent / "examples/yaohai-2017/facts.csv"):
        if path.is_file():
            return path
    raise EvaluationError(Fault("cli.no_demo"))


def _short(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
