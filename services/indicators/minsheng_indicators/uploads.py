"""What stands in a request's body: files of facts, and files of definitions."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Final

import polars as pl
from multipart import MultipartError, MultipartParser, MultipartPart, parse_options_header

from libminsheng.errors import FactsError, Fault, Place, nearest
from minsheng_indicators.forms import FORMS, MULTIPART, Form, form_of
from minsheng_indicators.json_body import read_json, split_body, toml_text, write_rows
from minsheng_indicators.problems import Refused
from minsheng_indicators.received import Received
from minsheng_indicators.settings import Settings
from minsheng_indicators.sizes import is_stream, size_of

__all__ = ["Uploads", "unpack"]

_PARTS: Final = ("facts", "definitions")
_MOST_PARTS: Final = 32
_PACK_FILES: Final = frozenset(
    f"{name}.toml" for name in ("pack", "measures", "indicators", "schemes", "monitoring", "rules", "cases")
)
"""Definitions under these names are one pack, as they are in a folder."""


@dataclass
class Uploads:
    """Files of facts and packs in a request's folder, and how a fault tells where in the body it lies.

    `labels` has what the caller calls each file (None for the body itself); `json_facts` are files whose rows were
    counted from 1 without a header, `json_definitions` those whose lines the caller has never seen.
    """

    folder: Path
    facts: list[Path] = field(default_factory=list)
    packs: list[Path] = field(default_factory=list)
    labels: dict[str, str | None] = field(default_factory=dict)
    json_facts: set[str] = field(default_factory=set)
    json_definitions: set[str] = field(default_factory=set)
    definitions: int = 0
    """Bytes of definitions so far."""

    def told(self, fault: Fault) -> Fault:
        """A fault as the caller may read it: by the caller's names, never by those of this machine."""
        place, file = fault.place, fault.place.file or ""
        if file in self.labels:
            place = replace(place, file=self.labels[file])
        if file in self.json_facts and place.row is not None:
            place = replace(place, row=place.row - 1 or None)
        if file in self.json_definitions:
            place = replace(place, line=None)
        values = {key: self._cleaned(value) for key, value in fault.values.items()}
        if file in self.json_facts and isinstance(values.get("first"), int):
            values["first"] = int(str(values["first"])) - 1
        return replace(fault, place=place, values=values)

    def _cleaned(self, value: object) -> object:
        if not isinstance(value, str | Path):
            return value
        text = str(value)
        label = self.labels.get(text, text) or ""
        return label.replace(f"{self.folder}/", "") if isinstance(value, Path) or label != value else value


def unpack(received: Received, settings: Settings) -> Uploads:
    """Sort out a body, and refuse what is too large before it is unpacked.

    Raises
    ------
    Refused
        If it is larger than the settings allow, or a part is of no known kind.
    MinshengError
        If it is not what its media type says.
    """
    uploads = Uploads(received.folder)
    try:
        if received.content_type.partition(";")[0].strip().lower() == MULTIPART:
            _multipart(received, uploads, settings)
        else:
            form = form_of(received.content_type) or FORMS["json"]
            _facts(received.path, form, None, uploads, settings)
    except FactsError as error:
        raise FactsError(*map(uploads.told, error.faults)) from None
    return uploads


def _multipart(received: Received, uploads: Uploads, settings: Settings) -> None:
    boundary = parse_options_header(received.content_type)[1].get("boundary", "")
    faults: list[Fault] = []
    try:
        with received.path.open("rb") as file:
            parser = MultipartParser(file, boundary, part_limit=_MOST_PARTS, memory_limit=settings.most_json)
            for number, part in enumerate(parser):
                _part(part, number, uploads, settings, faults)
                part.close()
    except (MultipartError, UnicodeDecodeError, LookupError) as error:
        raise FactsError(Fault("service.multipart", values={"reason": str(error)})) from None
    if not uploads.facts and not faults:
        faults.append(Fault("service.no_facts"))
    if faults:
        raise FactsError(*faults)


