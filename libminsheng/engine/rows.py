"""From any frame to key columns and whole numbers: what the GROUP BY needs, and nothing else.

Polars, pandas and Arrow frames are grouped in process. A DuckDB relation or a PySpark frame is
summed where it lies, through narwhals, and only its sums come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.grouping import KeyColumn
from libminsheng.engine.places import Ints
from libminsheng.errors import EvaluationError, FactsError, Fault, Place, nearest
from libminsheng.facts import Facts, bind
from libminsheng.vocabulary.divisions import DivisionTree

__all__ = ["Encoded", "Numbered", "Rows", "rows_of"]

_REQUIRED: Final = ("division", "period", "measure", "value")
_REMARKS: Final = ("approximate", "source", "note", "row", "file", "cell", "reported")
_CORE: Final = ("division", "period", "measure", "scenario", "basis", "issuer", "unit")
_COUNT: Final = "__rows"
_LENGTH: Final = "__length"
_EXACT: Final = 1 << 53
_SURE_DIGITS: Final = 15  # a decimal of so many characters is told apart from every other by a float
_SHOWN: Final = 1000
_STEP: Final = 1 << 16


@dataclass(frozen=True)
class Encoded:
    """A column of texts as whole numbers, and the way back. `blank` is the number of an empty cell."""

    codes: npt.NDArray[Any]
    column: pl.Series  # kept, because a Categorical's texts live as long as a column of it does
    blank: int

    @classmethod
    def of(cls, column: pl.Series) -> Encoded:
        if column.dtype in (pl.Date, pl.Datetime):
            column = column.dt.strftime("%Y-%m")
        if not isinstance(column.dtype, pl.Categorical | pl.Enum):
            column = column.cast(pl.String).cast(pl.Categorical(pl.Categories.random()))
        codes = column.to_physical()
        if not codes.null_count():
            return cls(codes.to_numpy(), column, -1)
        most: Any = codes.max()
        blank = int(most or 0) + 1
        return cls(codes.cast(pl.UInt32).fill_null(blank).to_numpy(), column, blank)

    def key(self) -> KeyColumn:
        return KeyColumn.of(self.codes)

    def texts(self, codes: Ints) -> list[str | None]:
        """The text behind each number; None for a blank cell, which an empty text also is."""
        series = pl.Series(codes.astype(np.int64))
        known = pl.when(series != self.blank).then(series).otherwise(None)
        physical = pl.select(known).to_series().cast(pl.UInt32)
        dtype = self.column.dtype
        if isinstance(dtype, pl.Enum):
            texts = dtype.categories.gather(physical)
        else:
            texts = physical.cat.to(dtype).cast(pl.String)
        return [text or None for text in texts.to_list()]


class Numbered(Encoded):
    """A column that whoever keeps facts numbered already: `words` are its texts, an empty one is a blank cell."""

    def __init__(self, codes: npt.NDArray[Any], words: Sequence[str | None]) -> None:
        super().__init__(codes, pl.Series([], dtype=pl.String), -1)
        object.__setattr__(self, "_words", words)

    def texts(self, codes: Ints) -> list[str | None]:
        words: Sequence[str | None] = self.__dict__["_words"]
        return [words[code] or None for code in codes.tolist()]


@dataclass(frozen=True)
class Rows:
    """Key columns as numbers; values as whole numbers of 10**-`scale` of each row's unit.

    `scale` is None where a value counts its measure's own smallest unit. `single` says that a key
    stands for one report, so that a fault can name its row.
    """

    keys: Mapping[str, Encoded]
    values: npt.NDArray[Any]
    scale: int | None
    estimated: npt.NDArray[np.bool_] | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is neither the fact's core nor a remark: the project, then the breakdowns."""
        names = [name for name in self.keys if name not in _CORE]
        return tuple(sorted(names, key=lambda name: (name != "project", name)))


