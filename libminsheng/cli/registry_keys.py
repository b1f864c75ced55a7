"""``minsheng registry keys``: the API keys of a registry, on its database itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.cli.outcome import tell
from libminsheng.cli.output import form_for, write_text
from libminsheng.cli.registry import Url, operator, write_rows
from libminsheng.errors import Fault, say

if TYPE_CHECKING:
    from minsheng_registry.access.keys import Key

__all__ = ["KEYS"]

KeyId = Annotated[str, typer.Argument(metavar="ID")]
KeyForm = Annotated[str | None, typer.Option("--format", metavar="text|json")]


def listed(form: options.ListForm = None, url: Url = None, _lang: options.Lang = None) -> None:
    """List every key, the latest first; never a secret."""
    chosen = form_for(form, None, ("table", "json"))
    with operator(url) as acting:
        rows = [_row(one) for one in acting.every_key()]
    if chosen == "table":
        rows = [row | {name: " ".join(row[name]) for name in ("scopes", "divisions")} for row in rows]
    write_rows(chosen, rows, ("id", "label", "scopes", "divisions", "expires_at", "revoked_at", "last_used_at"))


def create(
    label: Annotated[str, typer.Option("--label", metavar="TEXT")],
    scopes: Annotated[list[str], typer.Option("--scope", metavar="SCOPE")],
    divisions: Annotated[list[str], typer.Option("--division", metavar="CODE")],
    days: Annotated[int, typer.Option("--days", metavar="NUMBER")] = 365,
    form: KeyForm = None,
    url: Url = None,
    _lang: options.Lang = None,
) -> None:
    """Make a key. It is shown this once."""
    chosen = form_for(form, None, ("text", "json"))
    with operator(url) as acting:
        token, key = acting.make_key(label, scopes, divisions, days)
    _show(chosen, token, key)


def revoke(key: KeyId, url: Url = None, _lang: options.Lang = None) -> None:
    """End a key, now and for good."""
    with operator(url) as acting:
        acting.revoke_key(key.removeprefix("key:"))
    write_text(None, say("operations.key_revoked", id=key) + "\n")


def rotate(key: KeyId, form: KeyForm = None, url: Url = None, _lang: options.Lang = None) -> None:
    """End a key, and make another that may do the same. It is shown this once."""
    chosen = form_for(form, None, ("text", "json"))
    with operator(url) as acting:
        token, made = acting.rotate_key(key.removeprefix("key:"))
    _show(chosen, token, made)


def _show(form: str, token: str, key: Key) -> None:
    """The token alone on standard output, so that a script can take it."""
    if form == "json":
        from libminsheng.report.export import json_lines

        write_text(None, json_lines(iter([{"token": token, **_row(key)}])))
    else:
        write_text(None, token + "\n")
    values = {"id": key.id, "until": key.expires_at.date().isoformat()}
    tell([Fault("operations.key_made", values=values)])


def _row(key: Key) -> dict[str, Any]:
    times = {
        name: None if moment is None else moment.isoformat(timespec="seconds")
        for name, moment in (
            ("created_at", key.created_at),
            ("expires_at", key.expires_at),
            ("revoked_at", key.revoked_at),
            ("last_used_at", key.last_used_at),
        )
    }
    return {
        "id": key.id,
        "label": key.label,
        "scopes": list(key.scopes),
        "divisions": list(key.divisions),
        "created_by": key.created_by,
        **times,
    }


KEYS: Final[dict[str, Callable[..., Any]]] = {"list": listed, "create": create, "revoke": revoke, "rotate": rotate}
