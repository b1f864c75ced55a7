"""The registry as the benches serve it: the real application, to a caller with a key of one province and all rates open."""

from __future__ import annotations

import datetime

import libminsheng as ms
from minsheng_http.shell import Service
from minsheng_registry.access import keys
from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

__all__ = ["admitted", "registry"]

_NO_LIMIT = 1_000_000_000


def admitted(database: Database, *divisions: str) -> str:
    """The header of a caller who may read what lies in some subtrees."""
    tree, at = ms.DivisionTree.builtin(), datetime.datetime.now(datetime.UTC)
    token, _ = database.write(
        lambda connection: keys.create(
            connection, "bench", ["projects:read", "facts:read"], divisions, tree, by="bench", at=at
        )
    )
    return f"Authorization: Bearer {token}\r\n"


def registry(settings: Settings) -> Service:
    """The service."""
    return create_app(settings.model_copy(update={"most_a_minute": _NO_LIMIT, "most_in_a_burst": _NO_LIMIT}))
