"""Where packs stand: in the library, in installed packages, and where an environment variable points.

Each is read as a `Draft` with all its faults; the catalogue finishes them together.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Final

from libminsheng.definitions.load import Draft, read_draft

__all__ = ["ENTRY_POINTS", "VARIABLE", "builtin_drafts", "installed_drafts", "known_drafts"]

ENTRY_POINTS: Final = "libminsheng.packs"
"""The group of entry points by which an installed package brings packs."""
VARIABLE: Final = "MINSHENG_PACKS"
"""The environment variable with paths of packs, separated as paths are."""


def known_drafts(paths: str) -> list[Draft]:
    """The built-in packs, those of installed packages, and those of `paths`."""
    return [*builtin_drafts(), *installed_drafts(paths)]


@cache
def builtin_drafts() -> tuple[Draft, ...]:
    """The packs of the library; they never change while it runs.

    >>> "funds" in [one.id for one in builtin_drafts()]
    True
    """
    with resources.as_file(resources.files("libminsheng.packs")) as folder:
        return tuple(
            read_draft(path, builtin=True) for path in sorted(folder.iterdir()) if (path / "pack.toml").exists()
        )


def installed_drafts(paths: str) -> Iterator[Draft]:
    """The packs of the entry point group, then those of paths.

    An entry point names a folder, a package whose folder it is, or a function that gives either.
    """
    for point in metadata.entry_points(group=ENTRY_POINTS):
        found = point.load()
        folder = found() if callable(found) else found
        yield read_draft(Path(str(folder.__path__[0] if hasattr(folder, "__path__") else folder)))
    for text in filter(None, paths.split(os.pathsep)):
        yield read_draft(Path(text))
