"""A service as its users start it: a process of its own that listens on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

START = "import sys; from libminsheng.cli import main; sys.exit(main())"
ROOT = Path(__file__).parents[2]
PATHS = (str(ROOT), *(str(ROOT / "services" / name) for name in ("http", "indicators", "registry")))


@contextlib.contextmanager
def running(service: str = "indicators", settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a service that runs within the block; it has to end by itself when it is asked to."""
    with started(service, settings) as (url, _):
        yield url


@contextlib.contextmanager
def started(
    service: str, settings: Mapping[str, str] | None = None, words: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """The address of a service that runs within the block, and what it said before it listened.

    No service is both in one process; `words` are options of the command.
    """
    paths = {"PYTHONPATH": os.pathsep.join(PATHS)}
    environment = os.environ | {"PYTHONUTF8": "1", "MINSHENG_LANG": "en"} | paths | dict(settings or {})
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", *([service] if service else []), "--port", "0", *words],
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stderr is not None
        told = ""
        while (found := re.search(r"http://[\w.]+:\d+", told)) is None:
            line = process.stderr.readline()
            assert line, told
            told += line
        yield found[0], told
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors, errors
