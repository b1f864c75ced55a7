"""From a feed's frames to numbers: what every version of a fact is, and when it stood."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.sums import BASES, SCENARIOS
from libminsheng.errors import MinshengError, UnitError, say
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from libminsheng.vocabulary.units import unit
from minsheng_indicators.copy.feed import FIXED
from minsheng_indicators.copy.words import Words

__all__ = ["COLUMNS", "KEY", "NEVER", "Coded", "Family", "Reader", "Vocabulary"]

_LOG: Final = logging.getLogger(__name__)

NEVER: Final = 2**31 - 1
"""The revision that does not come: the end of what still stands."""

COLUMNS: Final[Mapping[str, Any]] = {
    "measure": np.int32,
    "division": np.int32,
    "family": np.int32,
    "cell": np.int32,
    "period": np.int32,
    "basis": np.uint8,
    "since": np.int32,
    "until": np.int32,
    "public": np.int32,
    "hidden": np.int32,
    "value": np.int64,
    "approximate": np.bool_,
}
"""One number each a version: words by their number, the revisions at which it began and ceased to stand, at which it
was published and withdrawn, and the value in the measure's smallest unit."""

KEY: Final = ("division", "family", "cell", "period", "basis", "since")
"""What tells a version from all others."""

Family = tuple[str, str, str]
"""Measure, scenario and issuer; the issuer may be blank."""

CellWord = tuple[str, tuple[tuple[str, str], ...]]
"""A project, which may be blank, and the breakdowns that a fact has, by name."""


@dataclass
class Vocabulary:
    """The words of a copy."""

    measures: Words[str] = field(default_factory=Words)
    divisions: Words[str] = field(default_factory=Words)
    families: Words[Family] = field(default_factory=Words)
    cells: Words[CellWord] = field(default_factory=Words)
    periods: Words[str] = field(default_factory=Words)


@dataclass(frozen=True)
class Coded:
    """Versions as columns of numbers; `wide` has the values that 64 bits do not hold, by row."""

    columns: Mapping[str, npt.NDArray[Any]]
    wide: Mapping[int, int]

    def __len__(self) -> int:
        return len(self.columns["value"])

    @classmethod
    def joined(cls, parts: Iterable[Coded]) -> Coded:
        """Several, one after the other."""
        held = list(parts)
        columns = {
            name: np.concatenate([np.zeros(0, dtype), *(part.columns[name] for part in held)]).astype(dtype, copy=False)
            for name, dtype in COLUMNS.items()
        }
        wide: dict[int, int] = {}
        before = 0
        for part in held:
            wide |= {before + row: value for row, value in part.wide.items()}
            before += len(part)
        return cls(columns, wide)

    def at(self, rows: npt.NDArray[np.int64]) -> Coded:
        """These rows, in this order."""
        wide = {}
        if self.wide:
            wide = {place: self.wide[row] for place, row in enumerate(rows.tolist()) if row in self.wide}
        return Coded({name: column[rows] for name, column in self.columns.items()}, wide)


