"""From what a page says to its HTML: templates that escape whatever they are given, one style sheet, no script."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from libminsheng.errors import language, say
from libminsheng.report.charts import Chart
from libminsheng.report.grid import Grid
from libminsheng.report.html import grid_html
from libminsheng.report.style import FRAGMENT
from libminsheng.version import __version__
from minsheng_http.etags import content_tag, unchanged
from minsheng_indicators.public.reader import COOKIE, Reader

__all__ = ["rendered", "shown"]

_BEIJING: Final = datetime.timezone(datetime.timedelta(hours=8))
_VARY: Final = "Accept-Language, Authorization, Cookie"


@cache
def _style() -> str:
    own = resources.files("minsheng_indicators.public").joinpath("style.css").read_text("utf-8")
    return FRAGMENT + own


@cache
def _policy() -> str:
    """What a browser may do with a page: show it, in its own style, and send its forms back to where it came from."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("minsheng_indicators.public"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"version": __version__, "grid": _grid, "picture": _picture}
    made.filters["here"] = _here
    return made


def _here(moment: datetime.datetime) -> str:
    """A moment by the clock of its readers."""
    return moment.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")


def _grid(grid: Grid) -> Markup:
    return Markup(grid_html(grid))  # noqa: S704  # every cell is escaped there


def _picture(chart: Chart) -> Markup:
    return Markup(chart.svg)  # noqa: S704  # an element that was built node by node


def rendered(template: str, reader: Reader, **values: Any) -> str:
    """A page as HTML, in the language of its reader."""

    def told(name: str, **given: object) -> str:
        return say(f"page.{name}", reader.lang, **given)

    with language(reader.lang):
        style = Markup(_style())  # noqa: S704  # the style sheet of this package
        return _templates().get_template(template).render(t=told, reader=reader, style=style, **values)


def shown(
    template: str, reader: Reader, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Response[str]:
    """A page on its way to its reader."""
    said = {
        "Content-Security-Policy": _policy(),
        "Content-Language": reader.tongue,
        "Referrer-Policy": "same-origin",  # with none, a browser would not say that a form comes from here
        "Vary": _VARY,
        "Cache-Control": "no-cache" if reader.session == "" and reader.principal.name == "anonymous" else "no-store",
        **(headers or {}),
    }
    cookies = (
        [Cookie(COOKIE, value="", max_age=0, httponly=True, samesite="strict")] if reader.session == "ended" else []
    )
    content = rendered(template, reader, **values)
    if status == 200 and said["Cache-Control"] == "no-cache":
        said["ETag"] = content_tag(content.encode())
        if unchanged(reader.held, said["ETag"]):
            return Response("", status_code=304, media_type="text/html", headers=said)
    return Response(content, status_code=status, media_type="text/html", headers=said, cookies=cookies)
