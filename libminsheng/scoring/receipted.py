"""What was made of figures has a receipt of its own: over them, and over what it was made by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from libminsheng.engine.figures import Figures
from libminsheng.engine.receipt import Receipt

__all__ = ["Receipted"]


class Receipted:
    """Comparisons, rankings, scores and lights: their figures, and the definitions and options besides.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102", "340103"], "period": "2017", "measure": "live_births", "value": [9, 8],
    ... })
    >>> births = ms.Indicator("births", "live_births", "人", decimals=0)
    >>> figures = ms.evaluate(facts, indicators=[births], level="county")
    >>> higher, lower = (ms.rank(figures, "births", "2017", better=better) for better in ("higher", "lower"))
    >>> higher.figures.receipt == lower.figures.receipt, higher.receipt == lower.receipt
    (True, False)
    """

    if TYPE_CHECKING:

        @property
        def figures(self) -> Figures: ...

    def _made_by(self) -> tuple[Sequence[str], Mapping[str, Any]]:
        """The digests of the definitions, and the options, that its figures do not stand for."""
        return (), {}

    @cached_property
    def receipt(self) -> Receipt:
        """As that of figures, over the weights, thresholds and options too."""
        return self.figures.receipt.beyond(*self._made_by())

    @cached_property
    def narrow_receipt(self) -> Receipt:
        """The receipt that facts of other measures leave as it is, as `Figures.narrow_receipt`."""
        return self.figures.narrow_receipt.beyond(*self._made_by())
