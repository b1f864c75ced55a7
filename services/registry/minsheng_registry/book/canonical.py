"""JSON in one spelling, so that what is equal has equal text and one digest."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

__all__ = ["canonical", "digest", "read_json"]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: object) -> str:
    """JSON with sorted keys and without spaces.

    >>> canonical({"b": 1, "a": ["项目", None]})
    '{"a":["项目",null],"b":1}'
    """
    return _ENCODER.encode(value)


def read_json(text: str) -> Any:
    """What such a text says."""
    return json.loads(text)


def digest(value: object, algorithm: str = "sha256") -> str:
    """The digest of the canonical text, in hexadecimal.

    >>> digest({"a": 1}) == digest({"a": 1})
    True
    """
    return hashlib.new(algorithm, canonical(value).encode()).hexdigest()
