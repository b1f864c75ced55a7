"""The forms in which facts come in and figures go out, by their media types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

__all__ = ["ARROW_STREAM", "FORMS", "MULTIPART", "TAKEN", "Form", "form_of"]

MULTIPART: Final = "multipart/form-data"
ARROW_STREAM: Final = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Form:
    """A form by its name, its media types (the first is what answers carry) and its files' suffixes."""

    name: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]


FORMS: Final = {
    form.name: form
    for form in (
        Form("json", ("application/json",), (".json",)),
        Form("csv", ("text/csv",), (".csv", ".txt")),
        Form("arrow", (ARROW_STREAM, "application/vnd.apache.arrow.file"), (".arrow", ".arrows", ".feather", ".ipc")),
        Form("parquet", ("application/vnd.apache.parquet",), (".parquet",)),
        Form("xlsx", ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",), (".xlsx",)),
    )
}


TAKEN: Final = {"application/vnd.sdmx.data+csv": "csv"}
"""Other media types that bodies may have, each read as one of the forms."""


def form_of(content_type: str, filename: str = "") -> Form | None:
    """The form of a body or a part: by its media type, of a file without a telling one by its suffix.

    >>> form_of("text/csv; charset=gb18030").name, form_of("application/octet-stream", "facts.parquet").name
    ('csv', 'parquet')
    >>> form_of("image/png") is None
    True
    """
    essence = content_type.partition(";")[0].strip().lower()
    if essence in TAKEN:
        return FORMS[TAKEN[essence]]
    by_type = _first(form for form in FORMS.values() if essence in form.media_types)
    if by_type is not None:
        return by_type
    if filename and essence in ("", "application/octet-stream", "text/plain"):
        suffix = PurePath(filename).suffix.lower()
        return _first(form for form in FORMS.values() if suffix in form.suffixes)
    return None


def _first(forms: Iterable[Form]) -> Form | None:
    return next(iter(forms), None)