class Reader:
    """Reads frames of a feed into numbers, with words that grow as they come.

    What the definitions or divisions of this service do not know cannot stand in any figure: it is left out, told, and
    counted in `left_out` by its kind and text.
    """

    def __init__(self, catalogue: Catalogue, tree: DivisionTree, words: Vocabulary) -> None:
        self._catalogue = catalogue
        self._tree = tree
        self._words = words
        self.left_out: Counter[tuple[str, str]] = Counter()

    def read(self, frame: pl.DataFrame) -> Coded:
        """The versions of a frame, those of them that can be used."""
        texts = ("division", "period", "measure", "scenario", "basis", "project", "issuer", "unit")
        missing = [pl.lit("").alias(name) for name in texts if name not in frame.columns]
        frame = frame.with_columns(*missing).with_columns(pl.col(texts).cast(pl.String).fill_null(""))
        frame = frame.with_columns(
            scenario=_or_else("scenario", SCENARIOS[0]),
            basis=_or_else("basis", BASES[0]),
        )
        frame = self._usable(frame)
        words, count = self._words, len(frame)
        breakdowns = sorted(name for name in frame.columns if name not in (*FIXED, "\0minor"))
        cells = frame.select("project", *(pl.col(name).cast(pl.String) for name in breakdowns))
        value, wide = _narrow(frame["\0minor"])
        return Coded(
            {
                "measure": words.measures.code(frame.select("measure"), _first),
                "division": words.divisions.code(frame.select("division"), _first),
                "family": words.families.code(frame.select("measure", "scenario", "issuer"), tuple),
                "cell": words.cells.code(cells, lambda row: _cell(breakdowns, row)),
                "period": words.periods.code(frame.select("period"), _first),
                "basis": (frame["basis"] == BASES[1]).to_numpy().astype(np.uint8),
                "since": _revisions(frame, "revision_from", NEVER),
                "until": _revisions(frame, "revision_to", NEVER),
                "public": _revisions(frame, "public_from", NEVER),
                "hidden": _revisions(frame, "public_to", NEVER),
                "value": value,
                "approximate": (
                    frame["approximate"].cast(pl.Boolean).fill_null(value=False).to_numpy()
                    if "approximate" in frame.columns
                    else np.zeros(count, np.bool_)
                ),
            },
            wide,
        )

    def _usable(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows whose every word means something here; measures by their code."""
        frame = self._kept(frame, "measure", lambda text: self._catalogue.measure_code(text) is not None)
        codes = {text: self._catalogue.measure_code(text) for text in frame["measure"].unique().to_list()}
        if any(text != code for text, code in codes.items()):
            frame = frame.with_columns(pl.col("measure").replace_strict(list(codes), list(codes.values())))
        frame = self._kept(frame, "division", lambda text: _reads(self._tree.resolve, text))
        frame = self._kept(frame, "period", lambda text: _reads(Period.parse, text))
        frame = self._kept(frame, "scenario", SCENARIOS.__contains__)
        frame = self._kept(frame, "basis", BASES.__contains__)
        return self._counted(frame)

    def _kept(self, frame: pl.DataFrame, name: str, usable: Callable[[str], bool]) -> pl.DataFrame:
        wrong = [text for text in frame[name].unique().to_list() if not usable(text)]
        return self._without(frame, name, frame[name].is_in(wrong)) if wrong else frame

    def _without(self, frame: pl.DataFrame, name: str, wrong: pl.Series) -> pl.DataFrame:
        """A frame without some rows, which are counted by what they have in a column."""
        if not wrong.any():
            return frame
        for text, count in frame.filter(wrong)[name].cast(pl.String).value_counts().iter_rows():
            if (name, text) not in self.left_out:
                _LOG.warning("%s", say("service.copy_left_out", column=name, text=text))
            self.left_out[name, text] += count
        return frame.filter(~wrong)

    def _counted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows whose unit and decimals their measure can have, with their values in its smallest unit."""
        digits, scale = _digits(frame["value"])
        schema = {"measure": pl.String, "unit": pl.String, "up": pl.Int128, "down": pl.Int128}
        rows = [
            (code, text, factor.numerator, factor.denominator)
            for code, text in frame.select("measure", "unit").unique().iter_rows()
            if (factor := self._factor(code, text, scale)) is not None
        ]
        factors = pl.DataFrame(rows, schema=schema, orient="row")
        joined = frame.select("measure", "unit").join(
            factors, on=["measure", "unit"], how="left", maintain_order="left"
        )
        scaled = (digits * joined["up"]).alias("scaled")
        frame = frame.with_columns((scaled // joined["down"]).alias("\0minor"))
        uneven = (scaled % joined["down"] != 0).fill_null(value=False)
        strange = joined["up"].is_null()
        frame, uneven = self._without(frame, "unit", strange), uneven.filter(~strange)
        return self._without(frame, "value", uneven)

    def _factor(self, code: str, text: str, scale: int) -> Fraction | None:
        """What a value is multiplied by to count its measure's smallest unit; None where the unit is of something else."""
        measure = self._catalogue.measures[code]
        factor = Fraction(10) ** (measure.decimals - scale)
        if not text:
            return factor
        try:
            own, given = unit(measure.unit), unit(text)
        except UnitError:
            return None
        return factor * given.factor / own.factor if own.compatible(given) else None


def _narrow(minor: pl.Series) -> tuple[npt.NDArray[np.int64], dict[int, int]]:
    """Values as 64 bits hold them, and by row those that they do not."""
    narrow = minor.cast(pl.Int64, strict=False)
    wide: dict[int, int] = {}
    if narrow.null_count():
        places = np.flatnonzero(narrow.is_null().to_numpy())
        wide = {int(row): int(minor[int(row)]) for row in places}
        narrow = narrow.fill_null(0)
    return narrow.to_numpy(), wide


def _or_else(name: str, word: str) -> pl.Expr:
    return pl.when(pl.col(name) == "").then(pl.lit(word)).otherwise(pl.col(name)).alias(name)


def _first(row: tuple[Any, ...]) -> Any:
    return row[0]


def _cell(names: list[str], row: tuple[Any, ...]) -> CellWord:
    project, *values = row
    return project, tuple((name, value) for name, value in zip(names, values, strict=True) if value)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except MinshengError:
        return False
    return True


def _revisions(frame: pl.DataFrame, name: str, blank: int) -> npt.NDArray[np.int32]:
    if name not in frame.columns:
        return np.full(len(frame), blank, np.int32)
    return frame[name].cast(pl.Int64).fill_null(blank).clip(0, NEVER).cast(pl.Int32).to_numpy()


def _digits(column: pl.Series) -> tuple[pl.Series, int]:
    """Decimals, or texts of such, as whole numbers of one scale."""
    if column.dtype == pl.String:
        tail: Any = column.str.extract(r"\.(\d+)$").str.len_bytes().max()
        column = column.cast(pl.Decimal(38, int(tail or 0)))
    if column.dtype == pl.Decimal:
        scale = column.dtype.scale if isinstance(column.dtype, pl.Decimal) else 0
        return column.to_physical().cast(pl.Int128), scale
    return column.cast(pl.Int128), 0
