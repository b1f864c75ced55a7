"""What the service has at hand: its settings, the definitions, the divisions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from libminsheng import Catalogue, DivisionTree
from libminsheng import catalogue as standing_catalogue
from libminsheng.definitions.entries import Thing
from libminsheng.definitions.written import pack_digest
from libminsheng.report.records import record
from minsheng_http.settings import ServiceSettings

__all__ = ["Holdings"]

_Entry = TypeVar("_Entry")


class Holdings:
    """Definitions and divisions, read once and shared by all requests, none of which changes them; and turns to work."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.turns = asyncio.Semaphore(settings.at_once)
        self._entries: dict[int, Any] = {}

    @cached_property
    def catalogue(self) -> Catalogue:
        return standing_catalogue()

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The digest of each pack, by its code."""
        return {pack.id: pack_digest(pack, self.catalogue) for pack in self.catalogue.packs}

    @cached_property
    def tree(self) -> DivisionTree:
        return DivisionTree.builtin()

    @property
    def ready(self) -> bool:
        """Whether everything has been read."""
        return "catalogue" in self.__dict__ and "tree" in self.__dict__

    def load(self) -> None:
        """Read everything now, so that no request has to wait for it."""
        _ = self.catalogue, self.tree
        self.entries(self.catalogue.measures.values(), dict)

    def entries(self, things: Iterable[Thing], kind: type[_Entry]) -> list[_Entry]:
        """Definitions as the wire carries them, each made once."""
        found = []
        for one in things:
            if id(one) not in self._entries:
                self._entries[id(one)] = record(one, self.catalogue)
            known = self._entries[id(one)]
            if isinstance(known, dict) and kind is not dict:
                known = self._entries[id(one)] = msgspec.convert(known, kind)
            found.append(known)
        return found
