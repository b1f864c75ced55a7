"""Packs as text: TOML as people write it, JSON as programs exchange it, and the schema that the JSON keeps to."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.pack import Pack
from libminsheng.definitions.rows import PackFile
from libminsheng.definitions.tables import pack_tables

__all__ = ["DIALECT", "joint_digest", "pack_digest", "pack_json", "pack_schema", "pack_toml"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WIDE: Final = 110
"""A list that would be longer has a line for each of its elements."""


def pack_json(pack: Pack, catalogue: Catalogue) -> str:
    """A pack as JSON, exact numbers as texts; `--pack FILE.json` and `ms.catalogue` read it as they read TOML.

    >>> import libminsheng as ms
    >>> found = ms.catalogue()
    >>> pack_json(found.packs[0], found).splitlines()[1]
    '  "pack": {'
    """
    return json.dumps(pack_tables(pack, catalogue), ensure_ascii=False, indent=2) + "\n"


def pack_digest(pack: Pack, catalogue: Catalogue) -> str:
    """SHA-256 of a pack as JSON: two places that have the same one need not send it to each other.

    >>> import libminsheng as ms
    >>> found = ms.catalogue()
    >>> len(pack_digest(found.packs[0], found))
    64
    """
    return hashlib.sha256(pack_json(pack, catalogue).encode()).hexdigest()


def joint_digest(digests: Mapping[str, str]) -> str:
    """One digest over those of packs, by their codes: of every definition that there is.

    >>> joint_digest({"a": "1", "b": "2"}) == joint_digest({"b": "2", "a": "1"})
    True
    """
    lines = sorted(f"{code} {digest}" for code, digest in digests.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def pack_toml(pack: Pack, catalogue: Catalogue) -> str:
    """A pack as one file of TOML.

    >>> import libminsheng as ms
    >>> found = ms.catalogue()
    >>> pack_toml(found.packs[0], found).splitlines()[0]
    '[pack]'
    """
    return "\n".join(_lines(pack_tables(pack, catalogue, exact=True))) + "\n"


def pack_schema() -> dict[str, Any]:
    """What a pack in JSON has to look like, as a JSON Schema (2020-12).

    A pack that keeps to it can still be wrong: whether units fit and names are known is seen when it is read.

    >>> schema = pack_schema()
    >>> schema["$schema"], sorted(schema["properties"])[:3]
    ('https://json-schema.org/draft/2020-12/schema', ['$schema', 'case', 'indicator'])
    """
    schema = PackFile.model_json_schema(mode="validation")
    schema["properties"]["$schema"] = {"type": "string"}
    return {"$schema": DIALECT, "$id": "urn:libminsheng:pack", **schema}


def _lines(tables: Mapping[str, Any]) -> Iterator[str]:
    first = True
    for kind, rows in tables.items():
        for row in [rows] if isinstance(rows, Mapping) else rows:
            yield from () if first else ("",)
            yield f"[{kind}]" if isinstance(rows, Mapping) else f"[[{kind}]]"
            yield from (f"{_key(name)} = {_value(value)}" for name, value in row.items() if value is not None)
            first = False


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").replace("-", "a").isalnum()
    return name if plain else _text(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case Decimal():
            return f"{value:f}"
        case int():
            return str(value)
        case datetime.date():
            return value.isoformat()
        case Mapping():
            inner = ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items() if one is not None)
            return f"{{ {inner} }}" if inner else "{}"
        case Sequence():
            return _list(value)
    raise TypeError(f"{type(value).__name__} in a pack")


def _list(values: Sequence[Any]) -> str:
    """An open end of bounds is an infinity: TOML has no null."""
    texts = [("-inf", "inf")[at > 0] if value is None else _value(value) for at, value in enumerate(values)]
    line = f"[{', '.join(texts)}]"
    return line if len(line) <= _WIDE else "[\n" + "".join(f"    {text},\n" for text in texts) + "]"


def _text(text: str) -> str:
    """A text in quotes: the escapes of JSON are those of TOML, but for one."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
