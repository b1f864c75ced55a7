"""Everything that can go wrong, as one tree.

::

    MinshengError
      ├── PeriodError        a text that is no period, a range that runs backwards
      ├── UnitError          an unknown unit, a conversion between things that differ
      ├── DivisionError      an unknown code; a tree with a circle, a lost parent, a code twice
      ├── DefinitionError    a pack, a measure or an indicator that cannot stand
      │     └── FormulaError     a formula that cannot be read or does not fit its units
      ├── FactsError         a file or frame of facts with rows that cannot be used
      ├── EvaluationError    a question that cannot be answered: unknown indicator, column, period
      ├── ReceiptError       a receipt that cannot be read or recomputed
      └── ServiceError       a service that refuses, or that cannot be reached

An error holds every `Fault` of one input, not only the first. A fault knows a code, a
place (file, row, column, line, position) and the offending values; its words live in one
catalogue, ``libminsheng/messages``, in Chinese and English, and are looked up only when
somebody reads them. So are the "did you mean" hints.
"""

from __future__ import annotations

import contextlib
import contextvars
import difflib
import locale
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

__all__ = [
    "DefinitionError",
    "DivisionError",
    "EvaluationError",
    "FactsError",
    "Fault",
    "FormulaError",
    "Language",
    "MinshengError",
    "PeriodError",
    "Place",
    "ReceiptError",
    "ServiceError",
    "UnitError",
    "current_language",
    "language",
    "nearest",
    "say",
]

Language = Literal["zh", "en"]

_language: contextvars.ContextVar[Language | None] = contextvars.ContextVar("language", default=None)


def current_language() -> Language:
    """The language that messages are shown in: set, else ``MINSHENG_LANG``, else the locale's."""
    chosen = _language.get()
    if chosen is not None:
        return chosen
    wish = (
        os.environ.get("MINSHENG_LANG")
        or os.environ.get("LC_ALL")
        or os.environ.get("LC_MESSAGES")
        or os.environ.get("LANG")
    )
    if wish is None:
        wish = locale.getlocale()[0] or ""
    return "zh" if wish.lower().startswith(("zh", "chinese")) else "en"


@contextlib.contextmanager
def language(lang: Language) -> Iterator[None]:
    """Within the block, messages are shown in `lang`.

    >>> with language("zh"):
    ...     current_language()
    'zh'
    """
    token = _language.set(lang)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _catalogue(area: str) -> Mapping[str, Mapping[str, str]]:
    text = resources.files("libminsheng.messages").joinpath(f"{area}.toml").read_text("utf-8")
    return tomllib.loads(text)


