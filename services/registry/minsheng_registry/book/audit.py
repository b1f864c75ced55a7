"""The audit: who did what, when, from where, and whether it was done or refused; chained by hashes.

Every entry's hash covers its own fields and the hash before it. An entry that was changed, removed or put in
breaks the chain at its place; one that is missing at the end differs from the head. Whoever can rewrite the
whole table can also rewrite the head, so keep `head` elsewhere now and then.

Entries are kept six calendar months at least (网络安全法（2025修正）第二十三条). What is older may be pruned; the
chain then begins at a noted hash, and the pruning is an entry itself.
"""

from __future__ import annotations

import calendar
import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Connection, delete, insert, select, update

from libminsheng.errors import Fault
from minsheng_registry.book.canonical import canonical
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.storage.tables import audit, audit_head

__all__ = [
    "ALGORITHMS",
    "MONTHS_KEPT",
    "Broken",
    "Entry",
    "Head",
    "Outcome",
    "head",
    "months_before",
    "prunable",
    "prune",
    "record",
    "verify",
    "walk",
]

Outcome = Literal["done", "refused", "failed"]
ALGORITHMS: Final = ("sha256", "sm3")
"""SM3 is GB/T 32905; Python has it where its OpenSSL has it."""
MONTHS_KEPT: Final = 6
_AT_A_TIME: Final = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: by whom, when, on what, from which address, with which outcome. Never a secret."""

    at: datetime.datetime
    principal: str
    act: str
    subject: str
    outcome: Outcome = "done"
    origin: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's last number and hash; the number after which entries are kept, and the hash that they follow."""

    number: int
    hash: str
    kept_from: int
    kept_after: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold: ``changed``, ``missing``, or ``end`` where the head says otherwise."""

    number: int
    why: Literal["changed", "missing", "end"]


def record(connection: Connection, entries: Iterable[Entry], algorithm: str = "sha256") -> int:
    """Chain entries, in their order; the number of the last one. Other writers wait until the transaction ends.

    Raises
    ------
    Unusable
        If this Python has no such algorithm.
    """
    if algorithm not in ALGORITHMS or algorithm not in hashlib.algorithms_available:
        raise Unusable(Fault("registry.hash", values={"name": algorithm, "known": ", ".join(ALGORITHMS)}))
    connection.execute(update(audit_head).values(id=1))  # locks it
    last = connection.execute(select(audit_head.c.number, audit_head.c.hash)).one()
    number, before = last.number, last.hash
    rows = []
    for entry in entries:
        number += 1
        row: dict[str, Any] = {
            "number": number,
            "at": entry.at.astimezone(datetime.UTC),
            "principal": _storable(entry.principal),
            "act": entry.act,
            "subject": _storable(entry.subject),
            "outcome": entry.outcome,
            "origin": _storable(entry.origin),
            "detail": _storable(canonical(entry.detail)),
            "algorithm": algorithm,
        }
        row["hash"] = before = _hash(before, row)
        rows.append(row)
    if rows:
        connection.execute(insert(audit), rows)
        connection.execute(update(audit_head).values(number=number, hash=before))
    return int(number)


def _storable(text: str) -> str:
    """What somebody sent is noted even where no database could hold it: half characters, a zero byte."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _hash(before: str, row: Mapping[str, Any]) -> str:
    at = row["at"].isoformat(timespec="microseconds")
    covered = {**{name: value for name, value in row.items() if name != "hash"}, "at": at, "before": before}
    return hashlib.new(row["algorithm"], canonical(covered).encode()).hexdigest()


def head(connection: Connection) -> Head:
    """Where the chain begins and ends."""
    row = connection.execute(select(audit_head)).one()
    return Head(row.number, row.hash, row.kept_from, row.kept_after)


def verify(connection: Connection, report: Callable[[int, int], None] | None = None) -> Broken | None:
    """The first place at which the chain is broken; None if it holds from what is kept to its head.

    Parameters
    ----------
    report
        Called now and then with how many entries were looked at, of how many.
    """
    asked = select(audit).order_by(audit.c.number)
    with connection.execute(asked, execution_options={"yield_per": _AT_A_TIME}) as rows:
        return walk(head(connection), (row._asdict() for row in rows), report)


def walk(
    ends: Head, entries: Iterable[Mapping[str, Any]], report: Callable[[int, int], None] | None = None
) -> Broken | None:
    """The same of entries that are read from elsewhere, in their order."""
    number, before = ends.kept_from, ends.kept_after
    for row in entries:
        number += 1
        if row["number"] != number:
            return Broken(number, "missing")
        if row["hash"] != _hash(before, row):
            return Broken(number, "changed")
        before = row["hash"]
        if report is not None and number % _AT_A_TIME == 0:
            report(number - ends.kept_from, ends.number - ends.kept_from)
    return None if (number, before) == (ends.number, ends.hash) else Broken(number, "end")


def months_before(day: datetime.datetime, months: int) -> datetime.datetime:
    """The same day so many calendar months earlier, or the month's last where it has no such day.

    >>> months_before(datetime.datetime(2026, 8, 31, tzinfo=datetime.UTC), 6).date()
    datetime.date(2026, 2, 28)
    """
    month = day.year * 12 + day.month - 1 - months
    year, month = divmod(month, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def prune(
    connection: Connection,
    before: datetime.datetime,
    *,
    by: str,
    at: datetime.datetime,
    months: int = MONTHS_KEPT,
    algorithm: str = "sha256",
) -> int:
    """Remove the oldest entries, up to the first that is not before a time; how many they were.

    Raises
    ------
    Conflict
        If that would remove what has to be kept, or the chain is broken: then nothing may be removed.
    """
    connection.execute(update(audit_head).values(id=1))  # locks it
    removed = prunable(connection, before, at=at, months=months)
    if not removed:
        return 0
    ends = head(connection)
    last = ends.kept_from + removed
    after = connection.scalar(select(audit.c.hash).where(audit.c.number == last))
    connection.execute(delete(audit).where(audit.c.number <= last))
    connection.execute(update(audit_head).values(kept_from=last, kept_after=after))
    detail = {"from": ends.kept_from + 1, "to": last, "hash": after}
    record(connection, [Entry(at, by, "prune", "audit", detail=detail)], algorithm)
    return removed


def prunable(
    connection: Connection, before: datetime.datetime, *, at: datetime.datetime, months: int = MONTHS_KEPT
) -> int:
    """How many entries `prune` would remove; refuses what it refuses."""
    keep = months_before(at, max(months, MONTHS_KEPT))
    if before > keep:
        values = {"before": before.isoformat(), "keep": keep.isoformat(), "months": max(months, MONTHS_KEPT)}
        raise Conflict(Fault("registry.audit_kept", values=values))
    broken = verify(connection)
    if broken is not None:
        raise Conflict(Fault("registry.audit_broken", values={"number": broken.number}))
    ends = head(connection)
    young = select(audit.c.number).where(audit.c.at >= before).order_by(audit.c.number).limit(1)
    first = connection.scalar(young)
    return max(0, int(ends.number if first is None else first - 1) - ends.kept_from)
