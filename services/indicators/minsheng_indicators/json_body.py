"""A calculation's body in JSON: facts as a table of texts, definitions as the TOML that packs are written in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from libminsheng.errors import FactsError, Fault, MinshengError, Place, nearest

__all__ = ["read_json", "split_body", "toml_text", "write_rows"]

_KEYS: Final = ("facts", "definitions")
_DEEPEST: Final = 60
_CONSTANTS: Final = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}


class Number(str):
    """A number of JSON, digit by digit as it was written."""

    __slots__ = ()


def read_json(text: bytes, *, label: str | None = None) -> Any:
    """JSON with every number as the text that it was written as, so that none passes through a float.

    Raises
    ------
    FactsError
        If it is no JSON, or nested too deep.

    Examples
    --------
    >>> read_json(b'{"value": 0.10}')
    {'value': '0.10'}
    """
    try:
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)
    except json.JSONDecodeError as error:
        place = Place(label, line=error.lineno, position=error.colno)
        raise FactsError(Fault("service.json", place, {"reason": error.msg})) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise FactsError(Fault("service.json", Place(label), {"reason": type(error).__name__})) from None


def split_body(body: Any) -> tuple[Any, Any]:
    """The facts and the definitions of a body.

    Raises
    ------
    FactsError
        If it is no object with facts, or has keys that nobody knows.
    """
    if not isinstance(body, dict) or "facts" not in body:
        raise FactsError(Fault("service.json_shape"))
    unknown = [key for key in body if key not in _KEYS]
    if unknown:
        raise FactsError(
            *(Fault("service.json_key", values={"key": key}, near=partial(nearest, key, _KEYS)) for key in unknown)
        )
    return body["facts"], body.get("definitions")


def write_rows(rows: Any, path: Path) -> tuple[int, int]:
    """Write facts as Parquet, all of them texts; how many rows and columns there are.

    Raises
    ------
    FactsError
        For each row that is no object of plain values.
    """
    if not isinstance(rows, list):
        raise FactsError(Fault("service.json_shape"))
    faults = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            faults.append(Fault("service.json_row", Place(row=number)))
            continue
        nested = [name for name, value in row.items() if isinstance(value, dict | list)]
        faults += [Fault("service.json_value", Place(row=number, column=name)) for name in nested]
    if faults:
        raise FactsError(*faults)
    names = list(dict.fromkeys(name for row in rows for name in row))
    try:
        columns = {name: [_text(row.get(name)) for row in rows] for name in names}
        pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).write_parquet(path)
    except (UnicodeEncodeError, pl.exceptions.PolarsError):
        raise FactsError(Fault("service.json", values={"reason": "surrogates"})) from None
    return len(rows), len(names)


def _text(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value


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
