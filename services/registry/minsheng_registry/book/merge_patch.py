"""Merge patches (RFC 7396): what changes in a JSON document, written as a document."""

from __future__ import annotations

from typing import Any

__all__ = ["merged"]


def merged(document: Any, patch: Any) -> Any:
    """A document with a patch put in: null removes, an object is merged, anything else replaces.

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
