"""Receipts: what a set of figures was computed from, so that anyone can compute it again.

A receipt is four digests. The facts' digest is taken over the sums by key in a canonical order,
so neither the order of rows nor the engine that summed them matters.
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

from libminsheng.engine.question import Question
from libminsheng.engine.sums import Sums
from libminsheng.errors import Fault, ReceiptError
from libminsheng.version import __version__

__all__ = ["Receipt", "receipt_of"]

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


def receipt_of(question: Question, sums: Sums) -> Receipt:
    """The receipt of a question's figures over these sums."""
    catalogue = question.catalogue
    editions = [
        edition
        for code, chosen in question.indicators
        for edition in ([chosen] if chosen else catalogue.editions(code))
    ]
    definitions = sorted(f"{edition.key} {catalogue.digest_of(edition)}" for edition in editions)
    options = json.dumps(question.options(), ensure_ascii=False, sort_keys=True)
    return Receipt(_facts(question, sums), _sha("\n".join(definitions)), _sha(options), question.tree.digest())


def _facts(question: Question, sums: Sums) -> str:
    """One line for each key with its sum in the measure's smallest unit, sorted."""
    families = [
        "\t".join([f.measure, f.scenario, f.issuer or "", str(question.catalogue.measures[f.measure].decimals)])
        for f in sums.families
    ]
    cells = [
        "\t".join(f"{column}={value}" for column, value in zip(sums.columns, cell, strict=True) if value is not None)
        for cell in sums.cells
    ]
    texts = pl.DataFrame(
        {
            "family": _gathered(families, sums.family),
            "division": _gathered(sums.divisions, sums.division),
            "period": _gathered([str(period) for period in sums.periods], sums.period),
            "basis": _gathered(["period", "year_to_date"], sums.cumulative.astype(np.int64)),
            "cell": _gathered(cells, sums.cell),
            "total": pl.Series([str(total) for total in sums.total.tolist()], dtype=pl.String)
            if sums.total.dtype == object
            else pl.Series(sums.total).cast(pl.String),
            "estimated": _gathered(["", "approximate"], sums.estimated.astype(np.int64)),
        }
    )
    lines = texts.select(pl.concat_str(texts.columns, separator="\t").sort()).to_series()
    digest = hashlib.sha256()
    for start in range(0, len(lines), 100_000):
        digest.update("\n".join([*lines[start : start + 100_000].to_list(), ""]).encode())
    return digest.hexdigest()


def _gathered(texts: Any, numbers: Any) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String).gather(numbers)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
