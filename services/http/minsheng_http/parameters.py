"""Query parameters: one that nobody knows is refused, because an option misspelt would silently do nothing."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request

from libminsheng.errors import Fault, nearest

__all__ = ["unknown_parameters"]


def unknown_parameters(request: Request[Any, Any, Any], *known: str) -> list[Fault]:
    """A fault for each query parameter of another name."""
    if not request.scope["query_string"]:
        return []
    return [
        Fault("service.unknown_parameter", values={"name": name}, near=partial(nearest, name, known))
        for name in dict.fromkeys(request.query_params)
        if name not in known
    ]
