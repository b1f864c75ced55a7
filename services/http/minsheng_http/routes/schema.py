"""The OpenAPI document, and a page that shows it and loads nothing."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response, get

__all__ = ["schema_json", "schema_page"]


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def schema_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The document itself."""
    return Response(request.app.state.document.json, media_type="application/vnd.oai.openapi+json;version=3.1")


@get("/", include_in_schema=False, sync_to_thread=True)
def schema_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The operations, their parameters and answers, and the kinds of problems, in the reader's language."""
    return Response(request.app.state.document.page, media_type=MediaType.HTML)
