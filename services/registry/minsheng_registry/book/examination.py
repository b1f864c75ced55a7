"""The library's checks on what is to be submitted: errors block it, warnings need a remark."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, select

from libminsheng.checks.check import check
from libminsheng.checks.finding import Finding, Findings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Fault, Place
from libminsheng.facts import Facts
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.book.canonical import canonical, digest, read_json
from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.book.privacy import in_text
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.book.sent import Sent
from minsheng_registry.book.submissions import Submission, get, held, move
from minsheng_registry.storage.tables import batches, facts

__all__ = ["Blocked", "Examined", "examine", "finding_key", "look", "submit"]


class Blocked(Unusable):
    """What was found stands in the way: an error, or a warning without remark. `findings` has all of them."""

    def __init__(self, findings: Findings, *faults: Fault) -> None:
        super().__init__(*faults)
        self.findings: Final = findings


@dataclass(frozen=True, slots=True)
class Examined:
    """What the checks saw in one version of a submission."""

    id: str
    version: int
    findings: Findings


def finding_key(finding: Finding) -> str:
    """What a remark names a finding by: the same finding on the same facts has the same key."""
    where = {name: value for name, value in finding.where.items() if name in ("division", "period", "measure", "by")}
    said = [finding.code, finding.rule, {**where, "row": finding.where.get("row")}, finding.arithmetic, finding.seen]
    return digest(said)[:12]


def examine(
    connection: Connection, submission: str, catalogue: Catalogue, tree: DivisionTree, roots: Roots = EVERYWHERE
) -> Examined:
    """Check a submission's facts. It only reads and may take long, so it is no part of the transaction that submits.

    Rows of findings count the submission's facts from 1, in the order in which they were sent.

    Raises
    ------
    NotFound
        If there is none.
    """
    present = get(connection, submission, roots)
    return Examined(
        submission,
        present.version,
        check(_stored(connection, present.batch, catalogue), catalogue=catalogue, tree=tree),
    )


def look(given: Sent, catalogue: Catalogue, tree: DivisionTree) -> Findings:
    """What the checks see in facts that have not been kept; a remark would name each finding by the same key."""
    rows = given.frame.with_columns(pl.col("value").cast(pl.Int128)).to_dicts()
    return check(_facts(rows, catalogue), catalogue=catalogue, tree=tree)


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


def _stored(connection: Connection, batch: int, catalogue: Catalogue) -> Facts:
    """A batch as the library reads facts: decimals, and a column for each breakdown."""
    columns = [
        column for column in facts.columns if column.name not in ("batch", "first_month", "last_month", "revision_to")
    ]
    asked = select(*columns).where(facts.c.batch == batch).order_by(facts.c.line)
    return _facts([dict(row) for row in connection.execute(asked).mappings()], catalogue)


def _facts(rows: list[dict[str, Any]], catalogue: Catalogue) -> Facts:
    names = dict.fromkeys(name for text in {row["breakdown"] for row in rows} for name in read_json(text))
    columns_of: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in ("division", "period", "measure")}
    for name in ("scenario", "basis", "project", "issuer", "source", "note", "reported"):
        columns_of[name] = [row[name] or None for row in rows]
    frame = pl.DataFrame(columns_of, schema=dict.fromkeys(columns_of, pl.String))
    texts = [_decimal(row["value"], catalogue.measures[row["measure"]].decimals) for row in rows]
    scale = max((len(text.partition(".")[2]) for text in texts), default=0)
    breakdowns = [read_json(row["breakdown"]) for row in rows]
    told = [pl.Series(name, [one.get(name) for one in breakdowns], dtype=pl.String) for name in names]
    return Facts(
        frame.with_columns(
            pl.Series("value", texts, dtype=pl.String).cast(pl.Decimal(38, scale)),
            pl.Series("approximate", [row["approximate"] for row in rows], dtype=pl.Boolean),
            pl.Series("row", [row["line"] + 1 for row in rows], dtype=pl.UInt32),
            pl.lit(None, pl.String).alias("unit"),
            pl.lit("").alias("file"),
            *told,
        )
    )


def _decimal(value: int, decimals: int) -> str:
    """A whole number of the smallest unit as a decimal without closing zeros.

    >>> _decimal(-1250, 2), _decimal(7, 3), _decimal(100, 0)
    ('-12.5', '0.007', '100')
    """
    if not decimals:
        return str(value)
    digits = str(abs(value)).zfill(decimals + 1)
    text = f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text
