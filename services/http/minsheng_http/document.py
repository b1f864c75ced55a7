"""The OpenAPI 3.1 document of a service, made from its routes, and the page that shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any, Final

import msgspec
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from libminsheng.errors import Language, current_language, say
from libminsheng.report.grid import Cell, Grid, Section
from libminsheng.report.html import grid_fragment
from libminsheng.report.page import page
from libminsheng.version import __version__
from minsheng_http.access.guard import describe_access
from minsheng_http.problems import KINDS
from minsheng_http.routes.health import live, ready
from minsheng_http.routes.metrics import metrics

__all__ = ["Described", "Document", "Words", "document_yaml"]

Words = Callable[[Language], str]
"""A sentence in the language that is asked for."""

_SHARED: Final = frozenset({"live", "ready", "list_measures", "metrics"})
"""Operations that every service has; their words are those of this room."""


_SAID: Final = {"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}
"""The header that a problem comes with."""


class Described(ABC):
    """A document as data, as JSON and as a page."""

    @property
    @abstractmethod
    def data(self) -> dict[str, Any]:
        """The document as plain data."""

    @cached_property
    def json(self) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(self.data)

    @property
    def page(self) -> str:
        """What can be asked, in the language of the request; it needs no network."""
        columns = [say(f"service.page_{name}") for name in ("path", "what", "takes", "gives")]
        operations = Grid(say("service.page_operations"), columns, list(_operations(self.data)), frozenset(), [])
        problems = f"<h2>{escape(say('service.page_problems'))}</h2>\n" + "\n".join(_problems())
        return page(self.data["info"]["x-title"][current_language()], [grid_fragment(operations), problems])


class Document(Described):
    """The description of a service.

    Parameters
    ----------
    title
        The name of the service, which the page has at its head.
    about
        What it is for.
    operation
        What an operation does, by its id.
    routes
        What it answers, without health and schema.
    asked_for
        Names of the dependencies of the handlers, which are no parameters of a request.
    describe
        Functions that add to the document what the framework cannot know, such as bodies that it does not read.
    """

    def __init__(
        self,
        *,
        title: Words,
        about: Words,
        operation: Callable[[str, Language], str],
        routes: Sequence[ControllerRouterHandler],
        asked_for: Sequence[str] = (),
        describe: Sequence[Callable[[dict[str, Any]], None]] = (),
    ) -> None:
        self.title, self.about, self.operation = title, about, operation
        self._routes, self._asked_for, self._describe = routes, asked_for, describe

    @cached_property
    def data(self) -> dict[str, Any]:
        """The document as plain data."""
        # an application of its own, so that the one that serves has none of the framework's pages
        described = Litestar(
            [*self._routes, metrics, Router("/health", route_handlers=[live, ready])],
            logging_config=None,  # it would take the log of the whole process for itself
            openapi_config=OpenAPIConfig(
                title=f"{self.title('en')} {self.title('zh')}",
                version=__version__,
                description=self.about("en"),
                use_handler_docstrings=True,
            ),
            dependencies={name: Provide(_nothing(), sync_to_thread=False) for name in ("holdings", *self._asked_for)},
        )
        found: dict[str, Any] = described.openapi_schema.to_schema()
        found.pop("servers", None)
        found["info"]["x-title"] = {"zh": self.title("zh"), "en": self.title("en")}
        for path in found["paths"].values():
            for operation in path.values():
                operation["responses"].pop("400", None)  # the framework's own shape, which no answer has
                operation.pop("deprecated", None)
                operation["x-words"] = self._words(operation["operationId"])
                for status, answer in operation["responses"].items():
                    if said := _SAID.get(status):
                        answer["headers"] = {said: {"schema": {"type": "string"}}}
        describe_access(described, found)
        for describe in self._describe:
            describe(found)
        return found

    def _words(self, name: str) -> dict[str, str]:
        if name in _SHARED:
            return {"zh": say(f"http.operation_{name}", "zh"), "en": say(f"http.operation_{name}", "en")}
        return {"zh": self.operation(name, "zh"), "en": self.operation(name, "en")}


def _nothing() -> Callable[[], None]:
    """What a handler asks for, which is never called: each a function of its own, as the framework wants it."""

    def nothing() -> None:
        pass

    return nothing


def document_yaml(document: Described) -> str:
    """The document as YAML, in the order of the routes."""
    import yaml

    text: str = yaml.safe_dump(document.data, allow_unicode=True, sort_keys=False, width=110)
    return text


def _operations(data: Mapping[str, Any]) -> Iterator[Section]:
    tags: dict[str, list[list[Cell]]] = {}
    for path, methods in data["paths"].items():
        for method, operation in methods.items():
            takes = [parameter["name"] for parameter in operation.get("parameters", ())]
            takes += operation.get("requestBody", {}).get("content", ())
            row = [
                Cell(f"{method.upper()} {path}"),
                Cell(operation["x-words"][current_language()]),
                Cell(", ".join(takes)),
                Cell(", ".join(sorted(operation["responses"]))),
            ]
            tags.setdefault(operation.get("tags", [path])[0], []).append(row)
    for tag, rows in tags.items():
        yield Section(tag, rows)


def _problems() -> Iterator[str]:
    """A paragraph for each kind of problem, where the problem's `type` leads."""
    for kind in KINDS.values():
        again = say("service.page_retry" if kind.retry else "service.page_no_retry")
        told = escape(f"{kind.status} {kind.title()}")
        yield f'<h3 id="problem-{kind.name}">{told}</h3><p>{escape(kind.detail())} {escape(again)}</p>'
