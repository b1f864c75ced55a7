"""The field's words, as the library has them: read only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.params import FromPath, PathParameter

from libminsheng.errors import Fault, nearest
from libminsheng.vocabulary.domains import DOMAINS, service_classes, services
from libminsheng.vocabulary.programmes import PROGRAMME_KINDS, TIERS
from libminsheng.vocabulary.units import known_units
from minsheng_http.access.guard import needs_token
from minsheng_http.access.scopes import SCOPES
from minsheng_http.problems import Refused, documented
from minsheng_registry.bodies import known
from minsheng_registry.book.words import SOURCES, STATUSES, WITHDRAWN
from minsheng_registry.schemas import Name, Word, WordPage

__all__ = ["get_vocabulary"]


def _words(rows: dict[str, str]) -> list[Word]:
    return [Word(code, Name(zh, ""), []) for code, zh in rows.items()]


LISTS: Final[dict[str, Callable[[], list[Word]]]] = {
    "domains": lambda: [Word(one.code, Name(one.name.zh, one.name.en), []) for one in DOMAINS],
    "classes": lambda: [Word(one.number, Name(one.name, ""), [], one.domain.code) for one in service_classes()],
    "services": lambda: [
        Word(one.key, Name(one.name, ""), [one.formerly] if one.formerly else [], one.class_number)
        for one in services()
    ],
    "kinds": lambda: [Word(one.code, Name(one.name.zh, one.name.en), list(one.aliases)) for one in PROGRAMME_KINDS],
    "tiers": lambda: [Word(one.code, Name(one.name.zh, one.name.en), list(one.aliases)) for one in TIERS],
    "statuses": lambda: _words({**STATUSES, WITHDRAWN: "撤销"}),
    "sources": lambda: _words(SOURCES),
    "units": lambda: [Word(one, Name(one, ""), []) for one in known_units()],
    "scopes": lambda: [Word(code, Name(name.zh, name.en), []) for code, name in SCOPES.items()],
}
"""Each list of the vocabulary by its name."""

Listed = Annotated[FromPath[str], PathParameter(description="The list's name.", schema_extra={"enum": list(LISTS)})]


@cache
def _page(name: str) -> WordPage:
    return WordPage(LISTS[name]())


@get(
    "/vocabulary/{name:str}",
    operation_id="get_vocabulary",
    summary="A list of the field's words",
    tags=["vocabulary"],
    sync_to_thread=False,
    guards=[needs_token],
    responses=documented(401, 404, 422, 429),
)
def get_vocabulary(request: Request[Any, Any, Any], name: FromPath[str]) -> WordPage:
    """Domains, classes and services of the national standard; kinds, tiers, statuses of projects; units, scopes."""
    known(request)
    if name not in LISTS:
        values = {"name": name, "known": ", ".join(LISTS)}
        raise Refused(404, Fault("registry.no_list", values=values, near=partial(nearest, name, LISTS)))
    return _page(name)
