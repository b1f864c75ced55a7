"""``minsheng registry``: looking after a registry's database. Its services are imported only when one is asked for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.cli.outcome import FINDINGS, tell
from libminsheng.cli.output import form_for, write_grid, write_text
from libminsheng.cli.progress import progress
from libminsheng.errors import EvaluationError, Fault, say

if TYPE_CHECKING:
    from minsheng_registry.operations.archive import Manifest
    from minsheng_registry.operations.operator import Operator

__all__ = ["AUDIT", "COMMANDS", "Url", "operator", "write_rows"]

Url = Annotated[str | None, typer.Option("--database", metavar="URL")]
BackupFile = Annotated[Path, typer.Argument(metavar="FILE")]
Replace = Annotated[bool, typer.Option("--replace")]
When = Annotated[str | None, typer.Option("--since", metavar="TIME")]


def operator(url: str | None, *, makes: bool = False) -> Operator:
    """The database of a URL, or the one that the registry's settings name."""
    try:
        from minsheng_registry.operations.operator import Operator
        from minsheng_registry.settings import Settings
    except ModuleNotFoundError as error:
        raise EvaluationError(Fault("cli.no_services", values={"module": error.name})) from error
    settings = Settings.from_environment()
    return Operator(
        url or settings.database_url, makes=makes, algorithm=settings.audit_hash, months=settings.audit_months
    )


def _moment(given: str) -> datetime.datetime:
    """A day or a time; without a zone it is that of the machine.

    >>> _moment("2026-03-02T09:00:00+08:00").isoformat()
    '2026-03-02T01:00:00+00:00'
    """
    try:
        return datetime.datetime.fromisoformat(given).astimezone(datetime.UTC)
    except ValueError as error:
        raise EvaluationError(Fault("operations.time", values={"given": given})) from error


def verify(
    noted: Annotated[str | None, typer.Option("--noted", metavar="NUMBER:HASH")] = None,
    url: Url = None,
    _lang: options.Lang = None,
) -> None:
    """Verify the audit's chain; where it is broken, the place is named."""
    known = None if noted is None else _noted(noted)
    with operator(url) as acting, progress(say("operations.verifying"), long=True) as report:
        ends, broken = acting.verify(known, report)
    if broken is not None:
        tell([Fault(f"operations.chain_{broken.why}", values={"number": broken.number})])
        raise typer.Exit(FINDINGS)
    values = {"first": ends.kept_from + 1, "count": ends.number - ends.kept_from, "head": f"{ends.number}:{ends.hash}"}
    write_text(None, say("operations.verified", **values) + "\n")
    if known is not None and known[0] < ends.kept_from:
        tell([Fault("operations.noted_pruned", values={"number": known[0]})])


def _noted(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d+):([0-9a-f]*)", text.strip())
    if found is None:
        raise EvaluationError(Fault("operations.noted", values={"given": text}))
    return int(found[1]), found[2]


def backup(file: BackupFile, *, replace: Replace = False, url: Url = None, _lang: options.Lang = None) -> None:
    """Write the whole registry into one file, while others write."""
    with operator(url) as acting, progress(say("operations.backing_up"), long=True) as report:
        made = acting.backup(file, replace=replace, report=report)
    write_text(None, say("operations.backed_up", **_described(made)) + "\n")


def restore(
    file: BackupFile,
    *,
    replace: Replace = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    url: Url = None,
    _lang: options.Lang = None,
) -> None:
    """Put a backup into the database, all of it or nothing."""
    with operator(url, makes=True) as acting, progress(say("operations.restoring"), long=True) as report:
        if dry_run:
            made, found = acting.plan(file, report)
        else:
            made, found = acting.restore(file, replace=replace, report=report)
    lines = [say("operations.would_restore" if dry_run else "operations.restored", **_described(made))]
    if found.found is not None and found.replaces:
        values = {"revision": found.found.revision, "audit": found.found.audit.number}
        lines.append(say("operations.would_replace" if dry_run else "operations.replaced", **values))
    write_text(None, "".join(f"{line}\n" for line in lines))


def _described(made: Manifest) -> dict[str, object]:
    head = f"{made.audit.number}:{made.audit.hash}"
    return {"revision": made.revision, "rows": f"{made.rows:,}", "schema": made.schema, "head": head}


def migrate(url: Url = None, _lang: options.Lang = None) -> None:
    """Bring the database to the present schema."""
    with operator(url, makes=True) as acting:
        old, new = acting.migrate()
    told = "operations.migrated" if old != new else "operations.schema_present"
    write_text(None, say(told, old=old or "—", new=new) + "\n")


def audit_list(
    since: When = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME")] = None,
    principal: Annotated[str | None, typer.Option("--principal", metavar="NAME")] = None,
    act: Annotated[str | None, typer.Option("--act", metavar="ACT")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="NUMBER", min=1, max=1_000_000)] = 1_000,
    form: options.ListForm = None,
    url: Url = None,
    _lang: options.Lang = None,
) -> None:
    """List what was done: who, when, on what, from where, with which outcome."""
    chosen = form_for(form, None, ("table", "json"))
    with operator(url) as acting:
        from minsheng_registry.book.audit_list import AuditFilter

        wanted = AuditFilter(
            principal=principal,
            act=act,
            since=None if since is None else _moment(since),
            until=None if until is None else _moment(until),
        )
        found = acting.entries(wanted, limit + 1)
    rows = [
        {
            "number": one.number,
            "at": one.at.isoformat(timespec="milliseconds"),
            "principal": one.principal,
            "act": one.act,
            "subject": one.subject,
            "outcome": one.outcome,
            "origin": one.origin,
            "detail": one.detail,
            "hash": one.hash,
        }
        for one in found[:limit]
    ]
    write_rows(chosen, rows, ("number", "at", "principal", "act", "subject", "outcome", "origin"))
    if len(found) > limit:
        tell([Fault("operations.more", values={"limit": limit})])


def write_rows(form: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """Rows as JSON, or some of their columns as a table."""
    if form == "json":
        from libminsheng.report.export import json_lines

        told: Iterator[Mapping[str, object]] = iter(rows)
        write_text(None, json_lines(told))
        return
    if not rows:
        tell([Fault("cli.nothing_listed")])
        return
    from libminsheng.report.grid import Cell, Grid, Section

    cells = [[Cell("" if row[name] is None else str(row[name])) for name in columns] for row in rows]
    write_grid(None, Grid("", [say(f"operations.column_{name}") for name in columns], [Section("", cells)]))


def audit_prune(
    before: Annotated[str | None, typer.Option("--before", metavar="TIME")] = None,
    *,
    sure: Annotated[bool, typer.Option("--yes")] = False,
    url: Url = None,
    _lang: options.Lang = None,
) -> None:
    """Remove the oldest entries of the audit; without --yes only says how many."""
    with operator(url) as acting:
        count, limit = acting.prunable(None if before is None else _moment(before))
        if sure:
            count = acting.prune(limit)
    values = {"count": count, "before": limit.isoformat(timespec="seconds")}
    write_text(None, say("operations.pruned" if sure else "operations.would_prune", **values) + "\n")


COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "verify": verify,
    "backup": backup,
    "restore": restore,
    "migrate": migrate,
}
AUDIT: Final[dict[str, Callable[..., Any]]] = {"list": audit_list, "prune": audit_prune}
