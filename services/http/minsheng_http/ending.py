"""The end of the process: told to those who wait for something to happen, so that their patience does not delay it.

A server that ends finishes what it answers, and a request that waits for a change would be waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["ENDING", "Ending"]


class Ending:
    """Who is told, in this process. A service says so when it starts, and takes it back when it has ended.

    >>> ending, told = Ending(), []
    >>> ending.tell(lambda: told.append("the end"))
    >>> ending.begin()
    >>> told
    ['the end']
    """

    def __init__(self) -> None:
        self._told: Final[list[Callable[[], None]]] = []

    def tell(self, whom: Callable[[], None]) -> None:
        """Let somebody be told, on the loop, perhaps more than once."""
        self._told.append(whom)

    def forget(self, whom: Callable[[], None]) -> None:
        """Tell them no longer."""
        if whom in self._told:
            self._told.remove(whom)

    def begin(self) -> None:
        """The process ends: tell everybody."""
        for whom in list(self._told):
            whom()


ENDING: Final = Ending()
"""That of this process: its server begins it."""
