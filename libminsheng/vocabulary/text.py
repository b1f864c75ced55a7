"""Names in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from libminsheng.errors import Language, current_language

__all__ = ["Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """A name or a sentence in Chinese and English; either may be empty.

    >>> Text("筛查率", "Screening rate").in_("en")
    'Screening rate'
    >>> Text("筛查率").in_("en")
    '筛查率'
    """

    zh: str = ""
    en: str = ""

    @classmethod
    def of(cls, given: str | Mapping[str, str] | Text) -> Text:
        """From one text for both languages, or from a mapping with ``zh`` and ``en``."""
        if isinstance(given, Text):
            return given
        if isinstance(given, str):
            return cls(given, given)
        return cls(given.get("zh", ""), given.get("en", ""))

    def in_(self, lang: Language | None = None) -> str:
        """The text in a language, by default the current one; the other where that is empty."""
        if (lang or current_language()) == "zh":
            return self.zh or self.en
        return self.en or self.zh
