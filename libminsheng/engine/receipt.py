"""Receipts: what a set of figures was computed from, so that anyone can compute it again.

A receipt is four digests. The facts' digest is taken over the sums by key in a canonical order,
so neither the order of rows nor the engine that summed them matters. It is folded: the sums of one
measure and division have a digest, these of all divisions give the measure's, and those of all
measures the facts'. So whoever keeps sums computes anew only what a correction touched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.engine.question import Question
from libminsheng.engine.sums import Sums
from libminsheng.errors import Fault, ReceiptError
from libminsheng.version import __version__

__all__ = ["Receipt", "division_digests", "fold", "measure_digest", "measure_digests", "receipt_of"]

_PARTS = ("facts", "definitions", "options", "tree")


@dataclass(frozen=True)
class Receipt:
    """Digests (SHA-256, hexadecimal) of facts, definitions, options and tree.

    Two receipts are equal if their digests are; the library's version is kept for the reader.

    >>> Receipt("a", "b", "c", "d", "0.1.0") == Receipt("a", "b", "c", "d", "0.2.0")
    True
    """

    facts: str
    definitions: str
    options: str
    tree: str
    version: str = field(compare=False, default=__version__)

    @cached_property
    def digest(self) -> str:
        """One digest over the four."""
        return _sha("\n".join(getattr(self, part) for part in _PARTS))

    def as_dict(self) -> dict[str, str]:
        """The receipt as JSON carries it."""
        return {part: getattr(self, part) for part in _PARTS} | {"version": self.version, "digest": self.digest}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Receipt:
        """Read a receipt back.

        Raises
        ------
        ReceiptError
            If a digest is missing or the joint digest does not fit the others.
        """
        missing = [part for part in _PARTS if not isinstance(given.get(part), str)]
        if missing:
            raise ReceiptError(*(Fault("engine.receipt_part", values={"part": part}) for part in missing))
        receipt = cls(**{part: given[part] for part in _PARTS}, version=str(given.get("version", "")))
        if given.get("digest", receipt.digest) != receipt.digest:
            raise ReceiptError(Fault("engine.receipt_digest"))
        return receipt


def receipt_of(question: Question, facts: Mapping[str, str]) -> Receipt:
    """The receipt of a question's figures over facts, each measure's by its digest."""
    catalogue = question.catalogue
    editions = [
        edition
        for code, chosen in question.indicators
        for edition in ([chosen] if chosen else catalogue.editions(code))
    ]
    definitions = sorted(f"{edition.key} {catalogue.digest_of(edition)}" for edition in editions)
    options = json.dumps(question.options(), ensure_ascii=False, sort_keys=True)
    return Receipt(fold(facts), _sha("\n".join(definitions)), _sha(options), question.tree.digest())


def fold(digests: Mapping[str, str]) -> str:
    """One digest over named ones, whatever their order."""
    return _sha("".join(f"{name}\t{digest}\n" for name, digest in sorted(digests.items())))


def measure_digests(sums: Sums, catalogue: Catalogue) -> dict[str, str]:
    """The digest of all sums of each measure that has some."""
    found = division_digests(sums)
    return {measure: measure_digest(catalogue.measures[measure], digests) for measure, digests in found.items()}


def measure_digest(measure: Measure, digests: Mapping[str, str]) -> str:
    """The digest of a measure's sums from those of each division."""
    return _sha(f"{measure.decimals}\n{fold(digests)}")


def division_digests(sums: Sums) -> dict[str, dict[str, str]]:
    """For each measure and division the digest of a line for each of its keys with the sum in the smallest unit, sorted."""
    families = ["\t".join([family.scenario, family.issuer or ""]) for family in sums.families]
    cells = [
        "\t".join(f"{column}={value}" for column, value in zip(sums.columns, cell, strict=True) if value is not None)
        for cell in sums.cells
    ]
    texts = [
        _gathered(families, sums.family),
        _gathered([str(period) for period in sums.periods], sums.period),
        _gathered(["period", "year_to_date"], sums.cumulative.astype(np.int64)),
        _gathered(cells, sums.cell),
        pl.Series([str(total) for total in sums.total.tolist()], dtype=pl.String)
        if sums.total.dtype == object
        else pl.Series(sums.total).cast(pl.String),
        _gathered(["", "approximate"], sums.estimated.astype(np.int64)),
    ]
    named = pl.DataFrame({str(number): column for number, column in enumerate(texts)})
    measures = sorted({family.measure for family in sums.families})
    number = np.array([measures.index(family.measure) for family in sums.families], np.int64)
    grouped = (
        named.select(pl.concat_str(named.columns, separator="\t").alias("line"))
        .with_columns(pl.Series("measure", number[sums.family]), pl.Series("division", sums.division))
        .group_by("measure", "division")
        .agg(pl.col("line").sort().str.join("\n"))
    )
    digests: dict[str, dict[str, str]] = {}
    for measure, division, lines in grouped.iter_rows():
        digests.setdefault(measures[measure], {})[sums.divisions[division]] = _sha(lines)
    return digests


def _gathered(texts: Any, numbers: Any) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String).gather(numbers)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
