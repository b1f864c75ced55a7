"""What stands in a table beside a value, or in its place: the status, what is missing, the flags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from libminsheng.errors import Language, say
from libminsheng.report.grid import Tone
from libminsheng.report.words import flag_words, joined, status_words

__all__ = ["condition_tone", "condition_words"]

_TONES: Final[dict[str, Tone]] = {"ok": "plain", "suppressed": "quiet"}


def condition_words(
    status: str,
    flags: Iterable[str],
    missing: Iterable[str],
    lang: Language,
    *,
    coverage: tuple[object, object] | None = None,
) -> str:
    """Status, what is missing by name, and the flags; how many reported only where the coverage is given."""
    flags, names = tuple(flags), joined(missing, lang)
    words = [] if status == "ok" and flags else [status_words(status, lang)]
    if names:
        words.append(say("report.missing", lang, names=names))
    for flag in flags:
        words.append(flag_words(flag, lang))
        if flag == "incomplete" and coverage is not None:
            words.append(say("report.coverage", lang, reported=coverage[0], expected=coverage[1]))
    return ("；" if lang == "zh" else "; ").join(words)


def condition_tone(status: str, flags: Iterable[str]) -> Tone:
    """How it is coloured: well, with caution where flagged, wrong where there is no value."""
    if status != "ok":
        return _TONES.get(status, "bad")
    return "warn" if tuple(flags) else "good"
