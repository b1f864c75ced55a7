"""Both services in one process and on one port, for an office that needs no more; neither knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from libminsheng.version import __version__
from minsheng_http.document import Described
from minsheng_http.shell import Service

__all__ = ["Together"]

_REFERENCE: Final = "#/components/"


class Together:
    """An ASGI application that is two services.

    Each request goes to the one that knows the first word of its path below ``/v1``; what both know, and what neither
    does, to the second. It also answers for both how they are and what can be asked: health, metrics and document.
    Both start and end together.

    Parameters
    ----------
    first, second
        The services, neither of which is served by itself from then on.
    """

    def __init__(self, first: Service, second: Service) -> None:
        self._first, self._second = first, second
        self._of_first = _words(first) - _words(second)
        looks = [(one.state.settings.service(), one.state.checks) for one in (first, second)]

        def checks() -> Mapping[str, bool]:
            return {f"{service}: {name}": holds for service, look in looks for name, holds in look().items()}

        second.state.checks = checks
        second.state.metrics = (*second.state.metrics, *first.state.metrics)
        second.state.document = _Both(first, second)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            async with self._first.lifespan():
                await self._second(scope, receive, send)
        else:
            await self.asked(scope["path"])(scope, receive, send)

    def asked(self, path: str) -> Service:
        """The service that answers at a path."""
        return self._first if _word(path) in self._of_first else self._second


class _Both(Described):
    """The documents of two services as one. A component of one name that differs is called by its service as well."""

    def __init__(self, first: Service, second: Service) -> None:
        self._service: str = first.state.settings.service()
        self._first: Described = first.state.document
        self._second: Described = second.state.document

    @cached_property
    def data(self) -> dict[str, Any]:
        second = self._second.data
        first = _renamed(self._first.data, second, self._service)
        title = {lang: f"{first['info']['x-title'][lang]} · {second['info']['x-title'][lang]}" for lang in ("zh", "en")}
        components: dict[str, dict[str, Any]] = {}
        for document in (first, second):
            for kind, known in document.get("components", {}).items():
                components[kind] = dict(sorted({**components.get(kind, {}), **known}.items()))
        return {
            **second,
            "info": {
                "title": f"{title['en']} {title['zh']}",
                "version": __version__,
                "description": " ".join((first["info"]["description"], second["info"]["description"])),
                "x-title": title,
            },
            "paths": {
                **{path: row for path, row in first["paths"].items() if path not in second["paths"]},
                **second["paths"],
            },
            "components": components,
        }


def _renamed(document: Mapping[str, Any], other: Mapping[str, Any], service: str) -> Any:
    """A document whose components do not have the names of different ones of the other."""
    names: dict[str, str] = {}
    for kind, known in document.get("components", {}).items():
        theirs = other.get("components", {}).get(kind, {})
        # what refers to a component that is renamed is a different one too
        differing = {name for name, shape in known.items() if name in theirs and theirs[name] != shape}
        while more := {
            name
            for name, shape in known.items()
            if name in theirs and name not in differing and _references(shape) & {f"{kind}/{one}" for one in differing}
        }:
            differing |= more
        names |= {f"{kind}/{name}": f"{kind}/{service.capitalize()}{name}" for name in differing}
    return _with_names(document, names)


def _references(thing: Any) -> set[str]:
    if isinstance(thing, Mapping):
        found = set().union(*map(_references, thing.values())) if thing else set()
        target = thing.get("$ref")
        return found | {target.removeprefix(_REFERENCE)} if isinstance(target, str) else found
    return set().union(*map(_references, thing)) if isinstance(thing, list) and thing else set()


def _with_names(thing: Any, names: Mapping[str, str], where: str = "") -> Any:
    if isinstance(thing, Mapping):
        changed = {}
        for key, value in thing.items():
            if key == "$ref" and isinstance(value, str):
                name = value.removeprefix(_REFERENCE)
                changed[key] = _REFERENCE + names[name] if name in names else value
                continue
            called = (
                names.get(f"{where.removeprefix('components/')}/{key}", "") if where.startswith("components/") else ""
            )
            changed[called.partition("/")[2] or key] = _with_names(value, names, f"{where}/{key}".lstrip("/"))
        return changed
    return [_with_names(one, names, f"{where}/-") for one in thing] if isinstance(thing, list) else thing


def _words(service: Service) -> frozenset[str]:
    """The first words of a service's paths below its version."""
    return frozenset(word for route in service.routes if (word := _word(route.path)))


def _word(path: str) -> str:
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1] == "v1" else ""
