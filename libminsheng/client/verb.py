"""Verbs as the methods of a client: described once, waited for or awaited."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["described"]

_Made = TypeVar("_Made", bound=Callable[..., Any])


def described(made: _Made, verb: Callable[..., Any]) -> _Made:
    """A method with the name, the description and the parameters of a verb; it gives what the verb's steps come to.

    >>> def made(self, *given): ...
    >>> def catalogue(self) -> Steps[Catalogue]: "The definitions."
    >>> described(made, catalogue).__doc__, str(inspect.signature(made))
    ('The definitions.', "(self) -> 'Catalogue'")
    """
    signature = inspect.signature(verb)
    found = str(signature.return_annotation).removeprefix("Steps[").removesuffix("]")
    made.__name__ = made.__qualname__ = verb.__name__
    made.__doc__ = verb.__doc__
    made.__signature__ = signature.replace(return_annotation=found)  # type: ignore[attr-defined]  # `inspect` reads it
    return made
