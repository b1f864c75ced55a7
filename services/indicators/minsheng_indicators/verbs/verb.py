"""A verb of the library: its question, what it makes of the facts that it is asked of, and how that goes over the wire."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from libminsheng.engine.receipt import Receipt
from minsheng_indicators.given import Given
from minsheng_indicators.verbs.ground import Ground
from minsheng_indicators.verbs.question import Query

__all__ = ["Asked", "Made", "Verb"]


class Made(Protocol):
    """What a verb gives: whatever it is, it has a receipt."""

    @property
    def receipt(self) -> Receipt:
        """Over all facts."""

    @property
    def narrow_receipt(self) -> Receipt:
        """Over those of the measures asked for."""


class Asked(Query):
    """A question that has an answer with a receipt."""

    @abstractmethod
    def made(self, ground: Ground) -> Made:
        """What the library makes of it."""


class Verb(Asked):
    """A question that is answered by a table."""

    shape: ClassVar[type[Struct]]
    """Of the answer in JSON."""
    example: ClassVar[Mapping[str, Any]]
    """A query, as the document shows it."""

    @abstractmethod
    def given(self, ground: Ground) -> Given:
        """The answer, on its way out."""
