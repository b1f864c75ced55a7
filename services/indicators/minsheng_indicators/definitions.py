"""A caller's own definitions in JSON, as the TOML that packs are written in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from libminsheng.errors import Fault, MinshengError
from minsheng_http.json_body import Number

__all__ = ["toml_text"]

_DEEPEST: Final = 60
_CONSTANTS: Final = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}


def toml_text(definitions: Any) -> str:
    r"""The tables of definitions in JSON, as TOML; what is null is left out.

    Raises
    ------
    MinshengError
        If they are no object, or nested too deep.

    Examples
    --------
    >>> print(toml_text({"measure": [{"code": "done", "name": {"zh": "完成数"}}], "pack": {"id": "mine"}}))
    "measure" = [{"code" = "done", "name" = {"zh" = "完成数"}}]
    "pack" = {"id" = "mine"}
    """
    if not isinstance(definitions, Mapping):
        raise MinshengError(Fault("service.definitions_shape"))
    return "\n".join(f"{_quoted(key)} = {_toml(value, 1)}" for key, value in definitions.items() if value is not None)


def _toml(value: Any, depth: int) -> str:
    if depth > _DEEPEST:
        raise MinshengError(Fault("service.definitions_shape"))
    match value:
        case bool():
            return "true" if value else "false"
        case Number():
            return _CONSTANTS.get(value, value)
        case str():
            return _quoted(value)
        case Mapping():
            pairs = (f"{_quoted(key)} = {_toml(one, depth + 1)}" for key, one in value.items() if one is not None)
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(_toml(one, depth + 1) for one in value if one is not None) + "]"
    raise TypeError(type(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
