"""Reading packs from TOML: every fault of a pack at once, each with its file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.measure import Measure
from libminsheng.definitions.pack import Case, Pack
from libminsheng.definitions.parse import Parsed, read_formula
from libminsheng.definitions.rows import CaseRow, IndicatorRow, MeasureRow, PackFile, PackRow, SourceRow
from libminsheng.definitions.source import Source
from libminsheng.errors import DefinitionError, Fault, FormulaError, Place, UnitError, nearest
from libminsheng.vocabulary.text import Text
from libminsheng.vocabulary.units import unit

__all__ = ["Draft", "finished", "read_draft"]

_FILES: Final = ("pack.toml", "measures.toml", "indicators.toml", "cases.toml")
_LARGEST: Final = 20_000_000
_TABLES: Final[dict[str, type[BaseModel]]] = {
    "pack": PackRow,
    "measure": MeasureRow,
    "indicator": IndicatorRow,
    "case": CaseRow,
}


Placer = Callable[[str], Place]
"""Gives the place of a key of one table; of the table itself for an empty key."""


@dataclass
class _File:
    """One TOML file, with its text for finding lines where something is wrong."""

    path: Path
    text: str
    rows: PackFile = PackFile()
    numbers: dict[str, list[int]] = field(default_factory=dict)

    def number(self, kind: str, kept: int) -> int:
        """The number in the file of a table, counted among those that were kept."""
        return self.numbers[kind][kept] if kind in self.numbers else kept

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, loc: tuple[Any, ...]) -> int | None:
        """The line of a key: ``("indicator", 3, "unit")`` is the key of the fourth indicator."""
        if not loc:
            return None
        table, number = str(loc[0]), loc[1] if len(loc) > 1 and isinstance(loc[1], int) else 0
        header = re.compile(rf"\s*\[\[?\s*{re.escape(table)}\s*\]\]?\s*(#.*)?$")
        starts = [at for at, line in enumerate(self._lines, start=1) if header.match(line)]
        if number >= len(starts):
            return starts[0] if starts else None
        start = starts[number]
        for key in (str(part) for part in loc[1:] if isinstance(part, str)):
            found = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
            for at in range(start, len(self._lines)):
                if re.match(r"\s*\[\[?\s*\w", self._lines[at]) and not self._lines[at].lstrip().startswith(
                    ("[ ", '["')
                ):
                    break
                if found.match(self._lines[at]):
                    return at + 1
            break
        return start


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
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    builtin: bool = False
    path: Path | None = None


def read_draft(path: Path, *, builtin: bool = False) -> Draft:
    """Read a folder of TOML files, or a single file, as a pack.

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
        found = _read_file(name, draft.faults, draft.broken)
        if found is None:
            continue
        if "pack" in found.rows.model_fields_set:
            draft.pack = found.rows.pack
        for kind in ("measure", "indicator", "case"):
            rows = getattr(draft, f"{kind}s")
            rows.extend(
                (row, _placer(found, kind, found.number(kind, kept)))
                for kept, row in enumerate(getattr(found.rows, kind))
            )
    draft.id = draft.pack.id or draft.id
    return draft


def _placer(found: _File, kind: str, number: int) -> Placer:
    def place(key: str) -> Place:
        return Place(str(found.path), line=found.line((kind, number, key) if key else (kind, number)))

    return place


