"""Every operation that takes a query parameter once, asked with it twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["asked_twice"]


def asked_twice(document: Mapping[str, Any]) -> Iterator[tuple[str, str, list[tuple[str, str]], str]]:
    """Method, path, query, and the parameter that stands in it twice."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            declared = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
            needed = [(one["name"], _text(one["schema"])) for one in declared if one.get("required")]
            for one in declared:
                if "array" not in _kinds(one["schema"]):
                    others = [pair for pair in needed if pair[0] != one["name"]]
                    yield method, path, [*others, *[(one["name"], _text(one["schema"]))] * 2], one["name"]


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema allows, null apart."""
    kinds = schema.get("type", [])
    found = {kinds} if isinstance(kinds, str) else set(kinds)
    for one in schema.get("oneOf", ()):
        found |= _kinds(one)
    return found - {"null"}


def _text(schema: Mapping[str, Any]) -> str:
    kinds = _kinds(schema)
    if "boolean" in kinds:
        return "true"
    if kinds & {"integer", "number"}:
        low = [one["minimum"] for one in (schema, *schema.get("oneOf", ())) if "minimum" in one]
        return str(max([1, *low]))
    return str(next((one for one in schema.get("enum", ()) if one), "1"))
