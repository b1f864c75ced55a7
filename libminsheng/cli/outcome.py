"""How a command ends: its exit code, and what standard error says."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self, runtime_checkable

from libminsheng.errors import Fault, MinshengError, Place, nearest, say
from libminsheng.report.words import one_line

__all__ = ["FINDINGS", "INTERNAL", "INTERRUPTED", "PIPE", "UNUSABLE", "Outcome", "tell"]

FINDINGS: Final = 1
UNUSABLE: Final = 2
INTERNAL: Final = 70
INTERRUPTED: Final = 130
PIPE: Final = 141
_TOLD: Final = 20


@runtime_checkable
class _Usage(Protocol):
    """What typer raises when the words of a call do not fit; its class moved between versions."""

    exit_code: int
    ctx: Any

    def format_message(self) -> str: ...


class Outcome:
    """The one place where a command's failures are caught, told and turned into an exit code."""

    def __init__(self) -> None:
        self.code = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            error = _flushed()
        if error is None:
            return True
        if _is_broken_pipe(error):
            _forget_output()
            self.code = PIPE
        elif isinstance(error, SystemExit):
            return False
        elif isinstance(error, KeyboardInterrupt) or type(error).__name__ == "Abort":
            self.code = INTERRUPTED
        elif isinstance(error, MinshengError):
            tell(error.faults)
            self.code = UNUSABLE
        elif isinstance(error, _Usage):
            self.code = UNUSABLE
            _tell_usage(error)
        elif isinstance(error, OSError) and error.errno is not None:
            tell([_system_fault(error)])
            self.code = UNUSABLE
        else:
            values = {"kind": type(error).__name__, "message": str(error)}
            tell([Fault("cli.internal", values=values)])
            self.code = INTERNAL
            if os.environ.get("MINSHENG_DEBUG"):
                traceback.print_exception(error)
        return True


def tell(faults: Sequence[Fault], *, limit: int = _TOLD) -> None:
    """Write faults or notes to standard error, one line each; of many the first 20 and their number."""
    _write_lines(one_line(fault.text()) for fault in faults[:limit])
    if len(faults) > limit:
        _write_lines([say("cli.count_faults", more=len(faults) - limit, count=len(faults))])


def _write_lines(lines: Iterable[str]) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _flushed() -> BaseException | None:
    """Write out what is still held back, so that a reader who went away is noticed here."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _is_broken_pipe(error: BaseException) -> bool:
    """Also behind the SystemExit into which typer turns it."""
    return isinstance(error, BrokenPipeError) or (
        isinstance(error, SystemExit) and isinstance(error.__context__, BrokenPipeError)
    )


def _forget_output() -> None:
    """Let what is still held back go nowhere, so that Python's own last flush is silent."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _system_fault(error: OSError) -> Fault:
    place = Place(file=str(error.filename)) if error.filename is not None else Place()
    if isinstance(error, FileNotFoundError):
        return Fault("cli.no_file", place)
    if isinstance(error, IsADirectoryError):
        return Fault("cli.is_folder", values={"file": error.filename})
    if isinstance(error, PermissionError):
        return Fault("cli.no_permission", place)
    return Fault("cli.system", place, values={"reason": error.strerror or str(error)})


def _tell_usage(error: _Usage) -> None:
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        sys.stderr.write(error.format_message() + "\n")
        return
    command = error.ctx.command_path if error.ctx is not None else "minsheng"
    parameter = getattr(error, "param", None)
    if kind == "NoSuchOption":
        near = [str(word) for word in getattr(error, "possibilities", None) or ()]
        option = str(getattr(error, "option_name", ""))
        fault = Fault("cli.no_such_option", values={"option": option}, near=lambda: near)
    elif word := re.match(r"No such command '(.+?)'", getattr(error, "message", "")):
        known = list(getattr(error.ctx.command, "commands", {}))
        fault = Fault("cli.no_such_command", values={"command": word[1]}, near=lambda: nearest(word[1], known))
    elif kind == "MissingParameter" and parameter is not None:
        fault = Fault("cli.missing_argument", values={"name": _parameter_name(parameter), "command": command})
    elif kind == "BadParameter" and parameter is not None:
        values = {"name": _parameter_name(parameter), "message": getattr(error, "message", ""), "command": command}
        fault = Fault("cli.bad_value", values=values)
    else:
        fault = Fault("cli.usage", values={"message": error.format_message(), "command": command})
    tell([fault])


def _parameter_name(parameter: Any) -> str:
    """``--period`` for an option, ``FACTS`` for an argument."""
    names = [str(name) for name in parameter.opts if str(name).startswith("--")]
    return names[0] if names else str(parameter.metavar or parameter.name)
