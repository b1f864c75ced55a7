"""A body in JSON: facts as a table of texts, and what stands beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from libminsheng.errors import FactsError, Fault, Place, nearest

__all__ = ["Number", "read_json", "split_body", "write_rows"]


_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")


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
        found = json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)
        if _HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode()  # halves of characters that do not make whole ones
    except json.JSONDecodeError as error:
        place = Place(label, line=error.lineno, position=error.colno)
        raise FactsError(Fault("service.json", place, {"reason": error.msg})) from None
    except (UnicodeError, RecursionError) as error:
        raise FactsError(Fault("service.json", Place(label), {"reason": type(error).__name__})) from None
    return found


def split_body(body: Any, keys: Sequence[str] = ("facts",), *, needed: bool = True) -> tuple[Any, dict[str, Any]]:
    """The facts of a body, and what stands in it under other keys; without facts None, where they are not needed.

    Raises
    ------
    FactsError
        If it is no object with facts, or has keys that nobody knows.

    Examples
    --------
    >>> split_body({"facts": [], "period": "2017"}, ("facts", "period"))
    ([], {'period': '2017'})
    """
    if not isinstance(body, dict) or (needed and "facts" not in body):
        raise FactsError(Fault("service.json_shape"))
    known = ", ".join(keys)
    unknown = [
        Fault("service.json_key", values={"key": key, "known": known}, near=partial(nearest, key, keys))
        for key in body
        if key not in keys
    ]
    if unknown:
        raise FactsError(*unknown)
    return body.get("facts"), {key: value for key, value in body.items() if key != "facts" and value is not None}


def write_rows(rows: Any, path: Path, check: Callable[[int, int], None]) -> None:
    """Write facts as Parquet, all of them texts, if the check of their rows and columns lets them pass.

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
    check(len(rows), len(names))  # before each row has each column: of a thousand rows each may bring one of its own
    try:
        columns = {name: [_text(row.get(name)) for row in rows] for name in names}
        pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String)).write_parquet(path)
    except (UnicodeEncodeError, pl.exceptions.PolarsError):
        raise FactsError(Fault("service.json", values={"reason": "surrogates"})) from None


def _text(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value