def rows_of(facts: object, catalogue: Catalogue, tree: DivisionTree) -> Rows:
    """The rows of `Facts`, or of any frame that Polars or narwhals knows.

    Raises
    ------
    FactsError
        If columns are missing or values cannot be used; all of them are named.
    EvaluationError
        If `facts` is no frame.
    """
    if isinstance(facts, Facts):
        bound = bind(facts, catalogue, tree)
        given = {name: Numbered(texts.codes, texts.known) for name, texts in bound.texts.items()}
        return _rows(bound.frame, given, _whole(bound.frame["value_minor"]), None)
    frame = _polars(facts)
    value = frame["value"]
    if value.null_count():
        frame = frame.filter(value.is_not_null())
        value = frame["value"]
    if value.dtype in (pl.Float32, pl.Float64, pl.String):
        values, scale = _decimals(value)
    elif value.dtype.is_integer() or value.dtype == pl.Decimal:
        values, scale = _whole(value), (value.dtype.scale if isinstance(value.dtype, pl.Decimal) else 0)
    else:
        raise FactsError(Fault("engine.value_type", Place(column="value"), {"type": str(value.dtype)}))
    if _COUNT in frame.columns:
        values = values.astype(object) * frame[_COUNT].to_numpy().astype(object)
        frame = frame.drop(_COUNT)
    keys = {
        name: Encoded.of(frame[name])
        for name in frame.columns
        if name != "value" and name not in _REMARKS and frame[name].dtype != pl.Null
    }
    return _rows(frame, keys, values, scale)


def _rows(frame: pl.DataFrame, keys: Mapping[str, Encoded], values: npt.NDArray[Any], scale: int | None) -> Rows:
    faults = [
        Fault("engine.blank_key", Place(column=name, row=int(np.argmax(keys[name].codes == keys[name].blank)) + 1))
        for name in _REQUIRED[:3]
        if name in keys and keys[name].blank >= 0
    ]
    if faults:
        raise FactsError(*faults)
    marks = None
    if "approximate" in frame.columns:
        marks = frame["approximate"].cast(pl.Boolean).fill_null(False).to_numpy()
    return Rows(keys, values, scale, marks if marks is not None and marks.any() else None)


def _polars(native: object) -> pl.DataFrame:
    if isinstance(native, pl.DataFrame):
        _require(native.columns)
        return native
    if isinstance(native, pl.LazyFrame):
        _require(native.collect_schema().names())
        return _collected(native)
    import narwhals.stable.v2 as nw

    try:
        frame = nw.from_native(native)  # type: ignore[call-overload]  # the caller may hand over anything
    except TypeError:
        raise EvaluationError(Fault("engine.no_frame", values={"type": type(native).__name__})) from None
    _require(frame.collect_schema().names())
    if isinstance(frame, nw.LazyFrame):
        return _summed(frame)
    table: pl.DataFrame = frame.to_polars()
    return table


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    """A lazy frame without its remarks, its texts numbered while they are read.

    Values that are texts come as floats where each is so short that its float tells it apart.
    """
    schema = frame.collect_schema()
    texts = [name for name in schema.names() if schema[name] == pl.String and name not in ("value", *_REMARKS)]
    numbered = pl.col(texts).cast(pl.Categorical(pl.Categories.random()))
    kept = [name for name in schema.names() if name not in _REMARKS[1:]]
    frame = frame.select(kept).with_columns(numbered) if texts else frame.select(kept)
    if schema["value"] == pl.String:
        length = pl.col("value").str.len_bytes().clip(upper_bound=255).cast(pl.UInt8).alias(_LENGTH)
        short = frame.with_columns(pl.col("value").cast(pl.Float64, strict=False), length).collect(engine="streaming")
        longest: Any = short[_LENGTH].max()
        if not short["value"].null_count() and int(longest or 0) <= _SURE_DIGITS:
            return short.drop(_LENGTH)
    return frame.collect(engine="streaming")


