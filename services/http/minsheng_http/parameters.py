"""Query parameters, as an operation declares them: whatever else is sent would silently do nothing, and is refused."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Request

from libminsheng.errors import Fault, nearest

__all__ = ["wrong_parameters"]

_TAKEN: Final = "taken"


def wrong_parameters(request: Request[Any, Any, Any]) -> list[Fault]:
    """A fault for each query parameter that the operation does not have, has once only and was given twice, or needs."""
    taken = _taken(request)
    given = Counter(name for name, _ in request.query_params.multi_items()) if request.scope["query_string"] else {}
    return [
        *(
            Fault("service.unknown_parameter", values={"name": name}, near=partial(nearest, name, taken.known))
            for name in given
            if name not in taken.known
        ),
        *(
            Fault("service.parameter_twice", values={"name": name})
            for name, count in given.items()
            if count > 1 and name in taken.once
        ),
        *(Fault("service.parameter_missing", values={"name": name}) for name in taken.needed if name not in given),
    ]


class _Taken(NamedTuple):
    """The query parameters of an operation, those of them that stand once, and those that have to be there."""

    known: tuple[str, ...]
    once: frozenset[str]
    needed: tuple[str, ...]


def _taken(request: Request[Any, Any, Any]) -> _Taken:
    handler = request.route_handler
    found = handler.opt.get(_TAKEN)
    if found is None:
        # the framework's own reading of the operation, with what its dependencies take
        declared = handler.create_kwargs_model(path_parameters=request.path_params).expected_query_params
        names = sorted(declared, key=lambda one: one.field_alias)
        found = handler.opt[_TAKEN] = _Taken(
            tuple(one.field_alias for one in names),
            frozenset(one.field_alias for one in names if not one.is_sequence),
            tuple(one.field_alias for one in names if one.is_required),
        )
    taken: _Taken = found
    return taken
