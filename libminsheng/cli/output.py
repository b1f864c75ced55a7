"""Where results go: standard output, or a file that is replaced only when the new one is whole."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from libminsheng.cli.outcome import tell
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.report.grid import Grid

__all__ = ["Listing", "check_target", "form_for", "write", "write_grid", "write_listing", "write_text"]

Writer = Callable[[BinaryIO], None]


def form_for(form: str | None, target: Path | None, known: Iterable[str]) -> str:
    """The form of the output: the one asked for, else the target's suffix, else the first one known.

    Raises
    ------
    EvaluationError
        If there is no such form.

    Examples
    --------
    >>> form_for(None, Path("figures.xlsx"), ("table", "json", "xlsx"))
    'xlsx'
    """
    choices = list(known)
    if form is not None and form not in choices:
        values = {"form": form, "known": ", ".join(choices)}
        raise EvaluationError(Fault("cli.form", values=values, near=lambda: nearest(form, choices)))
    suffix = "" if target is None else target.suffix.lower().removeprefix(".")
    return form or (suffix if suffix in choices else choices[0])


def check_target(target: Path | None, form: str, sources: Iterable[Path] = ()) -> None:
    """Refuse before anything is computed what could not be written afterwards.

    Raises
    ------
    EvaluationError
        If the target is a folder, lies in no folder, is one of the sources; or if a form of bytes
        would go to a terminal.
    """
    if target is None:
        if form in ("parquet", "xlsx") and sys.stdout.isatty():
            raise EvaluationError(Fault("cli.binary_terminal", values={"format": form}))
        return
    if target.is_dir():
        raise EvaluationError(Fault("cli.is_folder", values={"file": target}))
    if not target.absolute().parent.is_dir():
        raise EvaluationError(Fault("cli.no_folder", values={"folder": target.parent}))
    if any(source.exists() and target.exists() and source.samefile(target) for source in sources):
        raise EvaluationError(Fault("cli.same_file"))


def write(target: Path | None, writer: Writer, *, told: Fault | None = None) -> None:
    """Let `writer` write bytes to the target, or to standard output."""
    if target is not None:
        _write_file(target, writer)
        if told is not None:
            tell([told])
    elif sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        held = io.BytesIO()
        writer(held)
        sys.stdout.write(held.getvalue().decode("utf-8"))
    else:
        sys.stdout.flush()
        writer(sys.stdout.buffer)
        sys.stdout.buffer.flush()


def write_text(target: Path | None, text: str | Iterable[str], *, told: Fault | None = None) -> None:
    """Write text: to a file in UTF-8, to standard output as `write` does."""
    parts = [text] if isinstance(text, str) else text

    def writer(stream: BinaryIO) -> None:
        stream.writelines(part.encode("utf-8") for part in parts)

    write(target, writer, told=told)


def write_grid(target: Path | None, grid: Grid, *, told: Fault | None = None) -> None:
    """Write a table as text; on a terminal that shows colours, in colours."""
    from libminsheng.report.table import print_grid, table_text

    if target is None:
        print_grid(grid, sys.stdout)
    else:
        write_text(target, table_text(grid), told=told)


@dataclass(frozen=True)
class Listing:
    """A result of rows in each of the forms that it can be written in."""

    grid: Callable[[], Grid]
    dicts: Callable[[], Iterator[Mapping[str, object]]]
    csv: Callable[[BinaryIO, bool], None]
    """To a stream, with or without the mark by which Excel knows UTF-8."""
    xlsx: Writer


def write_listing(target: Path | None, form: str, listing: Listing, *, told: Fault) -> None:
    """Write a result of rows as a table, page, JSON, CSV or workbook."""
    if form == "table":
        write_grid(target, listing.grid(), told=told)
    elif form == "json":
        from libminsheng.report.export import json_lines

        write_text(target, json_lines(listing.dicts()), told=told)
    elif form == "html":
        from libminsheng.report.page import grid_page

        write_text(target, grid_page(listing.grid()), told=told)
    elif form == "csv":
        write(target, lambda stream: listing.csv(stream, target is not None), told=told)
    else:
        write(target, listing.xlsx, told=told)


def _write_file(target: Path, writer: Writer) -> None:
    goal = target.resolve()
    if goal.exists() and not goal.is_file():  # a device or a pipe has nothing to keep
        with goal.open("wb") as stream:
            writer(stream)
        return
    draft = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    try:
        with draft.open("xb") as stream:
            writer(stream)
        if goal.exists():
            shutil.copymode(goal, draft)
        draft.replace(goal)
    except OSError as error:
        if error.errno is not None:
            error.filename = str(target)
        raise
    finally:
        draft.unlink(missing_ok=True)
