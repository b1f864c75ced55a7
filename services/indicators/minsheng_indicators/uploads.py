"""What stands in a calculation's body: facts, and definitions of the caller's own beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from libminsheng.checks.finding import Finding
from libminsheng.errors import FactsError, Fault, Place
from minsheng_http.forms import Form
from minsheng_http.json_body import read_json
from minsheng_http.problems import Refused
from minsheng_http.uploads import Uploads
from minsheng_indicators.definitions import toml_text
from minsheng_indicators.settings import Settings

__all__ = ["CalculationUploads"]

_PACK_FILES: Final = frozenset(
    f"{name}.toml" for name in ("pack", "measures", "indicators", "schemes", "monitoring", "rules", "cases")
)
"""Definitions under these names are one pack, as they are in a folder."""


@dataclass
class CalculationUploads(Uploads):
    """Facts, and packs of definitions: TOML text, or the same tables in JSON."""

    parts: ClassVar[tuple[str, ...]] = ("facts", "definitions")

    settings: Settings
    packs: list[Path] = field(default_factory=list)
    definitions: int = 0
    """Bytes of definitions so far."""

    def take_part(self, name: str, path: Path, form: Form | None, label: str) -> None:
        assert name == "definitions"
        self._check(path.stat().st_size)
        text = path.read_bytes()
        if form is not None and form.name == "json":
            self._json(read_json(text, label=label), label)
        else:
            self._toml(text, label)

    def take_key(self, name: str, value: Any) -> None:
        assert name == "definitions"
        if isinstance(value, str):
            self._toml(_encoded(value), name)
        else:
            self._json(value, name)
        self._check()

    def finding(self, found: Finding) -> Finding:
        """A finding as the caller may read it: its places by the caller's names and rows."""
        return replace(found, where=self._place(found.where), beside=tuple(map(self._place, found.beside)))

    def _place(self, where: Mapping[str, Any]) -> dict[str, Any]:
        told, file = dict(where), where.get("file")
        if file in self.labels:
            told["file"] = self.labels[file]
        if file in self.json_facts and isinstance(told.get("row"), int):
            told["row"] -= 1
        return told

    def _json(self, definitions: Any, label: str) -> None:
        path = self._toml(_encoded(toml_text(definitions)), label)
        self.json_texts.add(str(path))

    def _toml(self, text: bytes, label: str) -> Path:
        """Note definitions: those under the names that files of a pack have are one pack, any other is one of its own."""
        self.definitions += len(text)
        if label in _PACK_FILES:
            pack = self.folder / "definitions"
            pack.mkdir(exist_ok=True)
            path = pack / label
            if path.exists():
                raise FactsError(Fault("service.part_twice", Place(label)))
        else:
            path = pack = self.folder / f"definitions-{len(self.packs)}.toml"
        path.write_bytes(text)
        self.labels[str(path)] = label
        if pack not in self.packs:
            self.packs.append(pack)
        return path

    def _check(self, more: int = 0) -> None:
        if self.definitions + more > self.settings.most_definitions:
            raise Refused(413, Fault("service.too_many_bytes", values={"most": self.settings.most_definitions}))


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise FactsError(Fault("service.json", values={"reason": "surrogates"})) from None
