"""Bars for long work, on standard error and only where somebody watches."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Final

__all__ = ["LONG", "Report", "progress"]

LONG: Final = 200_000
"""Facts from which on the work is long enough to show."""

Report = Callable[[int, int], None]
"""Called with how much is done and how much there is in all."""


@contextlib.contextmanager
def progress(label: str, *, long: bool) -> Iterator[Report | None]:
    """A bar while the block runs; None where it would be of no use."""
    if not long or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
