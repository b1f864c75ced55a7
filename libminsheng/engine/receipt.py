"""Receipts: what a set of figures was computed from, so that anyone can compute it again.

A receipt is four digests. The facts' digest is taken over the sums by key in a canonical order,
so neither the order of rows nor the engine that summed them matters. It is folded: the sums of one
measure and division have a digest, those of a group of divisions give the group's, those of all
groups the measure's, and those of all measures the facts'. So whoever keeps sums computes anew only
what a correction touched.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.formula import Call, Name, walk
from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.engine.grouping import distinct
from libminsheng.engine.question import Question
from libminsheng.engine.sums import Sums
from libminsheng.errors import Fault, ReceiptError
from libminsheng.version import __version__

__all__ = ["Folded", "Receipt", "division_digests", "fold", "measure_digests", "receipt_of"]

_PARTS = ("facts", "definitions", "options", "tree")

_GROUPS: Final = 256
"""Groups of divisions, by their codes: a correction folds its own group and the groups, never all divisions."""


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

    def beyond(self, definitions: Sequence[str], options: Mapping[str, Any]) -> Receipt:
        """The receipt of what was made of figures by definitions, each with its digest, and options of its own.

        >>> plain = Receipt("a", "b", "c", "d")
        >>> plain.beyond([], {}) == plain, plain.beyond([], {"ties": "exact"}) == plain
        (True, False)
        """
        return replace(
            self,
            definitions=_sha("\n".join([self.definitions, *sorted(definitions)])) if definitions else self.definitions,
            options=_sha(f"{self.options}\n{_json(options)}") if options else self.options,
        )

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


def receipt_of(question: Question, facts: Mapping[str, str], tops: tuple[str, ...] = ()) -> Receipt:
    """The receipt of a question's figures over facts, each measure's by its digest.

    Where nothing above some `tops` was known, that is one of the options, if it decides anything.
    """
    catalogue = question.catalogue
    editions = [
        edition
        for code, chosen in question.indicators
        for edition in ([chosen] if chosen else catalogue.editions(code))
    ]
    definitions = sorted(f"{edition.key} {catalogue.digest_of(edition)}" for edition in editions)
    told = question.options() | ({"tops": sorted(tops)} if tops and _look_above(editions, catalogue) else {})
    return Receipt(fold(facts), _sha("\n".join(definitions)), _sha(_json(told)), question.tree.digest())


def _look_above(indicators: Iterable[Indicator], catalogue: Catalogue) -> bool:
    """Whether figures depend on more than what lies at and below their divisions."""
    return any(
        (isinstance(node, Call) and node.function == "share")
        or (isinstance(node, Name) and _look_above(catalogue.editions(node.code), catalogue))
        for one in indicators
        for node in walk(one.tree)
    )


def measures_asked(question: Question) -> set[str]:
    """The measures that the indicators asked for use, in whichever edition may govern."""
    catalogue = question.catalogue
    editions = [
        edition
        for code, chosen in question.indicators
        for edition in ([chosen] if chosen else catalogue.editions(code))
    ]
    return {measure.code for measure in catalogue.measures_of(*editions)}


def fold(digests: Mapping[str, str]) -> str:
    """One digest over named ones, whatever their order."""
    return _sha("".join(f"{name}\t{digest}\n" for name, digest in sorted(digests.items())))


def measure_digests(sums: Sums, catalogue: Catalogue) -> dict[str, str]:
    """The digest of all sums of each measure that has some."""
    found = division_digests(sums)
    return {measure: Folded.of(digests).digest(catalogue.measures[measure]) for measure, digests in found.items()}


@dataclass(frozen=True)
class Folded:
    """The digests of a measure's sums, each division's in its group, and the digest of each group.

    >>> known = Folded.of({"340102": "a", "340103": "b"})
    >>> known.replaced(["340103"], {"340103": "c"}) == Folded.of({"340102": "a", "340103": "c"})
    True
    """

    groups: Mapping[str, Mapping[str, str]]
    digests: Mapping[str, str]

    @classmethod
    def of(cls, digests: Mapping[str, str]) -> Folded:
        """Fold the digests of divisions, by their codes."""
        groups: dict[str, dict[str, str]] = {}
        for code, digest in digests.items():
            groups.setdefault(_group(code), {})[code] = digest
        return cls(groups, {name: fold(group) for name, group in groups.items()})

    def replaced(self, codes: Iterable[str], fresh: Mapping[str, str]) -> Folded:
        """The same with other digests for these divisions; those that are not in `fresh` have no sums any more."""
        groups, digests = dict(self.groups), dict(self.digests)
        touched: dict[str, dict[str, str]] = {}
        for code in codes:
            name = _group(code)
            group = touched.setdefault(name, dict(groups.get(name, {})))
            group.pop(code, None)
            if code in fresh:
                group[code] = fresh[code]
        for name, group in touched.items():
            groups[name], digests[name] = group, fold(group)
            if not group:
                del groups[name], digests[name]
        return Folded(groups, digests)

    def digest(self, measure: Measure) -> str:
        """The digest of all sums of the measure."""
        return _sha(f"{measure.decimals}\n{fold(self.digests)}")


def _group(code: str) -> str:
    return f"{zlib.crc32(code.encode()) % _GROUPS:02x}"


def division_digests(sums: Sums) -> dict[str, dict[str, str]]:
    """For each measure and division the digest of a line for each of its keys with the sum in the smallest unit, sorted."""
    keys, key = _keys(sums)
    measures = sorted({family.measure for family in sums.families})
    number = np.array([measures.index(family.measure) for family in sums.families], np.int64)[sums.family]
    group = number * len(sums.divisions) + sums.division
    order = _order(group * len(keys) + key, len(measures) * len(sums.divisions) * len(keys))
    lines = pl.select(
        pl.concat_str(
            pl.Series(keys, dtype=pl.String).gather(key[order]),
            _totals(sums.total[order]),
            pl.Series(["", "approximate"]).gather(sums.estimated[order].astype(np.int64)),
            separator="\t",
        )
    ).to_series()
    group = group[order]
    if not _sorts_by_key(sums, group, key[order]):
        ordered = pl.DataFrame({"group": group, "line": lines}).sort("group", "line")
        group, lines = ordered["group"].to_numpy(), ordered["line"]
    text = memoryview((lines.str.join("\n").item() or "").encode())
    ends = np.cumsum(lines.str.len_bytes().to_numpy().astype(np.int64) + 1)
    last = np.append(np.flatnonzero(np.diff(group)), len(group) - 1) if len(group) else np.zeros(0, np.int64)
    bounds = [0, *ends[last].tolist()]
    found = [hashlib.sha256(text[start : end - 1]).hexdigest() for start, end in pairwise(bounds)]
    digests: dict[str, dict[str, str]] = {}
    for one, digest in zip(group[last].tolist(), found, strict=True):
        measure, division = divmod(one, len(sums.divisions))
        digests.setdefault(measures[measure], {})[sums.divisions[division]] = digest
    return digests


def _keys(sums: Sums) -> tuple[list[str], npt.NDArray[np.int64]]:
    """What the lines of all measures and divisions begin with, sorted, and with which of them each key's does."""
    cells = [
        "\t".join(f"{column}={value}" for column, value in zip(sums.columns, cell, strict=True) if value is not None)
        for cell in sums.cells
    ]
    parts: list[tuple[Sequence[str], npt.NDArray[Any]]] = [
        (["\t".join([family.scenario, family.issuer or ""]) for family in sums.families], sums.family),
        ([str(period) for period in sums.periods], sums.period),
        (["period", "year_to_date"], sums.cumulative.astype(np.int64)),
        (cells, sums.cell),
    ]
    texts, numbers = [""], np.zeros(len(sums), np.int64)
    for known, own in parts:
        same = {text: at for at, text in enumerate(dict.fromkeys(known))}
        joint, numbers = distinct(numbers * len(same) + np.array([same[text] for text in known], np.int64)[own])
        words = list(same)
        texts = [f"{texts[at // len(same)]}{words[at % len(same)]}\t" for at in joint.tolist()]
    ranked = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), np.int64)
    rank[ranked] = np.arange(len(texts))
    return [texts[at][:-1] for at in ranked], rank[numbers]


def _order(keys: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """Where each number, all of them below `size`, stands, from the least on."""
    if size <= 4 * len(keys) + (1 << 16):
        at = np.full(size, -1, np.int64)
        at[keys] = np.arange(len(keys))
        order = at[at >= 0]
        if len(order) == len(keys):
            return order
    return np.argsort(keys)


def _sorts_by_key(sums: Sums, group: npt.NDArray[Any], key: npt.NDArray[Any]) -> bool:
    """Whether lines that follow each other by their keys are sorted.

    They are not where two keys look alike, or where a text has a sign that sorts before the tab behind it.
    """
    said = [*sums.columns, *(value or "" for cell in sums.cells for value in cell)]
    said += [family.issuer or "" for family in sums.families]
    alike = (group[1:] == group[:-1]) & (key[1:] == key[:-1])
    return not alike.any() and all(text.isprintable() for text in said)


def _totals(totals: npt.NDArray[Any]) -> pl.Series:
    if totals.dtype == object:
        return pl.Series([str(total) for total in totals.tolist()], dtype=pl.String)
    return pl.Series(totals).cast(pl.String)


def _json(options: Mapping[str, Any]) -> str:
    return json.dumps(options, ensure_ascii=False, sort_keys=True)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
