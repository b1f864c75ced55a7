"""What the book and the storage refuse, as problems."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response

from libminsheng.errors import Fault
from minsheng_http.problems import respond
from minsheng_registry.book.refusals import Conflict, Forbidden, NotFound, Refused, Stale, Unusable
from minsheng_registry.storage.trouble import Unavailable

__all__ = ["HANDLERS"]

_STATUS: Final[dict[type[Refused], int]] = {NotFound: 404, Forbidden: 403, Conflict: 409, Stale: 412, Unusable: 422}


def _refused(request: Request[Any, Any, Any], error: Refused) -> Response[bytes]:
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    return respond(status, error.faults, most=request.app.state.settings.most_faults)


def _unavailable(_request: Request[Any, Any, Any], error: Unavailable) -> Response[bytes]:
    fault = Fault(f"registry.database_{error.why}")
    return respond(503, [fault], {"Retry-After": str(error.seconds)})


HANDLERS: Final[dict[Any, Any]] = {Refused: _refused, Unavailable: _unavailable}
