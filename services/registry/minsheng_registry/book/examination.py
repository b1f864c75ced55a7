"""The library's checks on what is to be submitted: errors block it, warnings need a remark."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, select

from libminsheng.checks.check import Progress, check
from libminsheng.checks.finding import Finding, Findings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book.canonical import canonical, digest
from minsheng_registry.book.compared import EARLIER, MOST, as_facts, earlier, of_batch, of_sent
from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.book.privacy import in_text
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.book.sent import Sent
from minsheng_registry.book.submissions import Submission, get, held, move
from minsheng_registry.storage.tables import batches

__all__ = ["Blocked", "Examined", "examine", "finding_key", "look", "submit"]


class Blocked(Unusable):
    """What was found stands in the way: an error, or a warning without remark. `findings` has all of them."""

    def __init__(self, findings: Findings, *faults: Fault) -> None:
        super().__init__(*faults)
        self.findings: Final = findings


@dataclass(frozen=True, slots=True)
class Examined:
    """What the checks saw in one version of a submission, beside so many `earlier` facts."""

    id: str
    version: int
    findings: Findings
    earlier: int = 0


def finding_key(finding: Finding) -> str:
    """What a remark names a finding by: the same finding on the same facts has the same key."""
    where = {name: value for name, value in finding.where.items() if name in ("division", "period", "measure", "by")}
    said = [finding.code, finding.rule, {**where, "row": finding.where.get("row")}, finding.arithmetic, finding.seen]
    return digest(said)[:12]


def examine(
    connection: Connection,
    submission: str,
    catalogue: Catalogue,
    tree: DivisionTree,
    roots: Roots = EVERYWHERE,
    *,
    most_earlier: int = MOST,
    progress: Progress | None = None,
) -> Examined:
    """Check a submission's facts beside the earlier ones that they have to be compared with (`compared`).

    It only reads and may take long, so it is no part of the transaction that submits. Rows of findings count the
    submission's facts from 1, in the order in which they were sent; what concerns earlier facts alone is left out.
    `progress` is called after each check, and may stop them.

    Raises
    ------
    NotFound
        If there is none.
    """
    present = get(connection, submission, roots)
    own = of_batch(connection, present.batch)
    others = earlier(connection, own, present.division, submission, roots=roots, most=most_earlier)
    return Examined(submission, present.version, _found(own, others, catalogue, tree, progress), len(others))


def look(
    connection: Connection,
    given: Sent,
    catalogue: Catalogue,
    tree: DivisionTree,
    *,
    roots: Roots = EVERYWHERE,
    replaces: str = "",
    most_earlier: int = MOST,
    progress: Progress | None = None,
) -> Findings:
    """What the checks see in facts that have not been kept; a remark would name each finding by the same key.

    `replaces` is the submission whose facts they are to replace.
    """
    own = of_sent(given)
    others = earlier(connection, own, given.division, replaces, roots=roots, most=most_earlier)
    return _found(own, others, catalogue, tree, progress)


def _found(
    own: pl.DataFrame, others: pl.DataFrame, catalogue: Catalogue, tree: DivisionTree, progress: Progress | None
) -> Findings:
    """What is found of a submission's facts beside the earlier ones; what these show by themselves is not its matter."""
    found = check(as_facts(own, others, catalogue), catalogue=catalogue, tree=tree, progress=progress)
    if others.is_empty() or not found:
        return found
    keys = set(own.select("division", "period", "measure").unique().iter_rows())
    mine, rest = list[Finding](), list[Finding]()
    for finding in map(_without_rows, found):
        (mine if any(_is_of(place, keys) for place in (finding.where, *finding.beside)) else rest).append(finding)
    near = [finding for finding in rest if _touches(finding, own, tree)]
    if near:
        alone = check(as_facts(own.clear(), others, catalogue), catalogue=catalogue, tree=tree, progress=progress)
        known = {_seen_where(one) for one in alone}
        mine += [finding for finding in near if _seen_where(finding) not in known]
    return Findings(mine, found.notes)