def _part(part: MultipartPart, number: int, uploads: Uploads, settings: Settings, faults: list[Fault]) -> None:
    if part.name not in _PARTS:
        values = {"part": part.name}
        faults.append(Fault("service.unknown_part", values=values, near=lambda: nearest(part.name, _PARTS)))
        return
    label = PurePath(part.filename or part.name).name[:100]
    path = uploads.folder / f"part-{number}"
    with path.open("wb") as target:
        shutil.copyfileobj(part.file, target)
    form = form_of(part.content_type, part.filename or "")
    if part.name == "facts":
        if form is None:
            known = ", ".join(FORMS)
            values = {"given": part.content_type, "known": known}
            raise Refused(415, Fault("service.media_type", Place(label), values))
        _facts(path, form, label, uploads, settings)
    elif form is not None and form.name == "json":
        _json_definitions(read_json(_small(path, uploads, settings), label=label), label, uploads)
    else:
        _toml_definitions(_small(path, uploads, settings), label, uploads)


def _facts(path: Path, form: Form, label: str | None, uploads: Uploads, settings: Settings) -> None:
    """Note a file of facts under a name whose suffix tells `read_facts` what it is."""
    target = uploads.folder / f"facts-{len(uploads.facts)}{form.suffixes[0]}"
    if form.name == "json":
        if path.stat().st_size > settings.most_json:
            raise Refused(413, Fault("service.too_many_bytes", Place(label), {"most": settings.most_json}))
        target = target.with_suffix(".parquet")
        rows, definitions = split_body(read_json(path.read_bytes(), label=label))
        count, columns = write_rows(rows, target)
        _check_size(count, columns, label, settings)
        if definitions is not None:
            _own_definitions(definitions, uploads, settings)
        uploads.json_facts.add(str(target))
    else:
        uploads.labels[str(path)] = label
        size = size_of(path, form.name)
        if size is not None:
            _check_size(size.rows, size.columns, label, settings)
            if size.unpacked > settings.most_unpacked:
                raise Refused(413, Fault("service.too_many_bytes", Place(label), {"most": settings.most_unpacked}))
        if form.name == "arrow" and is_stream(path):
            _as_file(path, target)
        else:
            path.rename(target)
    uploads.facts.append(target)
    uploads.labels[str(target)] = label


def _check_size(rows: int, columns: int, label: str | None, settings: Settings) -> None:
    if rows - 1 > settings.most_rows:
        raise Refused(413, Fault("service.too_many_rows", Place(label), {"most": settings.most_rows}))
    if rows * columns > settings.most_cells:
        raise Refused(413, Fault("service.too_many_cells", Place(label), {"most": settings.most_cells}))


def _as_file(path: Path, target: Path) -> None:
    """Write an Arrow stream as the file that `read_facts` reads."""
    try:
        pl.read_ipc_stream(path).write_ipc(target)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise FactsError(Fault("facts.not_readable", Place(str(path)), {"kind": "arrow", "reason": reason})) from None


def _own_definitions(definitions: Any, uploads: Uploads, settings: Settings) -> None:
    if isinstance(definitions, str):
        _toml_definitions(_encoded(definitions), "definitions", uploads)
    else:
        _json_definitions(definitions, "definitions", uploads)
    _check_definitions(uploads, settings)


def _json_definitions(definitions: Any, label: str, uploads: Uploads) -> None:
    path = _toml_definitions(_encoded(toml_text(definitions)), label, uploads)
    uploads.json_definitions.add(str(path))


def _toml_definitions(text: bytes, label: str, uploads: Uploads) -> Path:
    """Note definitions: those under the names that files of a pack have are one pack, any other is one of its own."""
    uploads.definitions += len(text)
    if label in _PACK_FILES:
        pack = uploads.folder / "definitions"
        pack.mkdir(exist_ok=True)
        path = pack / label
        if path.exists():
            raise FactsError(Fault("service.part_twice", Place(label)))
    else:
        path = pack = uploads.folder / f"definitions-{len(uploads.packs)}.toml"
    path.write_bytes(text)
    uploads.labels[str(path)] = label
    if pack not in uploads.packs:
        uploads.packs.append(pack)
    return path


def _small(path: Path, uploads: Uploads, settings: Settings) -> bytes:
    size = path.stat().st_size
    if uploads.definitions + size > settings.most_definitions:
        raise Refused(413, Fault("service.too_many_bytes", values={"most": settings.most_definitions}))
    return path.read_bytes()


def _check_definitions(uploads: Uploads, settings: Settings) -> None:
    if uploads.definitions > settings.most_definitions:
        raise Refused(413, Fault("service.too_many_bytes", values={"most": settings.most_definitions}))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise FactsError(Fault("service.json", values={"reason": "surrogates"})) from None
