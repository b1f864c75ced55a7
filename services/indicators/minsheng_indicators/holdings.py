"""What the indicators service has at hand."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Final

from litestar.concurrency import sync_to_thread

import minsheng_http.holdings
from libminsheng import Catalogue, DivisionTree
from libminsheng.definitions.written import joint_digest
from minsheng_indicators.copy.feed import Feed
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.registry_feed import RegistryFeed
from minsheng_indicators.kept import Kept
from minsheng_indicators.settings import Settings

__all__ = ["Holdings"]


class Holdings(minsheng_http.holdings.Holdings):
    """Definitions and divisions, the limits of calculations and, where there is a registry, the copy of its facts.

    Parameters
    ----------
    settings
        Where the registry is, and the limits.
    feed
        The registry, where it is another than that of the settings.
    catalogue, tree
        Definitions and divisions, where they are others than the standing ones.
    """

    settings: Settings

    def __init__(
        self,
        settings: Settings,
        feed: Feed | None = None,
        *,
        catalogue: Catalogue | None = None,
        tree: DivisionTree | None = None,
    ) -> None:
        super().__init__(settings)
        if catalogue is not None:
            self.catalogue = catalogue
        if tree is not None:
            self.tree = tree
        self._feed = feed
        self.copy: Copy | None = None
        """What there is of the registry's facts, from the start on; None where there is no registry."""
        self.kept: Final = Kept(settings.most_kept)
        self.working = asyncio.Semaphore(2 * settings.at_once)
        """Turns to compute figures, so that threads are left for what is quicker."""
        self.looking_back = asyncio.Semaphore(1)
        """The turn to see facts as they were, which the copy finds one after another: who waits for it holds no thread."""

    @property
    def has_registry(self) -> bool:
        return self._feed is not None or self.settings.registry is not None

    @cached_property
    def definitions(self) -> str:
        """A digest over every definition there is: schemes, lights and rules too, which no receipt of figures stands for."""
        return joint_digest(self.digests)

    def open(self) -> None:
        """Follow the registry; whether it answers yet is not waited for."""
        if not self.has_registry:
            return
        _ = self.definitions
        self.copy = Copy(self._feed or self._registry(), self.catalogue, self.tree, self.settings.copy_folder)
        self.copy.start()

    async def close(self) -> None:
        """Follow it no longer."""
        if self.copy is not None:
            await sync_to_thread(self.copy.close)

    def checks(self) -> dict[str, bool]:
        """What has to be true before the service may be sent requests."""
        return {"copy": self.copy is not None and self.copy.ready} if self.has_registry else {}

    def _registry(self) -> Feed:
        assert self.settings.registry is not None
        token = self.settings.registry_token
        return RegistryFeed(self.settings.registry, None if token is None else token.get_secret_value())
