"""Figures: what an indicator comes to, division by division and period by period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, overload

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.indicator import Indicator
from libminsheng.engine.levels import Bools
from libminsheng.engine.places import Ints
from libminsheng.errors import Fault
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.engine.explain import Explanation
    from libminsheng.engine.question import Question
    from libminsheng.engine.receipt import Receipt
    from libminsheng.engine.reported import Reported
    from libminsheng.report.charts import Plot

__all__ = ["FLAGS", "STATUSES", "Block", "Coverage", "Figure", "Figures", "exact_decimal"]

STATUSES: Final = ("ok", "no_data", "zero_denominator", "not_additive", "suppressed")
FLAGS: Final = ("out_of_bounds", "incomplete", "carried", "estimated", "unverified_definition")

_STATUS: Final = pl.Enum(STATUSES)


class Coverage(NamedTuple):
    """How many of the expected reporters a figure rests on."""

    reported: int
    expected: int


@dataclass(frozen=True)
class Figure:
    """An indicator's value for one division, period and breakdown, with what it rests on.

    `value` is None unless `status` is ``ok``; it is rounded once, from `numerator` / `denominator`,
    which stay exact and are in base units.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame(
    ...     {"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [10642]}
    ... )
    >>> figure = ms.evaluate(facts, indicators=["newborn_screening_rate"])[0]
    >>> figure.status, figure.missing, figure.denominator
    ('no_data', ('newborns_screened',), Decimal('10642'))
    """

    indicator: Indicator
    division: str
    period: Period
    by: Mapping[str, str]
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    flags: tuple[str, ...]
    coverage: Coverage
    missing: tuple[str, ...]

    @property
    def unit(self) -> str:
        return self.indicator.unit

    @property
    def exact(self) -> Fraction | None:
        """The value before rounding and before the unit's factor: the bare ratio."""
        if self.status != "ok" or self.numerator is None or not self.denominator:
            return None
        return Fraction(self.numerator) / Fraction(self.denominator)

    @property
    def printed(self) -> Fraction | None:
        """The value before rounding, in the unit that it is printed in: 81.4567 where the ratio is 0.814567."""
        from libminsheng.vocabulary.units import unit

        return None if self.exact is None else self.exact / unit(self.unit).factor

    def as_dict(self) -> dict[str, Any]:
        """The figure as JSON carries it: exact numbers as text."""
        return {
            "indicator": self.indicator.code,
            "edition": self.indicator.edition,
            "division": self.division,
            "period": str(self.period),
            "by": dict(self.by),
            "value": None if self.value is None else f"{self.value:f}",
            "unit": self.indicator.unit,
            "numerator": _plain(self.numerator),
            "denominator": _plain(self.denominator),
            "status": self.status,
            "flags": list(self.flags),
            "coverage": {"reported": self.coverage.reported, "expected": self.coverage.expected},
            "missing": list(self.missing),
        }


def _plain(number: Decimal | None) -> str | None:
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Block:
    """The figures of one edition of an indicator: divisions × periods × breakdowns, flattened in that order.

    `value` counts 10**-decimals of the indicator's unit; `top` and `bottom` count 10**-`scale`
    base units, where `top_known` and `bottom_known` say that they do. `missing` has a bit for each of
    `operands`.
    """

    indicator: Indicator
    rows: Ints
    periods: tuple[Period, ...]
    bys: tuple[Mapping[str, str], ...]
    value: npt.NDArray[Any]
    top: npt.NDArray[Any]
    top_scale: int
    bottom: npt.NDArray[Any]
    bottom_scale: int
    top_known: Bools
    bottom_known: Bools
    status: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]
    reported: Ints
    expected: Ints
    missing: npt.NDArray[np.uint64]
    operands: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.status)

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.rows), len(self.periods), len(self.bys)

    def everywhere(self, rows: Ints, periods: tuple[Period, ...], bys: tuple[Mapping[str, str], ...]) -> Block:
        """The block whose every figure is like the only one of this; its columns take no room."""

        def wide(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return np.broadcast_to(column, len(rows) * len(periods) * len(bys))

        return Block(
            self.indicator,
            rows,
            periods,
            bys,
            wide(self.value),
            wide(self.top),
            self.top_scale,
            wide(self.bottom),
            self.bottom_scale,
            wide(self.top_known),
            wide(self.bottom_known),
            wide(self.status),
            wide(self.flags),
            wide(self.reported),
            wide(self.expected),
            wide(self.missing),
            self.operands,
        )

    def part(self, positions: Ints) -> Block:
        """The figures of these of its rows, in this order."""

        def picked(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
            return column.reshape(len(self.rows), -1)[positions].reshape(-1)

        return Block(
            self.indicator,
            self.rows[positions],
            self.periods,
            self.bys,
            picked(self.value),
            picked(self.top),
            self.top_scale,
            picked(self.bottom),
            self.bottom_scale,
            picked(self.top_known),
            picked(self.bottom_known),
            picked(self.status),
            picked(self.flags),
            picked(self.reported),
            picked(self.expected),
            picked(self.missing),
            self.operands,
        )

    def replaced(self, other: Block) -> Block:
        """The block with the rows that another of the same edition, periods and breakdowns has in their place."""
        at = np.searchsorted(self.rows, other.rows)
        assert (self.top_scale, self.bottom_scale) == (other.top_scale, other.bottom_scale)

        def joined(mine: npt.NDArray[Any], fresh: npt.NDArray[Any]) -> npt.NDArray[Any]:
            kind = mine.dtype if mine.dtype == fresh.dtype else np.dtype(object)
            columns = np.array(mine.reshape(len(self.rows), -1), kind)
            columns[at] = fresh.reshape(len(other.rows), -1)
            return columns.reshape(-1)

        return Block(
            self.indicator,
            self.rows,
            self.periods,
            self.bys,
            joined(self.value, other.value),
            joined(self.top, other.top),
            self.top_scale,
            joined(self.bottom, other.bottom),
            self.bottom_scale,
            joined(self.top_known, other.top_known),
            joined(self.bottom_known, other.bottom_known),
            joined(self.status, other.status),
            joined(self.flags, other.flags),
            joined(self.reported, other.reported),
            joined(self.expected, other.expected),
            joined(self.missing, other.missing),
            self.operands,
        )

    def figure(self, position: int, codes: Sequence[str]) -> Figure:
        row, period, by = np.unravel_index(position, self.shape)
        ok = self.status[position] == 0
        return Figure(
            self.indicator,
            codes[self.rows[row]],
            self.periods[period],
            self.bys[by],
            exact_decimal(self.value[position], self.indicator.decimals) if ok else None,
            exact_decimal(self.top[position], self.top_scale) if self.top_known[position] else None,
            exact_decimal(self.bottom[position], self.bottom_scale) if self.bottom_known[position] else None,
            STATUSES[self.status[position]],
            flag_names(int(self.flags[position])),
            Coverage(int(self.reported[position]), int(self.expected[position])),
            self.missing_names(int(self.missing[position])),
        )

    def missing_names(self, bits: int) -> tuple[str, ...]:
        return tuple(name for bit, name in enumerate(self.operands) if bits >> bit & 1)


def exact_decimal(number: Any, scale: int) -> Decimal:
    """`number` × 10**-`scale`, with all its digits: `Decimal.scaleb` would round to the context's."""
    return Decimal(f"{int(number)}e-{scale}")


def flag_names(bits: int) -> tuple[str, ...]:
    """The flags of a bit mask, in their standing order."""
    return tuple(name for bit, name in enumerate(FLAGS) if bits >> bit & 1)


class Figures(Sequence[Figure]):
    """The answer to one question: figures in the order of indicator, division, period and breakdown.

    It is a sequence of `Figure`; `frame` has the same as a Polars frame. Nothing in it changes.

    >>> import polars as pl, libminsheng as ms
    >>> facts = pl.DataFrame({
    ...     "division": ["340102"] * 2, "period": ["2017"] * 2,
    ...     "measure": ["newborns_screened", "live_births"], "value": [10601, 10642],
    ... })
    >>> figures = ms.evaluate(facts, indicators=["newborn_screening_rate"], divisions=["340102"])
    >>> figures.frame["value"].to_list(), len(figures.receipt.digest)
    ([Decimal('99.61')], 64)
    """

    def __init__(
        self,
        question: Question,
        reported: Reported,
        blocks: Sequence[Block],
        order: Ints | None,
        notes: tuple[Fault, ...],
    ) -> None:
        self._question = question
        self._reported = reported
        self._blocks = tuple(blocks)
        self._order = order
        self._ends = np.cumsum([len(block) for block in self._blocks])
        self.notes: Final = notes
        """What a reader should know besides: unlisted divisions, editions not yet in force."""

    @property
    def catalogue(self) -> Catalogue:
        return self._question.catalogue

    @property
    def tree(self) -> DivisionTree:
        return self._question.tree

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that they were broken down by."""
        return tuple(self._question.by)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The editions that there are figures of, each once."""
        return tuple({id(block.indicator): block.indicator for block in self._blocks}.values())

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The same figures as columns of numbers, a block for each edition; `codes` are their divisions."""
        return self._blocks

    @property
    def codes(self) -> Sequence[str]:
        """The divisions that the `rows` of blocks count in."""
        return self._reported.bare.codes

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @overload
    def __getitem__(self, position: int) -> Figure: ...
    @overload
    def __getitem__(self, position: slice) -> list[Figure]: ...
    def __getitem__(self, position: int | slice) -> Figure | list[Figure]:
        if isinstance(position, slice):
            return [self[index] for index in range(*position.indices(len(self)))]
        index = int(position)
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(position)
        if self._order is not None:
            index = int(self._order[index])
        block = int(np.searchsorted(self._ends, index, side="right"))
        before = int(self._ends[block - 1]) if block else 0
        return self._blocks[block].figure(index - before, self._reported.bare.codes)

    def __iter__(self) -> Iterator[Figure]:
        return (self[index] for index in range(len(self)))

    def to_dicts(self) -> list[dict[str, Any]]:
        """Every figure as JSON carries it."""
        return [figure.as_dict() for figure in self]

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a figure.

        Columns: indicator, edition, division, period, the breakdowns asked for, value, unit,
        numerator, denominator, status, flags, reported, expected, missing. `value`, `numerator`
        and `denominator` are decimals, null where there is none. A breakdown that has the name of
        another column goes behind ``by_``: ``by_status``.
        """
        from libminsheng.engine.frame import frame_of

        frame = frame_of(self._blocks, self._reported.bare.codes, self._question.by)
        return frame if self._order is None else frame[self._order]

    @cached_property
    def receipt(self) -> Receipt:
        """What these figures were computed from, as digests that anyone can compute again."""
        from libminsheng.engine.receipt import receipt_of

        return receipt_of(self._question, self._reported.evidence(self._question), self._reported.bare.tops)

    @cached_property
    def narrow_receipt(self) -> Receipt:
        """The receipt that facts of other measures leave as it is: its facts are those of the measures asked for.

        It is what the indicators service gives.
        """
        from libminsheng.engine.receipt import measures_asked, receipt_of

        evidence = self._reported.evidence(self._question)
        wanted = measures_asked(self._question)
        mine = {code: digest for code, digest in evidence.items() if code in wanted}
        return receipt_of(self._question, mine, self._reported.bare.tops)

    def find(self, indicator: str, division: str, period: str | Period, by: Mapping[str, str] | None = None) -> Figure:
        """The one figure that is meant.

        Raises
        ------
        EvaluationError
            If there is no such figure.
        """
        from libminsheng.engine.explain import find_figure

        return find_figure(self, indicator, division, period, by or {})

    def locate(
        self, code: str, edition: str | None, division: str, period: str, by: Mapping[str, str]
    ) -> Figure | None:
        """The figure of exactly these coordinates, if it was computed."""
        for block in self._blocks:
            labels = [str(known) for known in block.periods]
            mine = block.indicator.code == code and edition in (None, block.indicator.edition)
            row = np.flatnonzero(block.rows == self._reported.bare.number.get(division, -1))
            if mine and len(row) and period in labels and by in block.bys:
                position = np.ravel_multi_index((int(row[0]), labels.index(period), block.bys.index(by)), block.shape)
                return block.figure(int(position), self._reported.bare.codes)
        return None

    def across(self, code: str, edition: str | None, period: str, by: Mapping[str, str]) -> list[Figure]:
        """The figures of one indicator, period and breakdown: one for each division and edition."""
        found: list[Figure] = []
        for block in self._blocks:
            labels = [str(known) for known in block.periods]
            mine = block.indicator.code == code and edition in (None, block.indicator.edition)
            if mine and period in labels and by in block.bys:
                at = (np.arange(len(block.rows)), labels.index(period), block.bys.index(by))
                positions = np.ravel_multi_index(at, block.shape)
                found.extend(block.figure(int(position), self._reported.bare.codes) for position in positions)
        return found

    def coordinates(self, code: str) -> list[str]:
        """The divisions and periods that an indicator was computed for, as text."""
        codes = self._reported.bare.codes
        return [
            f"{codes[row]} {period}"
            for block in self._blocks
            if block.indicator.code == code
            for row in block.rows.tolist()
            for period in block.periods
        ]

    def explain(
        self, indicator: str, division: str, period: str | Period, by: Mapping[str, str] | None = None
    ) -> Explanation:
        """How a figure came about: formula, operands, the reports they were summed from, the rounding."""
        return self.explain_figure(self.find(indicator, division, period, by))

    def explain_figure(self, figure: Figure) -> Explanation:
        """How one of these figures came about, whether the catalogue knows its indicator or not."""
        from libminsheng.engine.explain import explain

        return explain(self, self._reported, figure)

    @property
    def plot(self) -> Plot:
        """Charts of them, as SVG that a notebook shows: ``.plot.trend()``, ``.plot.comparison()`` (extra ``charts``)."""
        from libminsheng.report.charts import Plot

        return Plot(self)

    def _repr_html_(self) -> str:
        from libminsheng.report.html import figures_html

        return figures_html(self)

    def __repr__(self) -> str:
        return f"<Figures: {len(self)}>"
