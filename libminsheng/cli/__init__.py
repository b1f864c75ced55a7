"""The command line ``minsheng``.

Standard output holds results only; notes, progress and errors go to standard error, an error in
one line: place, what is wrong, and a hint.

::

    0    done
    1    done, with findings or failed cases
    2    unusable input: facts, definitions, options
    70   a fault of this library's own (MINSHENG_DEBUG=1 shows where it arose)
    130  broken off by Ctrl-C
    141  whoever read the output went away
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from libminsheng.cli.commands import app, run
from libminsheng.cli.languages import split_language
from libminsheng.cli.outcome import Outcome
from libminsheng.errors import EvaluationError, current_language, language

__all__ = ["app", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code.

    Parameters
    ----------
    arguments
        The words after ``minsheng``; without it, those that the process was started with.
    """
    words, wish, fault = split_language(sys.argv[1:] if arguments is None else arguments)
    with language(wish or current_language()), Outcome() as outcome:
        if fault is not None:
            raise EvaluationError(fault)
        outcome.code = run(words)
    return outcome.code
