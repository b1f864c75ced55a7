"""The registry on a socket."""

from __future__ import annotations

import contextlib
import datetime
import sys
from functools import partial

import minsheng_http.server
from libminsheng.errors import EvaluationError, Fault, say
from minsheng_http.access.jwt import issuers_from_environment
from minsheng_http.access.near import is_loopback
from minsheng_registry.access.keys import FirstKeyTaken, first_key, has_keys
from minsheng_registry.app import create_app
from minsheng_registry.operations.refused import told
from minsheng_registry.operations.state import schema_before
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

__all__ = ["prepare", "serve"]


def serve(host: str | None = None, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; those that are being answered are finished first.

    Raises
    ------
    OSError
        If the address cannot be had.
    EvaluationError
        If the environment has settings that cannot be used, or anybody could reach a registry that has no key.
    """
    settings = Settings.from_environment()
    prepare(settings, host or settings.host)
    minsheng_http.server.serve(create_app, settings, host, port)


def prepare(settings: Settings, host: str) -> None:
    """Bring the database to its present form, and make the first key where there is none: it is shown this once.

    Raises
    ------
    EvaluationError
        If the database cannot be reached or used, or there is no key and others than this machine could reach the
        registry.
    """
    database = Database(settings.database_url)
    with contextlib.closing(database), told(database.place):
        database.read(schema_before)
        database.migrate()
        token = None
        if not issuers_from_environment() and not database.read(has_keys):
            if not is_loopback(host):
                raise EvaluationError(Fault("registry.no_keys", values={"host": host}))
            with contextlib.suppress(FirstKeyTaken):  # the process that made it shows it
                token = database.write(partial(first_key, at=datetime.datetime.now(datetime.UTC)))
    lines = [say("registry.keeps", place=database.place)]
    if token is not None:
        lines.append(say("registry.first_key", token=token))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
