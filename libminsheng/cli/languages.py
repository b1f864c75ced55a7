"""``--lang zh|en``: taken out of the words before any command sees them, wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from libminsheng.errors import Fault, Language

__all__ = ["split_language"]

_CODES: Final[dict[str, Language]] = {"zh": "zh", "en": "en"}


def split_language(words: Sequence[str]) -> tuple[list[str], Language | None, Fault | None]:
    """The other words, the language asked for, and what is wrong with it.

    >>> split_language(["evaluate", "--lang", "en", "facts.csv"])
    (['evaluate', 'facts.csv'], 'en', None)
    >>> split_language(["--lang=zh", "demo"])
    (['demo'], 'zh', None)
    """
    rest: list[str] = []
    chosen: Language | None = None
    fault: Fault | None = None
    pending = iter(words)
    for word in pending:
        if word == "--":
            rest += [word, *pending]
        elif word == "--lang" or word.startswith("--lang="):
            value = word.partition("=")[2] if "=" in word else next(pending, "")
            if value in _CODES:
                chosen = _CODES[value]
            else:
                fault = Fault("cli.language", values={"value": value})
        else:
            rest.append(word)
    return rest, chosen, fault
