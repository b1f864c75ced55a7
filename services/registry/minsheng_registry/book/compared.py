"""What the checks read: a submission's facts, and the earlier ones that these have to be compared with.

Earlier are the facts that stand in the reporter's subtree, of the same measures, from two years before the first
month until a year after the last: what a cumulative may have fallen from, a parent's report may differ from, a year ago
was. Those that the submission replaces are not among them. Where there are too many, fewer months are read, and at
last none.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl
import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, select

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.facts import Facts
from minsheng_registry.book.acceptance import KEY
from minsheng_registry.book.canonical import read_json
from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree, seen
from minsheng_registry.book.sent import Sent
from minsheng_registry.storage.columnar import read_frames
from minsheng_registry.storage.tables import batches, facts

__all__ = ["EARLIER", "MOST", "as_facts", "earlier", "of_batch", "of_sent"]

EARLIER: Final = "earlier"
"""The file of earlier facts, whose rows nobody knows."""
MOST: Final = 500_000
"""Earlier facts that are read for one submission."""

_MONTHS: Final = ((24, 12), (12, 0), (0, 0))
"""How many months before the first and after the last are looked at, from the most to the least."""

_SCHEMA: Final = {
    **dict.fromkeys((*KEY, "reported"), pl.String),
    "value": pl.Int128,
    "approximate": pl.Boolean,
    **dict.fromkeys(("line", "first_month", "last_month"), pl.Int64),
}
_SLICE: Final = 250_000
_ROOM: Final = 10**38 - 1


def of_batch(connection: Connection, batch: int) -> pl.DataFrame:
    """A batch's facts in their order."""
    return _read(connection, facts.c.batch == batch)


def of_sent(given: Sent) -> pl.DataFrame:
    """The same of facts that have not been kept."""
    casts = {"value": pl.Int128, "line": pl.Int64}
    return given.frame.select(pl.col(name).cast(casts.get(name, _SCHEMA[name])) for name in _SCHEMA)


def earlier(
    connection: Connection,
    own: pl.DataFrame,
    reporter: str,
    submission: str = "",
    *,
    roots: Roots = EVERYWHERE,
    most: int = MOST,
) -> pl.DataFrame:
    """The facts that a reporter's own have to be compared with, `most` at most, and none that `roots` do not see."""
    none = pl.DataFrame(schema=_SCHEMA)
    of_others = (batches.c.revision.is_not(None), batches.c.submission != submission)
    # a first report has nothing before it, and need not be gone through to see so
    if (
        own.is_empty()
        or most <= 0
        or connection.execute(select(batches.c.id).where(*of_others).limit(1)).first() is None
    ):
        return none
    first, last = own["first_month"].min(), own["last_month"].max()
    assert isinstance(first, int)
    assert isinstance(last, int)
    for before, after in _MONTHS:
        conditions = (
            *of_others,
            facts.c.revision_to.is_(None),
            facts.c.last_month.between(first - before, last + after),
            facts.c.measure.in_(own["measure"].unique().sort().to_list()),
            in_subtree(facts.c.division, (reporter,)),
            seen(facts.c.division, roots),
        )
        found = _read(connection, *conditions, most=most + 1)
        if len(found) <= most:
            return found.join(own.select(KEY), on=list(KEY), how="anti") if len(found) else none
    return none


def _read(connection: Connection, *conditions: ColumnElement[bool], most: int | None = None) -> pl.DataFrame:
    asked = select(*(facts.c[name] for name in _SCHEMA))
    if most is None:
        asked = asked.where(*conditions).order_by(facts.c.line)
    else:
        asked = asked.select_from(facts.join(batches, batches.c.id == facts.c.batch)).where(*conditions).limit(most)
    frames = list(read_frames(connection, asked, _SCHEMA, _SLICE))
    return pl.concat(frames) if frames else pl.DataFrame(schema=_SCHEMA)


