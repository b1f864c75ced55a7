"""The sums of each measure of a view, made when they are asked for and kept until a change touches the measure."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.engine.figures import exact_decimal
from libminsheng.engine.grouping import distinct
from libminsheng.engine.receipt import Folded, division_digests
from libminsheng.engine.rows import Numbered, Rows
from libminsheng.engine.sums import BASES, Sums, sum_rows
from minsheng_indicators.copy.ledger import Ledger
from minsheng_indicators.copy.versions import Rows as Where

__all__ = ["ViewParts"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Column:
    """A key column: numbers, and the texts that they stand for."""

    codes: npt.NDArray[Any]
    words: Sequence[str]


class ViewParts:
    """The parts of one view at a revision.

    Parameters
    ----------
    inside
        The divisions of the view, by number; None is all.
    columns
        The breakdowns that facts of the view have, the project first.
    before, touched
        The parts that these follow, and by measure the divisions whose facts are others now.
    """

    def __init__(
        self,
        ledger: Ledger,
        inside: Bools | None,
        revision: int,
        columns: tuple[str, ...],
        *,
        public: bool,
        before: ViewParts | None = None,
        touched: Mapping[str, set[int]] | None = None,
    ) -> None:
        self._ledger, self._inside, self._revision, self._public = ledger, inside, revision, public
        self._columns = columns
        self._lock = threading.RLock()
        self._sums: dict[str, Sums] = {}
        self._folded: dict[str, Folded] = {}
        self._digests: dict[str, str] = {}
        self._stale: dict[str, tuple[Folded, set[int]]] = {}
        if before is not None:
            self._take_over(before, touched or {})

    def _take_over(self, before: ViewParts, touched: Mapping[str, set[int]]) -> None:
        sums, digests, folded = dict(before._sums), dict(before._digests), dict(before._folded)
        self._sums = {code: known for code, known in sums.items() if code not in touched}
        self._digests = {code: known for code, known in digests.items() if code not in touched and code in folded}
        self._folded = {code: known for code, known in folded.items() if code not in touched}
        self._stale = {code: known for code, known in dict(before._stale).items() if code not in folded}
        for code, divisions in touched.items():
            if code in folded:
                self._stale[code] = folded[code], divisions
            elif code in self._stale:
                known, more = self._stale[code]
                self._stale[code] = known, more | divisions

    def sums(self, measure: str) -> Sums:
        """The sums of one measure, with the columns of the view."""
        with self._lock:
            if measure not in self._sums:
                self._sums[measure] = self._summed(measure, self._where(measure))
            return self._sums[measure]

    def few(self, measure: str, codes: frozenset[str]) -> Sums:
        """The sums of one measure and of some divisions only, by the codes that they have now."""
        return self._summed(measure, self._where(measure, self._ledger.numbers(codes)))

    def digest(self, measure: str) -> str:
        """The digest of a measure's sums, of which only the divisions that a change touched are computed anew."""
        with self._lock:
            if measure not in self._digests:
                known = self._folded[measure] = self._by_division(measure)
                self._digests[measure] = known.digest(self._ledger.catalogue.measures[measure])
            return self._digests[measure]

    def _by_division(self, measure: str) -> Folded:
        if measure not in self._stale:
            return Folded.of(division_digests(self.sums(measure)).get(measure, {}))
        known, touched = self._stale.pop(measure)
        current = self._ledger.codes()
        codes = frozenset(current[division] for division in touched)
        sums = self.few(measure, codes)
        fresh = division_digests(sums).get(measure, {}) if len(sums) else {}
        return known.replaced(codes, fresh)

    def _where(self, measure: str, divisions: Iterable[int] | None = None) -> Where:
        versions, number, inside = self._ledger.versions, self._ledger.words.measures.number(measure), self._inside
        if divisions is None:
            rows = versions.rows(inside, number)
        else:
            mine = (one for one in divisions if inside is None or (one < len(inside) and inside[one]))
            rows = versions.of(number, mine)
        return versions.standing(rows, self._revision, public=self._public)

    def _summed(self, measure: str, where: Where) -> Sums:
        keys = {name: Numbered(column.codes, column.words) for name, column in self._keys(measure, where).items()}
        marks = self._ledger.versions.column("approximate", where)
        rows = Rows(keys, self._ledger.versions.values(where), None, marks if marks.any() else None)
        return sum_rows(rows, self._ledger.catalogue, self._ledger.tree)

    def _keys(self, measure: str, where: Where) -> dict[str, _Column]:
        versions, words = self._ledger.versions, self._ledger.words
        known, family = distinct(versions.column("family", where))
        families = [words.families[number] for number in known.tolist()]
        keys = {
            "division": _Column(versions.column("division", where), words.divisions.all),
            "period": _Column(versions.column("period", where), words.periods.all),
            "measure": _Column(np.zeros(len(family), np.int32), [measure]),
            "scenario": _gathered([scenario for _, scenario, _ in families], family),
            "basis": _Column(versions.column("basis", where), BASES),
            "issuer": _gathered([issuer for *_, issuer in families], family),
        }
        if self._columns:
            known, cell = distinct(versions.column("cell", where))
            numbers = known.tolist()
            cells = [{**dict(parts), "project": project} for project, parts in map(words.cells.__getitem__, numbers)]
            for name in self._columns:
                keys[name] = _gathered([one.get(name, "") for one in cells], cell)
        return keys

    def frame(self, measure: str, scale: int) -> pl.DataFrame:
        """The facts of one measure as a frame, their values as decimals of a scale."""
        where = self._where(measure)
        values, less = self._ledger.versions.values(where), self._ledger.catalogue.measures[measure].decimals
        if values.dtype == object:
            texts = [f"{exact_decimal(value, less):f}" for value in values.tolist()]
            value = pl.Series(texts, dtype=pl.String).cast(pl.Decimal(38, scale))
        else:
            value = pl.Series(values).cast(pl.Decimal(38, scale)) / 10**less
        columns = {}
        for name, column in self._keys(measure, where).items():
            known, codes = distinct(column.codes)
            columns[name] = pl.Series([column.words[code] or None for code in known.tolist()], dtype=pl.String).gather(
                codes
            )
        marks = pl.Series("approximate", self._ledger.versions.column("approximate", where))
        return pl.DataFrame(columns).with_columns(value.alias("value"), marks).select(list(self.schema(scale)))

    def schema(self, scale: int = 0) -> dict[str, Any]:
        """The columns of `frame`."""
        texts = ("division", "period", "measure", "scenario", "basis", "issuer", *self._columns)
        return {**dict.fromkeys(texts, pl.String), "value": pl.Decimal(38, scale), "approximate": pl.Boolean}


def _gathered(texts: Sequence[str], codes: npt.NDArray[Any]) -> _Column:
    """Texts that may be alike, by the numbers of the different ones."""
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(text, len(known)) for text in texts], np.int32)
    return _Column(numbers[codes], list(known))