def _seen_where(finding: Finding) -> str:
    """What was seen where; the arithmetic may take in more with every fact."""
    return canonical([finding.code, *(finding.where.get(name) for name in ("division", "period", "measure", "by"))])


def _without_rows(finding: Finding) -> Finding:
    """The finding without the rows of earlier facts, which are nobody's."""
    return replace(finding, where=_place(finding.where), beside=tuple(map(_place, finding.beside)))


def _place(where: Mapping[str, Any]) -> Mapping[str, Any]:
    if where.get("file") != EARLIER:
        return where
    return {name: value for name, value in where.items() if name not in ("file", "row")}


def _is_of(place: Mapping[str, Any], keys: set[tuple[str, str, str]]) -> bool:
    return (place.get("division"), place.get("period"), place.get("measure")) in keys


def _touches(finding: Finding, own: pl.DataFrame, tree: DivisionTree) -> bool:
    """Whether a submission's facts may have brought about what is found elsewhere: of the same measure, in the same
    division or one above or below it, in the months of a fact or the year after it.
    """
    where = finding.where
    division, period, measure = where.get("division"), where.get("period"), where.get("measure")
    if not (division and period):
        return False
    months = Period.parse(period)
    near = own if measure is None else own.filter(pl.col("measure") == measure)
    near = near.filter(pl.col("first_month") <= months.last_month, pl.col("last_month") >= months.first_month - 12)
    others = near["division"].unique().to_list()
    return any(division == one or division in tree.lineage(one) or one in tree.lineage(division) for one in others)


def submit(
    connection: Connection,
    examined: Examined,
    remarks: Mapping[str, str],
    *,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Hand in a draft, or again what was returned, with a remark on each warning by its `finding_key`.

    Raises
    ------
    NotFound
    Stale
        If the submission was changed after it was examined.
    Conflict
        If it is neither a draft nor returned, or its facts were accepted already.
    Blocked
        For each error, and each warning that has no remark.
    Unusable
        For remarks on findings that there are not, and for what names a person in one.
    """
    present = held(connection, examined.id, examined.version, "submit", "draft", "returned", roots=roots)
    if connection.scalar(select(batches.c.revision).where(batches.c.id == present.batch)) is not None:
        raise Conflict(Fault("registry.nothing_new", values={"id": present.id}))
    keyed = {finding_key(finding): finding for finding in examined.findings}
    unknown = [key for key in remarks if key not in keyed]
    if unknown:
        raise Unusable(*(Fault("registry.no_finding", Place(item=f"remarks.{key}"), {"key": key}) for key in unknown))
    personal = [fault for key, text in remarks.items() for fault in in_text(text, Place(item=f"remarks.{key}"))]
    if personal:
        raise Unusable(*personal)
    faults = [_fault(key, finding) for key, finding in keyed.items() if _blocks(finding, remarks.get(key, ""))]
    if faults:
        raise Blocked(examined.findings, *faults)
    kept = [{**finding.as_dict(), "key": key} for key, finding in keyed.items()]
    told = {key: text.strip() for key, text in remarks.items() if text.strip()}
    return move(
        connection,
        present,
        "submit",
        "submitted",
        by=by,
        at=at,
        findings=canonical(kept),
        remarks=canonical(told),
        submitted_by=by,
    )


def _blocks(finding: Finding, remark: str) -> bool:
    return finding.severity == "error" or (finding.severity == "warning" and not remark.strip())


def _fault(key: str, finding: Finding) -> Fault:
    name = "finding_error" if finding.severity == "error" else "finding_unremarked"
    values = {"key": key, "finding": finding.code, "arithmetic": finding.arithmetic or finding.seen}
    return Fault(f"registry.{name}", Place(row=finding.where.get("row"), item=finding.where.get("division")), values)