def say(code: str, lang: Language | None = None, /, **values: object) -> str:
    """The words of message `code` (``area.name``) in a language, with `values` put in.

    >>> say("errors.row", "en", row=3)
    'row 3'
    """
    area, _, name = code.partition(".")
    template = _catalogue(area)[name][lang or current_language()]
    return template.format(**values)


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known words that look most like `word`, best first; empty if none is near.

    >>> nearest("live_birth", ["live_births", "funds_used"])
    ['live_births']
    """
    known = list(known)
    if len(word) > 3 * max(map(len, known), default=0):  # too long for any: what was sent as a word may be megabytes
        return []
    return difflib.get_close_matches(word, known, n=count, cutoff=0.6)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault lies. Rows and lines count from 1; a CSV's row 1 is its header, as Excel shows it.

    >>> Place("facts.csv", row=3, column="value").text("en")
    'facts.csv, row 3, column value'
    """

    file: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    position: int | None = None
    item: str | None = None
    cell: str | None = None
    """Of a form: ``表!C7``, which says the row too."""

    def text(self, lang: Language | None = None) -> str:
        parts = [] if self.file is None else [self.file]
        for name in ("item", "line", "row", "cell", "column", "position"):
            value = getattr(self, name)
            if value is not None and not (name == "row" and self.cell):
                parts.append(say(f"errors.{name}", lang, **{name: value}))
        return ", ".join(parts) if (lang or current_language()) == "en" else "，".join(parts)

    def as_dict(self) -> dict[str, str | int]:
        """The parts that are known, for JSON."""
        names = ("file", "item", "line", "row", "cell", "column", "position")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a message code, a place, the values that the message names.

    `near` gives what the offending word may have been meant to be. It is called only when the
    fault is shown.

    >>> fault = Fault("vocabulary.period", Place(row=3), {"text": "2017-13"})
    >>> fault.text("en")
    "row 3: '2017-13' is no period (write 2017, 2017-H1, 2017-Q3 or 2017-09)"
    """

    code: str
    place: Place = Place()
    values: Mapping[str, object] = field(default_factory=dict)
    near: Callable[[], Sequence[str]] | None = None

    def message(self, lang: Language | None = None) -> str:
        """What is wrong, in one sentence, without the place; a fault among its values speaks the same language.

        >>> Fault("forms.unreadable", values={"seen": Fault("forms.saw_unknown", values={"text": "甲"})}).message("zh")
        '看不出这张表的结构：“甲”不是已知的指标、区划或时期'
        """
        told = {name: one.message(lang) if isinstance(one, Fault) else one for name, one in self.values.items()}
        return say(self.code, lang, **told)

    def hint(self, lang: Language | None = None) -> str | None:
        """What to do about it: the nearest right thing, or the message's standing advice."""
        area, _, name = self.code.partition(".")
        lang = lang or current_language()
        words = list(self.near()) if self.near else []
        if words:
            return say("errors.did_you_mean", lang, words=", ".join(words))
        advice = _catalogue(area)[name].get(f"hint_{lang}")
        return advice.format(**self.values) if advice else None

    def text(self, lang: Language | None = None) -> str:
        """Place, message and hint in one line."""
        lang = lang or current_language()
        place, hint = self.place.text(lang), self.hint(lang)
        colon = "：" if lang == "zh" else ": "
        line = f"{place}{colon}{self.message(lang)}" if place else self.message(lang)
        if hint:
            line += f"（{hint}）" if lang == "zh" else f" ({hint})"
        return line

    def as_dict(self) -> dict[str, object]:
        """The fault as JSON carries it, with its words in both languages."""
        return {
            "code": self.code,
            "where": self.place.as_dict(),
            "message": {"zh": self.message("zh"), "en": self.message("en")},
            "hint": {"zh": self.hint("zh"), "en": self.hint("en")},
        }


class MinshengError(Exception):
    """Any refusal of this library. `faults` lists all that is wrong with one input."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults: tuple[Fault, ...] = faults

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: Language | None = None) -> str:
        """One line for each fault."""
        return "\n".join(fault.text(lang) for fault in self.faults)


class PeriodError(MinshengError, ValueError):
    """A text that is no period, or a range that runs backwards."""


class UnitError(MinshengError, ValueError):
    """An unknown unit, or a conversion between units of different things."""


class DivisionError(MinshengError, ValueError):
    """An unknown division, or a tree that is none: a circle, a lost parent, a code twice."""


class DefinitionError(MinshengError, ValueError):
    """A pack, measure or indicator that cannot stand; every fault of the pack is listed."""


class FormulaError(DefinitionError):
    """A formula that cannot be read, names what nobody knows, or does not fit its units."""


class FactsError(MinshengError, ValueError):
    """A file or frame of facts that has rows which cannot be used.

    Where single rows of a file are bad, `facts` holds the good ones (a `Facts`), so that none is lost.
    """

    def __init__(self, *faults: Fault, facts: object = None) -> None:
        super().__init__(*faults)
        self.facts = facts


class EvaluationError(MinshengError, ValueError):
    """A question that cannot be answered as it was put: an unknown indicator, column or option."""


class ReceiptError(MinshengError, ValueError):
    """A receipt that cannot be read."""


class ServiceError(MinshengError, RuntimeError):
    """A service that refuses a request, or that cannot be reached.

    `status` is that of its answer, None where there was none; `retry` says whether the same request may succeed later,
    `retry_after` after how many seconds, where the service said so.
    """

    def __init__(
        self, *faults: Fault, status: int | None = None, retry: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(*faults)
        self.status, self.retry, self.retry_after = status, retry, retry_after
