"""Who is calling: what a token stands for."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from minsheng_http.access.guard import needs_token
from minsheng_http.problems import documented
from minsheng_registry.bodies import known
from minsheng_registry.desk import Caller
from minsheng_registry.schemas import Principal

__all__ = ["get_principal"]


@get(
    "/principal",
    operation_id="get_principal",
    summary="Who is calling",
    tags=["access"],
    sync_to_thread=False,
    guards=[needs_token],
    responses=documented(401, 422, 429),
)
def get_principal(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Principal:
    """The caller's name, scopes and divisions, and until when the token holds."""
    known(request)
    one = caller.principal
    return Principal(one.name, sorted(one.scopes), list(one.divisions), one.expires_at)
