"""A service's definitions: those that are the same here need not be fetched."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from libminsheng.client.ask import Ask, Steps, pairs
from libminsheng.client.problem import UNREADABLE, unreadable
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as built
from libminsheng.definitions.installed import VARIABLE
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.rule import RULED
from libminsheng.definitions.written import joint_digest, pack_digest
from libminsheng.errors import DefinitionError

__all__ = ["definitions"]

_PAGE: Final = 200


def definitions() -> Steps[tuple[str, Catalogue]]:
    """The catalogue that a service computes by, and the digest by which its answers name it.

    A pack that this library has with the same digest is taken from here, any other is fetched. Of a fetched pack the
    rules are left out that only the library's own packs may have: a service's checks are asked of the service.
    """
    here = _here(os.environ.get(VARIABLE, ""))
    packs: list[Pack] = []
    fetched: list[str] = []
    listed: dict[str, str] = {}
    cursor: str | None = None
    while True:
        answer = yield Ask("GET", "/v1/packs", pairs(limit=_PAGE, cursor=cursor))
        try:
            page = answer.json()
            entries = [(str(entry["code"]), str(entry["digest"])) for entry in page["items"]]
            before, cursor = cursor, page["next"]
            if cursor is not None and cursor == before:
                raise ValueError(cursor)
        except UNREADABLE as error:
            raise unreadable(answer, error) from None
        listed.update(entries)
        packs.extend(here[digest] for _, digest in entries if digest in here)
        for code in (code for code, digest in entries if digest not in here):
            written = yield Ask("GET", f"/v1/packs/{quote(code, safe='')}")
            try:
                fetched.append(_open_rules(written.text))
            except UNREADABLE as error:
                raise unreadable(written, error) from None
        if cursor is None:
            break
    digest = joint_digest(listed)
    if not fetched and len(packs) == len(here):
        return digest, built()
    with tempfile.TemporaryDirectory(prefix="minsheng-") as folder:
        paths = [Path(folder) / f"{number}.json" for number in range(len(fetched))]
        for path, text in zip(paths, fetched, strict=True):
            path.write_text(text, "utf-8")
        try:
            return digest, replace(built([*packs, *paths], builtin=False), given=frozenset())
        except DefinitionError as error:
            raise unreadable(answer, error.faults[0].message()) from None


@cache
def _here(_paths: str) -> Mapping[str, Pack]:
    """The packs that there are here, by their digests; the paths are those that `Catalogue` depends on."""
    known = built()
    return {pack_digest(pack, known): pack for pack in known.packs}


def _open_rules(text: str) -> str:
    tables: dict[str, Any] = json.loads(text)
    if "rule" in tables:
        tables["rule"] = [rule for rule in tables["rule"] if rule.get("check") in RULED]
    return json.dumps(tables, ensure_ascii=False)
