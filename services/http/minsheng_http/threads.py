"""Work in threads: an iterator that ends too early there is an error like any other, and no request hangs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.utils.sync import AsyncCallable

__all__ = ["guard_threads", "guarded"]

P = ParamSpec("P")
T = TypeVar("T")


def guarded(work: Callable[P, T]) -> Callable[P, T]:
    """Work that never ends in `StopIteration`: a thread cannot hand this one on to the event loop, which would wait.

    >>> guarded(lambda: next(iter(())))()
    Traceback (most recent call last):
    RuntimeError: an iterator ended too early
    """
    if hasattr(work, "guarded_from_stop"):
        return work

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except StopIteration as error:
            raise RuntimeError("an iterator ended too early") from error

    run.guarded_from_stop = True  # type: ignore[attr-defined]  # a mark, so that no function is wrapped twice
    return run


def guard_threads(app: Litestar) -> None:
    """Guard every handler and dependency of an application that runs in a thread."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler):
                _guard(handler.fn)
                for provided in handler.resolve_dependencies().values():
                    _guard(provided.dependency)


def _guard(called: Any) -> None:
    if isinstance(called, AsyncCallable):
        called.func = guarded(called.func)
