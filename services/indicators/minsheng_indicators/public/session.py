"""Signing in and out with a token. Nothing is kept here: the token itself lies in the browser's cookie."""

from __future__ import annotations

import re
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.response import Redirect

from libminsheng.errors import Fault
from minsheng_http.access.guard import Gate
from minsheng_http.problems import Refused
from minsheng_indicators.public.reader import COOKIE, Reader
from minsheng_indicators.public.rendering import shown

__all__ = ["sign_in", "sign_in_page", "sign_out"]

_LONGEST: Final = 6_000
"""Bytes of the form."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,4000}")
"""What may stand in a header and in a cookie as it is."""


@get("/session", include_in_schema=False, operation_id="page_session", sync_to_thread=False)
def sign_in_page(reader: NamedDependency[Reader]) -> Response[str]:
    """The form for a token, or who is signed in."""
    return shown("session.html", reader, refused=False)


@post("/session", include_in_schema=False, operation_id="page_sign_in", request_max_body_size=_LONGEST, status_code=303)
async def sign_in(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[Any]:
    """Take a token, if it stands for anybody."""
    _same_origin(request)
    form = await request.form()
    token = str(form.get("token", "")).strip()
    if not (_TOKEN.fullmatch(token) and await _stands(request, token)):
        return shown("session.html", reader, status=401, refused=True)
    return Redirect(reader.link(), status_code=303, cookies=[_cookie(request, token)], headers=_HEADERS)


@post("/session/end", include_in_schema=False, operation_id="page_sign_out", request_max_body_size=_LONGEST)
async def sign_out(request: Request[Any, Any, Any], reader: NamedDependency[Reader]) -> Response[Any]:
    """Let the browser forget the token."""
    _same_origin(request)
    return Redirect(reader.link(), status_code=303, cookies=[_cookie(request, "", age=0)], headers=_HEADERS)


async def _stands(request: Request[Any, Any, Any], token: str) -> bool:
    """Whether a token stands for anybody."""
    gate: Gate = request.app.state.gate
    try:
        await gate.principal(f"Bearer {token}".encode("ascii"), request.client.host if request.client else "")
    except Refused as refused:
        if refused.status != 401:
            raise
        return False
    return True


_HEADERS: Final = {"Cache-Control": "no-store"}


def _cookie(request: Request[Any, Any, Any], token: str, age: int | None = None) -> Cookie:
    secure = request.url.scheme == "https"
    return Cookie(COOKIE, value=token, max_age=age, httponly=True, samesite="strict", secure=secure)


def _same_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse a form that another site's page sends: nobody is signed in by it as somebody else."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        own = origin is None or origin.partition("://")[2] == request.headers.get("host", "")
    if not own:
        raise Refused(403, Fault("page.other_site"))
