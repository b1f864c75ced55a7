"""Who reads a page: in which language, and whether they signed in.

Programs send their token in a header. A person signs in once, and the browser holds the token in a cookie that no
script can read and no other site can make it send. Only pages look at the cookie, never anything below ``/v1``; and
all that pages do is show, but for signing in and out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from libminsheng.errors import Language
from minsheng_http.access.guard import Gate, public
from minsheng_http.access.principal import ANONYMOUS, Principal
from minsheng_http.problems import Refused
from minsheng_http.shell import spoken
from minsheng_indicators.asking import Asker, asker_of
from minsheng_indicators.copy.view import PUBLIC
from minsheng_indicators.holdings import Holdings

__all__ = ["COOKIE", "Reader", "known_reader", "reader_of"]

COOKIE: Final = "minsheng_token"
_LANGUAGES: Final[Mapping[str, Language]] = {"zh": "zh", "en": "en"}
_SESSION: Final = "minsheng_session"
"""What became of the cookie, in the scope of a request: ``held``, ``ended`` or ``away``."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads a page.

    Parameters
    ----------
    lang
        The language of the page.
    asker
        Who they are, and what they see.
    session
        ``held`` if they signed in, ``ended`` if their token stands for nobody any more, ``away`` if nobody can say just
        now; empty if there is none.
    base
        The way from the page to where all pages begin. Whatever a proxy has put before their addresses stays there.
    query
        What was asked of the page, so that it can lead to itself in the other language.
    chosen
        Whether the address names the language.
    held
        The tag of what the browser holds of the page already.
    """

    lang: Language
    asker: Asker
    session: str
    has_registry: bool
    base: str = "./"
    query: Mapping[str, str] = field(default_factory=dict)
    chosen: bool = False
    held: str | None = None

    @property
    def principal(self) -> Principal:
        return self.asker.principal

    @property
    def tongue(self) -> str:
        """The language as HTML says it."""
        return "zh-CN" if self.lang == "zh" else "en"

    def may(self, scope: str) -> bool:
        return self.principal.may(scope)

    def link(self, *parts: str, **query: str | None) -> str:
        """The address of a page, in the language that was chosen.

        >>> reader = Reader("zh", Asker(ANONYMOUS, PUBLIC), "", True, "../")
        >>> reader.link("figures", "a/b", "340102", year="2017", domain=None)
        '../figures/a%2Fb/340102?year=2017'
        """
        asked = {name: value for name, value in query.items() if value}
        if self.chosen:
            asked.setdefault("lang", self.lang)
        address = self.base + "/".join(quote(part, safe="@") for part in parts)
        return f"{address}?{urlencode(asked)}" if asked else address

    def other_language(self) -> str:
        """This page in the other language."""
        asked = {**self.query, "lang": "en" if self.lang == "zh" else "zh"}
        return f"?{urlencode(asked)}"


async def known_reader(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of pages: who reads is known by a header, as everywhere, else by the cookie."""
    scope: Any = connection.scope
    token = connection.cookies.get(COOKIE)
    if token and "authorization" not in connection.headers:
        gate: Gate = connection.app.state.gate
        client = scope.get("client")
        address = client[0] if client else ""
        try:
            scope["principal"] = await gate.principal(b"Bearer " + token.encode("latin-1", "replace"), address)
            scope[_SESSION] = "held"
        except Refused as refused:
            if refused.status not in (401, 503):
                raise
            scope["principal"] = await gate.principal(None, address)
            scope[_SESSION] = "ended" if refused.status == 401 else "away"
    await public(connection, handler)


def reader_of(request: Request[Any, Any, Any]) -> Reader:
    """Who reads: a dependency of pages."""
    holdings: Holdings = request.app.state.holdings
    scope: Any = request.scope
    wished = _LANGUAGES.get(request.query_params.get("lang", ""))
    accepted = request.headers.get("accept-language", "").encode("latin-1", "replace")[:200]
    raw: bytes = scope["raw_path"].removeprefix(scope.get("root_path", "").encode())
    known = scope.get("principal") is not None
    asker = asker_of(request) if known else Asker(ANONYMOUS, PUBLIC)
    return Reader(
        wished or spoken(accepted) or "zh",
        asker,
        scope.get(_SESSION, ""),
        holdings.has_registry,
        "../" * (raw.count(b"/") - 1) or "./",
        dict(request.query_params),
        wished is not None,
        request.headers.get("if-none-match"),
    )
