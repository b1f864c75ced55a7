"""What a reporter sends, read into rows by the library's own reading of facts before any transaction begins."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import FactsError, Fault, Place
from libminsheng.facts import Facts, bind
from libminsheng.facts.facts import CORE
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book.canonical import canonical
from minsheng_registry.book.privacy import in_frame
from minsheng_registry.book.refusals import Unusable

__all__ = ["Sent", "sent"]

_TEXTS: Final = ("scenario", "basis", "project", "issuer", "source", "note", "reported")
_FREE: Final = ("issuer", "source", "note", "reported")
"""Columns of free text, beside the breakdowns."""
_CLEAN: Final = frozenset({"division", "period", "measure", "scenario", "basis", "file", "cell"})
"""Columns whose texts are the vocabulary's own, or are not kept."""
_MOST_FAULTS: Final = 1_000
"""Of one kind; a file in which every row is wrong the same way need not say it a million times."""
_PART: Final = 250_000
_LONGEST_WORD: Final = 200
"""Characters of a breakdown, or of its name."""
_LONGEST: Final = {"project": 200, "issuer": 200, "source": 10_000, "note": 10_000, "reported": 10_000}
_INDEXED: Final = 2_000
"""Bytes of what an index holds beside codes: PostgreSQL's has room for 2,704 in all."""
_CONTROL: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class Sent:
    """One reporter's facts for a period, ready to be written: codes, whole numbers, months.

    `frame` has a row a fact, with the columns of the table but the batch.
    """

    division: str
    period: str
    divisions: tuple[str, ...]
    frame: pl.DataFrame = field(repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def digest(self) -> str:
        """The same for the same facts in the same order, and for no others."""
        found = hashlib.sha256()
        # a part at a time, each in a frame of its own: the whole in one piece would take as much room again
        for part in self.frame.drop("file", "cell", strict=False).iter_slices(_PART):
            held = io.BytesIO()
            part.write_ipc(held, compat_level=pl.CompatLevel.oldest())
            found.update(held.getbuffer())
        return found.hexdigest()


def sent(facts: Facts, division: str, period: str, catalogue: Catalogue, tree: DivisionTree) -> Sent:
    """Bind facts to the definitions, and see that they are the reporter's, for the period.

    Raises
    ------
    DivisionError, PeriodError
        If there is no such reporter or period.
    Unusable
        With the faults of all rows: what the library does not read, a division outside the reporter's subtree, a
        period that neither holds the submission's nor lies in it, a citizen's id or telephone number, no facts at
        all. Of what is wrong in the same way in more than a thousand rows, the first thousand and how many more.
    """
    reporter, told = tree.resolve(division), str(Period.parse(period))
    faults: list[Fault] = list(facts.bad_rows)
    try:
        frame = bind(facts, catalogue, tree).frame
    except FactsError as error:
        faults.extend(error.faults)
        frame = bind(cast("Facts", error.facts), catalogue, tree).frame
    faults.extend(_elsewhere(frame, reporter, tree))
    months = _months(frame, catalogue)
    faults.extend(_of_other_periods(frame, told, catalogue))
    faults.extend(_unstorable(frame))
    names = [name for name in frame.columns if name not in CORE and name != "value_minor"]
    faults.extend(_too_long(frame, names))
    free = [name for name in (*_FREE, *names) if name in frame.columns]
    faults.extend(in_frame(frame, free, lambda bad, column, make: _faulty(frame, bad, column, make)))
    if not faults and frame.is_empty():
        faults.append(Fault("registry.no_facts"))
    if faults:
        raise Unusable(*sorted(faults, key=lambda fault: (fault.place.file or "", fault.place.row or 0)))
    texts = [
        (pl.col(name).fill_null("") if name in frame.columns else pl.lit("")).cast(pl.String).alias(name)
        for name in _TEXTS
    ]
    rows = (
        frame.with_row_index("line")
        .with_columns(texts)
        .join(months, on=["measure", "period"], how="left", maintain_order="left")
        .with_columns(
            _breakdowns(frame, names),
            value=pl.col("value_minor").cast(pl.String),
            approximate=pl.col("approximate").fill_null(value=False),
        )
    )
    indexed = pl.col("project").str.len_bytes() + pl.col("breakdown").str.len_bytes()
    long = list(_faulty(rows, indexed > _INDEXED, "breakdown", lambda place, _: Fault("registry.key_length", place)))
    if long:
        raise Unusable(*long)
    return Sent(reporter, told, tuple(frame["division"].unique().sort()), rows)


def _faulty(frame: pl.DataFrame, bad: pl.Expr, column: str, make: Callable[[Place, Any], Fault]) -> Iterator[Fault]:
    cell = pl.col("cell") if "cell" in frame.columns else pl.lit(None, pl.String).alias("cell")
    found = frame.lazy().filter(bad).select("row", "file", column, cell).collect()
    for row, file, text, spot in found.head(_MOST_FAULTS).iter_rows():
        yield make(Place(file, row=row, column=column, cell=spot), text)
    if len(found) > _MOST_FAULTS:
        yield Fault("registry.more_rows", Place(column=column), {"count": len(found) - _MOST_FAULTS})


def _too_long(frame: pl.DataFrame, breakdowns: list[str]) -> Iterator[Fault]:
    """Texts that are longer than anybody needs, and than an index can hold; names of columns with control characters."""
    for name in (*_LONGEST, *breakdowns):
        if name in frame.columns:
            most = _LONGEST.get(name, _LONGEST_WORD)
            yield from _faulty(
                frame,
                pl.col(name).cast(pl.String).str.len_chars() > most,
                name,
                partial(_long, most),
            )
    for name in breakdowns:
        if len(name) > _LONGEST_WORD:
            place = Place(column=f"{name[:20]}…")
            yield Fault("registry.text_length", place, {"length": len(name), "most": _LONGEST_WORD})
        if re.search(_CONTROL, name):
            yield Fault("registry.control_character", Place(column=re.sub(_CONTROL, "�", name)))


def _long(most: int, place: Place, text: str) -> Fault:
    return Fault("registry.text_length", place, {"length": len(text), "most": most})


def _elsewhere(frame: pl.DataFrame, reporter: str, tree: DivisionTree) -> Iterator[Fault]:
    others = [code for code in frame["division"].unique() if reporter not in (code, *tree.lineage(code))]
    if others:
        yield from _faulty(
            frame,
            pl.col("division").is_in(others),
            "division",
            lambda place, code: Fault("registry.elsewhere", place, {"division": code, "reporter": reporter}),
        )


def _months(frame: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """The first and last month of each measure's periods: a statistical year may begin in October."""
    rows = []
    for measure, text in frame.select("measure", "period").unique().iter_rows():
        period = Period.parse(text, catalogue.measures[measure].year_starts)
        rows.append((measure, text, period.first_month, period.last_month))
    schema = {"measure": pl.String, "period": pl.String, "first_month": pl.Int64, "last_month": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_other_periods(frame: pl.DataFrame, told: str, catalogue: Catalogue) -> Iterator[Fault]:
    others = []
    for measure, text in frame.select("measure", "period").unique().iter_rows():
        starts = catalogue.measures[measure].year_starts
        own, whole = Period.parse(text, starts), Period.parse(told, starts)
        if not (own.contains(whole) or whole.contains(own)):
            others.append({"measure": measure, "period": text})
    if others:
        bad = pl.struct("measure", "period").is_in(others)
        yield from _faulty(
            frame,
            bad,
            "period",
            lambda place, text: Fault("registry.other_period", place, {"given": text, "period": told}),
        )


def _unstorable(frame: pl.DataFrame) -> Iterator[Fault]:
    checked = {name for name, kind in frame.schema.items() if kind == pl.String} - _CLEAN
    for name in frame.columns:
        if name in checked:
            yield from _faulty(
                frame,
                pl.col(name).str.contains(_CONTROL),
                name,
                lambda place, _: Fault("registry.control_character", place),
            )


def _breakdowns(frame: pl.DataFrame, names: list[str]) -> pl.Series:
    """The columns beside the standard ones, as JSON; what is empty is the total and says nothing."""
    if not names:
        return pl.Series("breakdown", ["{}"]).new_from_index(0, len(frame))
    kinds = frame.select(names).unique()
    texts = [canonical({name: cell for name, cell in row.items() if cell}) for row in kinds.iter_rows(named=True)]
    told = kinds.with_columns(pl.Series("breakdown", texts, dtype=pl.String))
    joined = frame.select(names).join(told, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined["breakdown"]
