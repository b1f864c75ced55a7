"""Facts as others read them: decimals of the measure's unit, and a column for each breakdown.

The library reads such a table back to the same facts, whatever form it was written in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Connection, Text, func, type_coerce

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.facts.decimals import DIGITS
from minsheng_registry.book.canonical import read_json
from minsheng_registry.book.fact_query import FactQuery, selected
from minsheng_registry.storage.tables import facts

__all__ = ["BEFORE", "BEHIND", "FactTable", "Survey", "survey"]

BEFORE: Final = ("division", "period", "measure", "scenario", "basis", "project", "issuer")
"""The columns that stand before the breakdowns, all of them texts."""
BEHIND: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "value": pl.String,
    "unit": pl.String,
    "approximate": pl.Boolean,
    "source": pl.String,
    "note": pl.String,
    "reported": pl.String,
    "submission": pl.String,
    **dict.fromkeys(("revision_from", "revision_to", "public_from", "public_to"), pl.Int64),
}
"""The columns that stand behind them."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the answer to a question will hold: rows, measures, breakdowns, and the most digits of a value."""

    rows: int
    measures: tuple[str, ...]
    breakdowns: tuple[str, ...]
    digits: int


def survey(connection: Connection, wanted: FactQuery) -> Survey:
    """Look over the facts before they are read, in the same transaction: a stream tells its columns first.

    Raises
    ------
    NotFound, Unusable
        As `minsheng_registry.book.facts.read`.
    """
    longest: ColumnElement[int] = func.max(func.length(_text(connection)))
    asked = selected(connection, wanted, facts.c.measure, facts.c.breakdown, longest, func.count())
    found = connection.execute(asked.group_by(facts.c.measure, facts.c.breakdown)).all()
    names = {name for text in {row[1] for row in found} for name in read_json(text)}
    return Survey(
        sum(row[3] for row in found),
        tuple(sorted({row[0] for row in found})),
        tuple(sorted(names)),
        max((row[2] for row in found), default=0),
    )


def _text(connection: Connection) -> ColumnElement[Any]:
    value = facts.c.value
    return type_coerce(value, Text()) if connection.dialect.name == "sqlite" else func.abs(value).cast(Text())


class FactTable:
    """The columns of an answer, and how its rows come into them.

    Parameters
    ----------
    breakdowns
        Whose columns it has.
    measures
        Those that may occur, with their definitions.
    digits
        The most that a value has. None keeps the values as text, each with the decimals of its measure. Otherwise they
        are decimals, all with those of the measure that has most; where that needs more than 38 digits, texts.
    """

    def __init__(
        self, breakdowns: Sequence[str], measures: Sequence[str], catalogue: Catalogue, digits: int | None = None
    ) -> None:
        self._known = {code: catalogue.measures[code] for code in measures}
        self._breakdowns = tuple(breakdowns)
        scale = max((one.decimals for one in self._known.values()), default=0)
        least = min((one.decimals for one in self._known.values()), default=0)
        kind = None if digits is None or digits + scale - least > DIGITS else pl.Decimal(DIGITS, scale)
        self.schema: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
            **dict.fromkeys((*BEFORE, *self._breakdowns), pl.String),
            **BEHIND,
            "value": kind or pl.String(),
        }

    def shown(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of `minsheng_registry.book.facts.read` in these columns."""
        placed = frame.with_columns(
            *self._split(frame["breakdown"]),
            self._value().cast(self.schema["value"]).alias("value"),
            self._told("unit").alias("unit"),
        )
        return placed.select(list(self.schema))

    def _split(self, told: pl.Series) -> list[pl.Series | pl.Expr]:
        kinds = {text: read_json(text) for text in told.unique()}
        return [
            pl.col("breakdown")
            .replace_strict({text: cells.get(name, "") for text, cells in kinds.items()}, return_dtype=pl.String)
            .alias(name)
            for name in self._breakdowns
        ]

    def _told(self, name: str) -> pl.Expr:
        cells = {code: getattr(one, name) for code, one in self._known.items()}
        return pl.col("measure").replace_strict(cells, return_dtype=pl.String)

    def _value(self) -> pl.Expr:
        """Decimals as text, exactly: a point put into the digits."""
        digits = pl.col("value_minor").cast(pl.String)
        value = digits
        sign = pl.when(pl.col("value_minor") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        bare = digits.str.strip_prefix("-")
        for decimals in sorted({one.decimals for one in self._known.values()} - {0}):
            codes = [code for code, one in self._known.items() if one.decimals == decimals]
            padded = bare.str.zfill(decimals + 1)
            pointed = sign + padded.str.head(-decimals) + "." + padded.str.tail(decimals)
            value = pl.when(pl.col("measure").is_in(codes)).then(pointed).otherwise(value)
        return value