def _read_file(path: Path, faults: list[Fault], broken: set[str]) -> _File | None:
    try:
        raw = path.read_bytes()
        if len(raw) > _LARGEST:
            faults.append(Fault("definitions.file_size", Place(str(path)), {"most": _LARGEST // 1_000_000}))
            return None
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        faults.append(Fault("definitions.file", Place(str(path)), {"reason": error.strerror or str(error)}))
    except UnicodeDecodeError:
        faults.append(Fault("definitions.file_encoding", Place(str(path))))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+)", str(error))
        place = Place(str(path), line=int(at[1]) if at else None)
        faults.append(Fault("definitions.toml", place, {"reason": str(error).split(" (at ")[0]}))
    else:
        found = _File(path, text)
        found.rows = _validated(found, data, faults)
        broken.update(_broken(found, data))
        return found
    return None


def _validated(found: _File, data: dict[str, Any], faults: list[Fault]) -> PackFile:
    """The file's tables; rows with faults are left out after their faults were noted."""
    try:
        return PackFile.model_validate(data)
    except ValidationError as error:
        bad: dict[str, set[int]] = {}
        for one in error.errors(include_url=False):
            faults.append(_fault(found, one, data))
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
        for number, row in enumerate(data[kind]):
            if number not in kept and isinstance(row, dict) and isinstance(row.get("code"), str):
                yield row["code"]


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
    if parents and parents[0] == "source":
        return list(SourceRow.model_fields)
    return list(model.model_fields) if model else []


def finished(
    draft: Draft, names: Callable[[str], str | None], odd: Iterable[str], faults: list[Fault]
) -> tuple[Pack, dict[str, Parsed]]:
    """The pack of a draft, its formulas read and names turned into codes, with what was read of each formula."""
    places: dict[str, Placer] = {}
    measures = tuple(_measures(draft, places, faults))
    parsed: dict[str, Parsed] = {}
    indicators = tuple(_indicators(draft, names, odd, parsed, places, faults))
    cases = tuple(Case(draft.id, row, place) for row, place in draft.cases)
    row = draft.pack
    pack = Pack(
        draft.id,
        _words(row.title),
        row.edition,
        row.licence,
        tuple(row.requires),
        measures,
        indicators,
        cases,
        places,
        draft.builtin,
    )
    return pack, parsed


def _measures(draft: Draft, places: dict[str, Placer], faults: list[Fault]) -> Iterator[Measure]:
    for row, place in draft.measures:
        key = f"measure:{row.code}"
        try:
            unit(row.unit)
        except UnitError as error:
            faults.extend(_placed(error.faults, place("unit"), row.code))
            continue
        places.setdefault(key, place)
        yield Measure(
            row.code,
            _words(row.name),
            unit=row.unit,
            time=row.time,
            decimals=row.decimals,
            year_starts=row.year_starts,
            breakdowns=row.breakdowns,
            aliases=row.aliases,
            definition=_words(row.definition),
            source=_source(row.source),
            pack=draft.id,
        )


def _indicators(
    draft: Draft,
    names: Callable[[str], str | None],
    odd: Iterable[str],
    parsed: dict[str, Parsed],
    places: dict[str, Placer],
    faults: list[Fault],
) -> Iterator[Indicator]:
    for row, place in draft.indicators:
        try:
            found = read_formula(row.formula, names, odd)
        except FormulaError as error:
            faults.extend(_placed(error.faults, place("formula"), row.code))
            continue
        key = f"{row.code}@{row.edition}"
        parsed.setdefault(key, found)
        places.setdefault(f"indicator:{key}", place)
        yield Indicator(
            row.code,
            found.tree,
            row.unit,
            _words(row.name),
            row.edition,
            row.decimals,
            row.rounding,
            row.bounds,
            row.better,
            row.domain,
            _source(row.source),
            row.valid_from,
            row.valid_to,
            row.default,
            _words(row.description),
            tuple(row.aliases),
            tuple(row.services),
            draft.id,
        )


def _placed(faults: Iterable[Fault], place: Place, item: str) -> Iterator[Fault]:
    for fault in faults:
        where = Place(place.file, place.line, position=fault.place.position, item=item)
        yield Fault(fault.code, where, fault.values, fault.near)


def _words(name: Any) -> Text:
    return Text(name.zh, name.en)


def _source(row: SourceRow | None) -> Source | None:
    return None if row is None else Source(row.document, row.clause, row.verified)
