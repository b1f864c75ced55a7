"""The OpenAPI 3.1 document of the service, made from its routes, and the page that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from libminsheng.errors import say
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.html import grid_fragment
from libminsheng.report.page import page
from libminsheng.version import __version__
from minsheng_indicators.answers import RECEIPT, offered
from minsheng_indicators.forms import FORMS, MULTIPART
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.problems import KINDS
from minsheng_indicators.schemas import Calculation, CalculationRequest
from minsheng_indicators.settings import Settings

__all__ = ["document", "document_json", "document_page"]

_BINARY: Final = {"type": "string", "format": "binary"}


@cache
def document() -> dict[str, Any]:
    """The document as plain data."""
    from minsheng_indicators.routes import ROUTES

    # an application of its own, so that the one that serves has none of the framework's pages
    described = Litestar(
        ROUTES,
        openapi_config=OpenAPIConfig(
            title="Livelihood indicators 民生指标",
            version=__version__,
            description=say("service.about", "en"),
            use_handler_docstrings=True,
        ),
        dependencies={"holdings": Provide(_nothing, sync_to_thread=False)},
    )
    found: dict[str, Any] = described.openapi_schema.to_schema()
    found.pop("servers", None)
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("400", None)  # the framework's own shape, which no answer has
            operation.pop("deprecated", None)
    _describe_calculation(found)
    return found


def _nothing() -> Holdings:
    """What the handlers ask for, none of which is called."""
    return Holdings(Settings())


def document_json() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(document())


def document_page() -> str:
    """What can be asked, in the language of the request; it needs no network."""
    columns = [say(f"service.page_{name}") for name in ("path", "what", "takes", "gives")]
    operations = Grid(say("service.page_operations"), columns, list(_operations()), frozenset(), [])
    problems = f"<h2>{escape(say('service.page_problems'))}</h2>\n" + "\n".join(_problems())
    return page(say("service.page_title"), [grid_fragment(operations), problems])


def _describe_calculation(found: dict[str, Any]) -> None:
    """Bodies and answers of a calculation: the framework knows only those that it reads and writes itself."""
    (asked, given), shapes = msgspec.json.schema_components(
        [CalculationRequest, Calculation], ref_template="#/components/schemas/{name}"
    )
    found["components"]["schemas"] = dict(sorted({**shapes, **found["components"]["schemas"]}.items()))
    operation = found["paths"]["/v1/calculations"]["post"]
    binary = [kind for kind in offered() if kind not in FORMS["json"].media_types]
    part = {"type": "array", "items": _BINARY}
    whole = {"type": "object", "properties": {"facts": part, "definitions": part}, "required": ["facts"]}
    operation["requestBody"] = {
        "required": True,
        "description": say("service.about_body", "en"),
        "content": {
            "application/json": {"schema": asked},
            **{kind: {"schema": _BINARY} for kind in binary},
            MULTIPART: {"schema": whole},
        },
    }
    operation["responses"]["200"] = {
        "description": say("service.about_answer", "en"),
        "headers": {RECEIPT: {"description": say("service.about_receipt", "en"), "schema": {"type": "string"}}},
        "content": {"application/json": {"schema": given}, **{kind: {"schema": _BINARY} for kind in binary}},
    }


def _operations() -> Iterator[Section]:
    tags: dict[str, list[list[Cell]]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            takes = [parameter["name"] for parameter in operation.get("parameters", ())]
            takes += operation.get("requestBody", {}).get("content", ())
            row = [
                Cell(f"{method.upper()} {path}"),
                Cell(say(f"service.operation_{operation['operationId']}")),
                Cell(", ".join(takes)),
                Cell(", ".join(operation["responses"])),
            ]
            tags.setdefault(operation["tags"][0], []).append(row)
    for tag, rows in tags.items():
        yield Section(tag, rows)


def _problems() -> Iterator[str]:
    """A paragraph for each kind of problem, where the problem's `type` leads."""
    for kind in KINDS.values():
        again = say("service.page_retry" if kind.retry else "service.page_no_retry")
        told = escape(f"{kind.status} {kind.title()}")
        yield f'<h3 id="problem-{kind.name}">{told}</h3><p>{escape(kind.detail())} {escape(again)}</p>'
