"""What stands around a quantity: its clause, its sentence, its paragraph's head, the words up to the next number."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from libminsheng.bulletin.quantity import Quantity

__all__ = ["Span", "Surroundings"]

Span = tuple[int, int]

_HEADING: Final = 14
"""Letters of the longest line that is a heading."""
_PARAGRAPH: Final = re.compile(r"[\r\n]+")
_SENTENCE: Final = re.compile(r"[\r\n。！？!?]+")
_PART: Final = re.compile(r"[\r\n。！？!?；;]+")
_CLAUSE: Final = re.compile(r"[\r\n。！？!?；;，：:]+|,(?!\d{3}(?!\d))")  # a comma between digits is no pause


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A text and its quantities in their order, cut into paragraphs, sentences, parts of sentences and clauses."""

    text: str
    quantities: tuple[Quantity, ...]

    def paragraph(self, at: int) -> Span:
        """The paragraph that a character stands in."""
        return _around(self._paragraphs, at)

    def sentence(self, at: int) -> Span:
        """The sentence, up to a full stop."""
        return _around(self._sentences, at)

    def part(self, at: int) -> Span:
        """The part of a sentence, up to a semicolon."""
        return _around(self._parts, at)

    def clause(self, at: int) -> Span:
        """The clause, up to a comma."""
        return _around(self._clauses, at)

    def beside(self, at: int) -> tuple[Span, Span]:
        """The clauses before and after the own one, as far as they belong to the same part of a sentence."""
        start, end = self.part(at)
        own = self.clause(at)
        before = self.clause(max(own[0] - 1, start))
        after = self.clause(min(own[1], max(end - 1, start)))
        return (max(before[0], start), own[0]), (own[1], max(min(after[1], end), own[1]))

    def head(self, at: int) -> Span:
        """What says what a paragraph is about: its first sentence, and a short line above it that is a heading."""
        start, _ = self.paragraph(at)
        sentence = self.sentence(start)
        above = self.paragraph(start - 1) if start else sentence
        heading = start > 0 and len(self.words(above).strip()) <= _HEADING
        return (above[0] if heading else sentence[0]), sentence[1]

    def window(self, place: int) -> Span:
        """The words of a quantity's clause between the pause or number before it and the one after it."""
        one = self.quantities[place]
        start, end = self.clause(one.start)
        before = self.quantities[place - 1].end if place else 0
        after = self.quantities[place + 1].start if place + 1 < len(self.quantities) else len(self.text)
        start = min(max(start, before), one.start)
        end = max(min(end, after), one.end)
        pause = self.text.rfind("、", start, one.start)
        start = start if pause < 0 or self.text[start:pause].isspace() else pause
        pause = self.text.find("、", one.end, end)
        return start, end if pause < 0 else pause

    def words(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span[0] : span[1]]

    @cached_property
    def _paragraphs(self) -> list[Span]:
        return _cut(self.text, _PARAGRAPH)

    @cached_property
    def _sentences(self) -> list[Span]:
        return _cut(self.text, _SENTENCE)

    @cached_property
    def _parts(self) -> list[Span]:
        return _cut(self.text, _PART)

    @cached_property
    def _clauses(self) -> list[Span]:
        return _cut(self.text, _CLAUSE)

    @classmethod
    def of(cls, text: str, quantities: Sequence[Quantity]) -> Surroundings:
        """The quantities are put into the order of the text."""
        return cls(text, tuple(sorted(quantities, key=lambda one: (one.start, one.end))))


def _cut(text: str, pause: re.Pattern[str]) -> list[Span]:
    """The spans between pauses, each with the pause after it, so that every character is in one."""
    ends = [found.end() for found in pause.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _around(spans: Sequence[Span], at: int) -> Span:
    place = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return spans[max(place, 0)]
