"""Reading packs from TOML or JSON: every fault of a pack at once, each with its file and line."""

from __future__ import annotations

import json
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from libminsheng.definitions.row import SourceRow
from libminsheng.definitions.rows import CaseRow, IndicatorRow, MeasureRow, PackFile, PackRow, SeenRow
from libminsheng.definitions.rule_rows import HypothesisRow, RuleRow
from libminsheng.definitions.scheme_rows import (
    BandRow,
    GradeRow,
    GroupRow,
    ItemRow,
    LightRow,
    SchemeRow,
    StepRow,
    WatchRow,
)
from libminsheng.errors import DefinitionError, Fault, Place, nearest

__all__ = ["Draft", "Placer", "read_cases", "read_draft"]

_CASES: Final = "cases.toml"
_FILES: Final = (
    "pack.toml",
    "measures.toml",
    "indicators.toml",
    "schemes.toml",
    "monitoring.toml",
    "rules.toml",
    _CASES,
)
_LISTS: Final = {"watch": "watches"}
_LARGEST: Final = 20_000_000
_MOST_DOTS: Final = 500
"""On a line of TOML: the time to read a key grows with the square of its parts."""
_TABLES: Final[dict[str, type[BaseModel]]] = {
    "pack": PackRow,
    "measure": MeasureRow,
    "indicator": IndicatorRow,
    "case": CaseRow,
    "scheme": SchemeRow,
    "light": LightRow,
    "watch": WatchRow,
    "rule": RuleRow,
}
_PARTS: Final[dict[str, type[BaseModel]]] = {
    "source": SourceRow,
    "items": ItemRow,
    "groups": GroupRow,
    "grades": GradeRow,
    "bands": BandRow,
    "steps": StepRow,
    "hypotheses": HypothesisRow,
    "findings": SeenRow,
}
"""Tables within tables, by their keys."""


_TOKEN: Final = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"' r"|'''[\s\S]*?'''|'[^'\n]*'|#[^\n]*|[\[\]{}\n]")
"""What decides where a table begins: brackets and line ends, with texts and comments as wholes."""

_BEGINS: Final = re.compile(r"\s*\[\[?\s*\w")
"""The first line of the next table."""
_KEY: Final = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]+))\s*[=.]")

Placer = Callable[[str], Place]
"""Gives the place of a key of one table (``items.2``: of its third item); of the table itself for an empty key."""


@dataclass
class _File:
    """One TOML file, with its text for finding lines where something is wrong."""

    path: Path
    text: str
    rows: PackFile = PackFile()
    numbers: dict[str, list[int]] = field(default_factory=dict)
    _opened: dict[int, list[int]] = field(default_factory=dict)
    _known: dict[int, dict[str, int]] = field(default_factory=dict)

    def number(self, kind: str, kept: int) -> int:
        """The number in the file of a table, counted among those that were kept."""
        return self.numbers[kind][kept] if kind in self.numbers else kept

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, loc: tuple[Any, ...]) -> int | None:
        """The line of a key: ``("indicator", 3, "unit")`` is the key of the fourth indicator.

        Of a table within a table, ``("scheme", 0, "items", 2, "weight")``, it is the line on which
        that table begins.
        """
        if not loc:
            return None
        table, number, rest = str(loc[0]), 0, loc[1:]
        if rest and isinstance(rest[0], int):
            number, rest = rest[0], rest[1:]
        starts = self._headers.get(table, ())
        if number >= len(starts):
            return starts[0] if starts else None
        start, end = starts[number], min(starts[number + 1 : number + 2], default=len(self._lines))
        key = str(rest[0]) if rest else ""
        inner = rest[1] if len(rest) > 1 and isinstance(rest[1], int) else None
        nested = self._headers.get(f"{table}.{key}", ())
        first = bisect_right(nested, start)
        if inner is not None and first + inner < bisect_right(nested, end):
            return nested[first + inner]
        at = self._keys(start).get(key)
        if at is None:
            return start
        openings = [] if inner is None else self._openings(at)
        return openings[inner] if inner is not None and inner < len(openings) else at

    def _openings(self, start: int) -> list[int]:
        """The lines on which the inline tables of the array begin whose key stands on line `start`."""
        if start in self._opened:
            return self._opened[start]
        found = self._opened[start] = []
        depth, at = 0, start
        for mark in _TOKEN.findall("\n".join(self._lines[start - 1 :])):
            if mark in "[{":
                found += [at] if mark == "{" and depth == 1 else []
                depth += 1
            elif mark in "]}":
                depth -= 1
                if depth <= 0:
                    break
            at += mark.count("\n")
        return found

    @cached_property
    def _headers(self) -> Mapping[str, Sequence[int]]:
        """The lines on which the tables of each name begin."""
        found: dict[str, list[int]] = {}
        for at, line in enumerate(self._lines, start=1):
            text = line.partition("#")[0].strip()
            if text.startswith("[") and text.endswith("]"):
                found.setdefault(text.strip("[] \t"), []).append(at)
        return found

    def _keys(self, start: int) -> Mapping[str, int]:
        """The lines of the keys of the table that begins on line `start`, up to where the next table begins."""
        found = self._known.get(start)
        if found is None:
            found = self._known[start] = {}
            for at, line in enumerate(islice(self._lines, start, None), start=start + 1):
                if _BEGINS.match(line):
                    break
                if key := _KEY.match(line):
                    found.setdefault(key[1] or key[2] or key[3], at)
        return found


