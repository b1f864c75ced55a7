"""The forms that an answer is offered in, by ``format`` or by Accept: tables, and the forms of SDMX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from litestar import Request
from litestar.datastructures.headers import MediaTypeHeader

from libminsheng.errors import Fault, nearest
from libminsheng.sdmx.write import MEDIA_TYPES, Form
from minsheng_http.forms import FORMS, form_of
from minsheng_http.problems import Refused

__all__ = ["FIGURES", "PLAIN", "SDMX", "chosen_type", "sdmx_form", "suffix_of"]

PLAIN: Final[Mapping[str, tuple[str, ...]]] = {name: form.media_types for name, form in FORMS.items()}
"""JSON first, which is given where nothing is asked for."""

SDMX: Final[Mapping[str, tuple[str, ...]]] = {f"sdmx-{form}": (kind,) for form, kind in MEDIA_TYPES.items()}
"""Data and structure, called as on the command line."""

FIGURES: Final[Mapping[str, tuple[str, ...]]] = {**PLAIN, **SDMX}
"""What figures are given in: all of them."""


def sdmx_form(media_type: str) -> Form | None:
    """What the library calls a form of SDMX; None for any other media type.

    >>> sdmx_form("application/vnd.sdmx.data+csv;version=2.0.0"), sdmx_form("text/csv")
    ('csv', None)
    """
    return next((form for form, kind in MEDIA_TYPES.items() if kind == media_type), None)


def suffix_of(media_type: str) -> str:
    """What the name of a file of this form ends with.

    >>> suffix_of("text/csv"), suffix_of("application/vnd.sdmx.structure+xml;version=3.0.0")
    ('.csv', '.xml')
    """
    form = form_of(media_type)
    if form is not None:
        return form.suffixes[0]
    return ".csv" if sdmx_form(media_type) == "csv" else ".xml"


def chosen_type(
    request: Request[Any, Any, Any],
    form: str | None,
    faults: list[Fault],
    forms: Mapping[str, tuple[str, ...]] = PLAIN,
) -> str:
    """The media type of the answer: that of the form that is named, else the first that is accepted.

    Raises
    ------
    Refused
        406 where none that is accepted can be given.
    """
    offered = [kind for kinds in forms.values() for kind in kinds]
    if form is not None:
        if form not in forms:
            values = {"form": form, "known": ", ".join(forms)}
            faults.append(Fault("service.format", values=values, near=partial(nearest, form, forms)))
            return offered[0]
        return forms[form][0]
    found = _accepted(request.accept, offered)
    if found is None:
        values = {"accept": request.headers.get("accept", "")[:200], "known": ", ".join(offered)}
        raise Refused(406, Fault("service.not_acceptable", values=values))
    return found


def _accepted(accepted: Iterable[str], offered: Iterable[str]) -> str | None:
    """The first that fits, of the best that is accepted; a version has to be the one asked for.

    >>> kinds = ["application/json", "application/vnd.sdmx.data+csv;version=2.0.0"]
    >>> _accepted(["*/*"], kinds), _accepted(["application/vnd.sdmx.data+csv"], kinds)
    ('application/json', 'application/vnd.sdmx.data+csv;version=2.0.0')
    >>> _accepted(["application/vnd.sdmx.data+csv;version=1.0.0"], kinds) is None
    True
    """
    known = [(kind, MediaTypeHeader(kind)) for kind in offered]
    for text in accepted:
        wish = MediaTypeHeader(text)
        if wish.priority[0] <= 0:
            continue
        for kind, given in known:
            of_type = wish.maintype in ("*", given.maintype) and wish.subtype in ("*", given.subtype)
            if of_type and wish.params.get("version") in (None, given.params.get("version")):
                return kind
    return None
