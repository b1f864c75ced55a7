"""What stands in a request's body: files of facts, and what a service takes beside them."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, ClassVar, Final, TypeVar

from multipart import MultipartError, MultipartParser, MultipartPart, parse_options_header

from libminsheng.errors import FactsError, Fault, Place, nearest
from libminsheng.facts.tables import refuse_wide
from minsheng_http.forms import FORMS, MULTIPART, Form, form_of
from minsheng_http.json_body import read_json, split_body, write_rows
from minsheng_http.problems import Refused
from minsheng_http.received import Received
from minsheng_http.settings import ServiceSettings
from minsheng_http.sizes import size_of

__all__ = ["Uploads", "unpack"]

_MOST_PARTS: Final = 32


@dataclass
class Uploads(ABC):
    """Files of facts in a request's folder, and how a fault tells where in the body it lies.

    `labels` has what the caller calls each file (None for the body itself); `json_facts` are files whose rows were
    counted from 1 without a header, `json_texts` those whose lines the caller has never seen. A service that takes
    more than facts names its `parts` and says what becomes of them.
    """

    parts: ClassVar[tuple[str, ...]] = ("facts",)
    """Names of the parts of a multipart body, and of the keys of a body in JSON."""
    facts_needed: ClassVar[bool] = True
    """Whether a body without facts is refused."""

    folder: Path
    settings: ServiceSettings
    facts: list[Path] = field(default_factory=list)
    labels: dict[str, str | None] = field(default_factory=dict)
    json_facts: set[str] = field(default_factory=set)
    json_texts: set[str] = field(default_factory=set)

    @abstractmethod
    def take_part(self, name: str, path: Path, form: Form | None, label: str) -> None:
        """Note a part that is not facts."""

    @abstractmethod
    def take_key(self, name: str, value: Any) -> None:
        """Note a key of a body in JSON that is not facts."""

    def told(self, fault: Fault) -> Fault:
        """A fault as the caller may read it: by the caller's names, never by those of this machine."""
        place, file = fault.place, fault.place.file or ""
        if file in self.labels:
            place = replace(place, file=self.labels[file])
        if file in self.json_facts and place.row is not None:
            place = replace(place, row=place.row - 1 or None)
        if file in self.json_texts:
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


Kind = TypeVar("Kind", bound=Uploads)


def unpack(received: Received, uploads: Kind) -> Kind:
    """Sort out a body, and refuse what is too large before it is unpacked.

    Raises
    ------
    Refused
        If it is larger than the settings allow, or a part is of no known kind.
    MinshengError
        If it is not what its media type says.
    """
    try:
        if received.content_type.partition(";")[0].strip().lower() == MULTIPART:
            _multipart(received, uploads)
        else:
            form = form_of(received.content_type) or FORMS["json"]
            _facts(received.path, form, None, uploads)
    except FactsError as error:
        raise FactsError(*map(uploads.told, error.faults)) from None
    return uploads


def _multipart(received: Received, uploads: Uploads) -> None:
    boundary = parse_options_header(received.content_type)[1].get("boundary", "")
    faults: list[Fault] = []
    try:
        with received.path.open("rb") as file:
            most = uploads.settings.most_json
            parser = MultipartParser(file, boundary, part_limit=_MOST_PARTS, memory_limit=most)
            for number, part in enumerate(parser):
                _part(part, number, uploads, faults)
                part.close()
    except (MultipartError, UnicodeDecodeError, LookupError) as error:
        raise FactsError(Fault("service.multipart", values={"reason": str(error)})) from None
    if uploads.facts_needed and not uploads.facts and not faults:
        faults.append(Fault("service.no_facts"))
    if faults:
        raise FactsError(*faults)


def _part(part: MultipartPart, number: int, uploads: Uploads, faults: list[Fault]) -> None:
    if part.name not in uploads.parts:
        values = {"part": part.name, "known": ", ".join(uploads.parts)}
        faults.append(Fault("service.unknown_part", values=values, near=lambda: nearest(part.name, uploads.parts)))
        return
    label = PurePath(part.filename or part.name).name[:100]
    path = uploads.folder / f"part-{number}"
    with path.open("wb") as target:
        shutil.copyfileobj(part.file, target)
    form = form_of(part.content_type, part.filename or "")
    if part.name != "facts":
        uploads.take_part(part.name, path, form, label)
    elif form is None:
        values = {"given": part.content_type, "known": ", ".join(FORMS)}
        raise Refused(415, Fault("service.media_type", Place(label), values))
    else:
        _facts(path, form, label, uploads)


def _facts(path: Path, form: Form, label: str | None, uploads: Uploads) -> None:
    """Note a file of facts under a name whose suffix tells `read_facts` what it is."""
    settings = uploads.settings
    target = uploads.folder / f"facts-{len(uploads.facts)}{form.suffixes[0]}"
    if form.name == "json":
        if path.stat().st_size > settings.most_json:
            raise Refused(413, Fault("service.too_many_bytes", Place(label), {"most": settings.most_json}))
        target = target.with_suffix(".parquet")
        body = read_json(path.read_bytes(), label=label)
        rows, others = split_body(body, uploads.parts, needed=uploads.facts_needed)
        for name, value in others.items():
            uploads.take_key(name, value)
        if rows is None and not uploads.facts_needed:
            return
        write_rows(rows, target, lambda count, columns: _check_size(count, columns, label, settings))
        uploads.json_facts.add(str(target))
    else:
        uploads.labels[str(path)] = label
        size = size_of(path, form.name)
        if size is not None:
            _check_size(size.rows, size.columns, label, settings)
            if size.unpacked > settings.most_unpacked:
                raise Refused(413, Fault("service.too_many_bytes", Place(label), {"most": settings.most_unpacked}))
        path.rename(target)
    uploads.facts.append(target)
    uploads.labels[str(target)] = label


def _check_size(rows: int, columns: int, label: str | None, settings: ServiceSettings) -> None:
    refuse_wide(columns, Place(label))
    if rows - 1 > settings.most_rows:
        raise Refused(413, Fault("service.too_many_rows", Place(label), {"most": settings.most_rows}))
    if rows * columns > settings.most_cells:
        raise Refused(413, Fault("service.too_many_cells", Place(label), {"most": settings.most_cells}))