def _require(names: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise FactsError(
            *(
                Fault("engine.missing_column", values={"column": name}, near=partial(nearest, name, names))
                for name in missing
            )
        )


def _summed(frame: Any) -> pl.DataFrame:
    """Sum a frame in its own engine: whole numbers and decimals as such; others are counted by value."""
    import narwhals.stable.v2 as nw

    schema = frame.collect_schema()
    value = schema["value"]
    keys = [name for name in schema.names() if name != "value" and name not in _REMARKS]
    marks = [nw.col("approximate").max()] if "approximate" in schema.names() else []
    frame = frame.filter(~nw.col("value").is_null())
    if value.is_integer() or value.is_decimal():
        summed = frame.group_by(*keys).agg(nw.col("value").sum(), *marks)
    else:
        summed = frame.group_by(*keys, "value").agg(nw.len().alias(_COUNT), *marks)
    table: pl.DataFrame = summed.collect("polars").to_native()
    return table


def _whole(column: pl.Series) -> npt.NDArray[Any]:
    """The digits of integers or decimals as 64-bit numbers, or as Python integers where those are too short."""
    physical = column.to_physical() if column.dtype == pl.Decimal else column
    if physical.dtype != pl.Int64:
        narrow = physical.cast(pl.Int64, strict=False)
        if narrow.null_count():
            return np.array([int(number) for number in physical.to_list()], object)
        physical = narrow
    return physical.to_numpy()


def _decimals(column: pl.Series) -> tuple[npt.NDArray[Any], int]:
    """Floats by their shortest decimal, and texts, as whole numbers of one common scale."""
    if column.dtype == pl.Float32:
        column = column.cast(pl.String)
    if column.dtype == pl.String:
        floats = column.cast(pl.Float64, strict=False)
        longest: Any = column.str.len_bytes().max()
        if floats.null_count() or int(longest or 0) > _SURE_DIGITS:
            return _digits(_decimal_texts(column))
    else:
        floats = column
    numbers = floats.to_numpy()
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        raise FactsError(*(_no_number(int(row), str(column[int(row)])) for row in bad[:_SHOWN]))
    for scale in range(7):
        whole = _scaled(numbers, 10.0**scale)
        if whole is not None:
            return whole, scale
    texts = column.to_list() if column.dtype == pl.String else [repr(number) for number in numbers.tolist()]
    return _digits([Decimal(text) for text in texts])


def _scaled(numbers: npt.NDArray[np.float64], power: float) -> npt.NDArray[np.int64] | None:
    """The floats times a power of ten, if every one is the shortest decimal of what that gives."""
    whole = np.empty(len(numbers), np.int64)
    for start in range(0, len(numbers), _STEP):
        part = numbers[start : start + _STEP]
        digits = np.rint(part * power)
        if np.abs(digits).max() >= _EXACT or (digits / power != part).any():
            return None
        whole[start : start + _STEP] = digits
    return whole


def _no_number(row: int, text: str) -> Fault:
    return Fault("engine.not_finite", Place(row=row + 1, column="value"), {"value": text})


def _decimal_texts(column: pl.Series) -> list[Decimal]:
    numbers, faults = [], []
    for row, text in enumerate(column.to_list()):
        try:
            number = Decimal(text.strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or "_" in text:
            faults.append(_no_number(row, text))
        numbers.append(number)
    if faults:
        raise FactsError(*faults[:_SHOWN])
    return numbers


def _digits(numbers: list[Decimal]) -> tuple[npt.NDArray[Any], int]:
    scale = max((-int(number.as_tuple().exponent) for number in numbers), default=0)
    scale = max(scale, 0)
    whole = np.empty(len(numbers), object)
    with localcontext(prec=10_000):  # the usual 28 digits would round
        whole[:] = [int(number * 10**scale) for number in numbers]
    if len(whole) and max(map(abs, whole.tolist())) < 1 << 62:
        return whole.astype(np.int64), scale
    return whole, scale