@dataclass
class Draft:
    """A pack as it was read: rows with their places, formulas not yet resolved against a catalogue.

    `broken` are the codes of rows that had faults; who names them has done nothing wrong.
    """

    id: str
    pack: PackRow = PackRow()
    measures: list[tuple[MeasureRow, Placer]] = field(default_factory=list)
    indicators: list[tuple[IndicatorRow, Placer]] = field(default_factory=list)
    cases: list[tuple[CaseRow, Placer]] = field(default_factory=list)
    schemes: list[tuple[SchemeRow, Placer]] = field(default_factory=list)
    lights: list[tuple[LightRow, Placer]] = field(default_factory=list)
    watches: list[tuple[WatchRow, Placer]] = field(default_factory=list)
    rules: list[tuple[RuleRow, Placer]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    builtin: bool = False
    path: Path | None = None
    unread: Path | None = None
    """The file of cases of a built-in pack: a third of all its text, and wanted only when cases are run or counted."""


def read_draft(path: Path, *, builtin: bool = False) -> Draft:
    """Read a folder of TOML files, or a single file of TOML or JSON, as a pack.

    Raises
    ------
    DefinitionError
        If nothing is there to be read.
    """
    files = [path / name for name in _FILES if (path / name).exists()] if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise DefinitionError(Fault("definitions.no_pack", Place(str(path)), {"files": ", ".join(_FILES)}))
    draft = Draft(path.stem, builtin=builtin, path=path.resolve())
    for name in files:
        if builtin and name.name == _CASES:
            draft.unread = name
            continue
        found = _read_file(name, draft.faults, draft.broken)
        if found is None:
            continue
        if "pack" in found.rows.model_fields_set:
            draft.pack = found.rows.pack
        for kind in ("measure", "indicator", "case", "scheme", "light", "watch", "rule"):
            rows = getattr(draft, _LISTS.get(kind, f"{kind}s"))
            rows.extend(
                (row, _placer(found, kind, found.number(kind, kept)))
                for kept, row in enumerate(getattr(found.rows, kind))
            )
    draft.id = draft.pack.id or draft.id
    return draft


def read_cases(path: Path) -> list[tuple[CaseRow, Placer]]:
    """The cases of a file that was left unread.

    Raises
    ------
    DefinitionError
        With every fault of the file.
    """
    faults: list[Fault] = []
    found = _read_file(path, faults, set())
    if faults or found is None:
        raise DefinitionError(*faults)
    return [(row, _placer(found, "case", number)) for number, row in enumerate(found.rows.case)]


def _placer(found: _File, kind: str, number: int) -> Placer:
    def place(key: str) -> Place:
        parts = [int(part) if part.isdecimal() else part for part in key.split(".") if part]
        return Place(str(found.path), line=found.line((kind, number, *parts)))

    return place


def _dotted(text: str) -> int | None:
    """The first line with more dots than may be; None if there is none."""
    return next((number for number, line in enumerate(text.split("\n"), 1) if line.count(".") > _MOST_DOTS), None)


def _read_file(path: Path, faults: list[Fault], broken: set[str]) -> _File | None:
    try:
        raw = path.read_bytes()
        if len(raw) > _LARGEST:
            faults.append(Fault("definitions.file_size", Place(str(path)), {"most": _LARGEST // 1_000_000}))
            return None
        text = raw.decode("utf-8-sig")
        if path.suffix.lower() != ".json" and (dotted := _dotted(text)) is not None:
            faults.append(Fault("definitions.dots", Place(str(path), line=dotted), {"most": _MOST_DOTS}))
            return None
        data = _from_json(text) if path.suffix.lower() == ".json" else tomllib.loads(text, parse_float=_decimal)
    except OSError as error:
        faults.append(Fault("definitions.file", Place(str(path)), {"reason": error.strerror or str(error)}))
    except UnicodeDecodeError:
        faults.append(Fault("definitions.file_encoding", Place(str(path))))
    except json.JSONDecodeError as error:
        faults.append(Fault("definitions.json", Place(str(path), line=error.lineno), {"reason": error.msg}))
    except (ValueError, RecursionError) as error:  # a ValueError too where a whole number has thousands of digits
        at = re.search(r"\(at line (\d+)", str(error))
        place = Place(str(path), line=int(at[1]) if at else None)
        reason = str(error).split(" (at ")[0].partition(";")[0]
        faults.append(Fault("definitions.toml", place, {"reason": reason}))
    else:
        found = _File(path, text)
        found.rows = _validated(found, data, faults)
        broken.update(_broken(found, data))
        return found
    return None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"no number can be as long as {text[:60]}") from None


def _from_json(text: str) -> dict[str, Any]:
    """The tables of a pack in JSON, its numbers with all of their digits; a key given twice is refused, as in TOML."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise json.JSONDecodeError(f"key twice: {twice[:60]}", text, 0)
        return found

    def refuse(word: str) -> None:
        raise json.JSONDecodeError(f"no number: {word}", text, text.find(word))

    data = json.loads(text, parse_float=_decimal, parse_constant=refuse, object_pairs_hook=once)
    if not isinstance(data, dict):
        raise json.JSONDecodeError("no object", text, 0)
    data.pop("$schema", None)
    return data


def _validated(found: _File, data: dict[str, Any], faults: list[Fault]) -> PackFile:
    """The file's tables; rows with faults are left out after their faults were noted."""
    try:
        return PackFile.model_validate(data)
    except ValidationError as error:
        bad: dict[str, set[int]] = {}
        for one in error.errors(include_url=False):
            if (told := _of_union(one)) is not None:
                faults.append(_fault(found, told, data))
            loc = one["loc"]
            if len(loc) > 1 and isinstance(loc[1], int):
                bad.setdefault(str(loc[0]), set()).add(loc[1])
            else:
                bad.setdefault(str(loc[0]), set()).add(-1)
        tables = {kind: rows for kind, rows in data.items() if kind in _TABLES and isinstance(rows, list)}
        found.numbers = {
            kind: [number for number in range(len(rows)) if number not in bad.get(kind, ())]
            for kind, rows in tables.items()
        }
        kept = {kind: [rows[number] for number in found.numbers[kind]] for kind, rows in tables.items()}
        return PackFile.model_validate(kept)


def _broken(found: _File, data: dict[str, Any]) -> Iterator[str]:
    """The codes of the tables that were not kept."""
    for kind, kept in found.numbers.items():
        left = frozenset(kept)
        for number, row in enumerate(data[kind]):
            if number not in left and isinstance(row, dict) and isinstance(row.get("code"), str):
                yield row["code"]


def _of_union(error: Any) -> Any:
    """An error as it is told: of a key that takes a number or a word, one for what was written, of that key itself."""
    label = error["loc"][-1] if error["loc"] else ""
    if label == "decimal":
        return None if isinstance(error["input"], str) else {**error, "loc": error["loc"][:-1]}
    if isinstance(label, str) and label.startswith("literal["):
        return {**error, "loc": error["loc"][:-1]} if isinstance(error["input"], str) else None
    return error


def _fault(found: _File, error: Any, data: dict[str, Any]) -> Fault:
    loc, kind = error["loc"], error["type"]
    key = next((str(part) for part in reversed(loc) if isinstance(part, str)), "")
    item = _item(loc, data)
    place = Place(str(found.path), line=found.line(loc), item=item)
    if kind == "extra_forbidden":
        known = _known_keys(loc)
        return Fault("definitions.unknown_key", place, {"key": key}, lambda: nearest(key, known))
    if kind == "missing":
        return Fault("definitions.missing_key", place, {"key": key})
    value = str(error["input"])
    values = {"key": key, "value": value if len(value) <= 60 else value[:60] + "…", "reason": error["msg"]}
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
        values["choices"] = ", ".join(choices)
        return Fault("definitions.choice", place, values, lambda: nearest(value, choices))
    return Fault("definitions.value", place, values)


def _item(loc: tuple[Any, ...], data: dict[str, Any]) -> str | None:
    """The code of the row that a fault lies in."""
    if len(loc) < 2 or not isinstance(loc[1], int):
        return None
    row = data[str(loc[0])][loc[1]]
    code = row.get("code") or row.get("name") if isinstance(row, dict) else None
    return code if isinstance(code, str) else None


def _known_keys(loc: tuple[Any, ...]) -> list[str]:
    if len(loc) == 1:
        return list(_TABLES)
    model = _TABLES.get(str(loc[0]))
    parents = [part for part in loc[1:-1] if isinstance(part, str)]
    model = _PARTS.get(parents[-1], model) if parents else model
    return list(model.model_fields) if model else []