def as_facts(own: pl.DataFrame, others: pl.DataFrame, catalogue: Catalogue) -> Facts:
    """Facts as the library reads them: decimals, a column for each breakdown, rows from 1 on.

    The others' file is `EARLIER`.
    """
    decimals = _decimals(pl.concat([own.select("measure"), others.select("measure")])["measure"], catalogue)
    scale = max(_scale(own, decimals), _scale(others, decimals))
    if len(others) and not own.join(decimals, on="measure").select(_fits(scale).all()).item():
        others, scale = others.clear(), _scale(own, decimals)
    joined = pl.concat(
        [
            own.with_columns(row=pl.col("line") + 1, file=pl.lit("")),
            others.with_columns(row=pl.int_range(1, pl.len() + 1), file=pl.lit(EARLIER)),
        ]
    )
    fits = (pl.col("file") == "") | _fits(scale)
    frame = joined.join(decimals, on="measure", maintain_order="left").filter(fits)
    texts = [pl.when(pl.col(name) != "").then(name).alias(name) for name in ("project", "issuer", "reported")]
    whole = frame.select(_minor(scale)).to_series()
    return Facts(
        _broken_down(frame.with_columns(texts))
        .with_columns(
            value=_pointed(whole, scale),
            row=pl.col("row").cast(pl.UInt32),
            unit=pl.lit(None, pl.String),
            source=pl.lit(None, pl.String),
            note=pl.lit(None, pl.String),
        )
        .drop("decimals", "line", "first_month", "last_month", "breakdown")
    )


def _decimals(measures: pl.Series, catalogue: Catalogue) -> pl.DataFrame:
    codes = measures.unique().to_list()
    return pl.DataFrame(
        {"measure": codes, "decimals": [catalogue.measures[code].decimals for code in codes]},
        schema={"measure": pl.String, "decimals": pl.Int64},
    )


def _minor(scale: int) -> pl.Expr:
    """A value counted in so many decimals, as those of it that are more are zeros."""
    up = pl.lit(10, pl.Int128).pow((scale - pl.col("decimals")).clip(0).cast(pl.UInt32))
    down = pl.lit(10, pl.Int128).pow((pl.col("decimals") - scale).clip(0).cast(pl.UInt32))
    return pl.col("value") * up // down


def _fits(scale: int) -> pl.Expr:
    up = pl.lit(10, pl.Int128).pow((scale - pl.col("decimals")).clip(0).cast(pl.UInt32))
    return pl.col("value").abs() <= pl.lit(_ROOM, pl.Int128) // up


def _pointed(whole: pl.Series, scale: int) -> pl.Series:
    """Whole numbers as decimals that have their point so many digits from the end: the same digits, nothing divided."""
    digits = whole.cast(pl.Decimal(38, 0)).rechunk().to_arrow()
    return pl.Series(pl.from_arrow(pa.Array.from_buffers(pa.decimal128(38, scale), len(digits), digits.buffers())))


def _scale(frame: pl.DataFrame, decimals: pl.DataFrame) -> int:
    """The least number of decimals that all the values need."""
    needed = 0
    for (most,), some in frame.select("measure", "value").join(decimals, on="measure").group_by("decimals"):
        digits = int(most)
        while digits > needed and some.select((pl.col("value") % 10 ** (int(most) - digits + 1) == 0).all()).item():
            digits -= 1
        needed = max(needed, digits)
    return needed


def _broken_down(frame: pl.DataFrame) -> pl.DataFrame:
    kinds = frame["breakdown"].unique().to_list()
    read: list[dict[str, Any]] = [read_json(text) for text in kinds]
    names = dict.fromkeys(name for one in read for name in one)
    if not names:
        return frame
    columns = {name: pl.Series(name, [one.get(name) for one in read], dtype=pl.String) for name in names}
    return frame.join(pl.DataFrame({"breakdown": kinds, **columns}), on="breakdown", maintain_order="left")
