"""Sentences with every quantity that they state: how many are found, how much that is found is one."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import libminsheng as ms


def _sentences(name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))["sentence"]
    return read


FIRST = _sentences("sentences.toml")
GROUPS = {
    "seen": [sentence for sentence in FIRST if not sentence.get("held_out", False)],
    "held out": [sentence for sentence in FIRST if sentence.get("held_out", False)],
    "further": _sentences("further_sentences.toml"),
}
SENTENCES = [sentence for group in GROUPS.values() for sentence in group]
ENOUGH = 0.97


def _read(sentence: dict[str, Any], text: str | None = None) -> ms.Bulletin:
    return ms.read_bulletin(
        text or sentence["text"], period=sentence.get("given_period"), division=sentence.get("given_division")
    )


def _expected(sentence: dict[str, Any]) -> Iterator[tuple[int, int, Decimal, str, dict[str, Any]]]:
    """Each expected quantity with the place where its words next stand."""
    at = 0
    for one in sentence["expected"]:
        start = sentence["text"].index(one["text"], at)
        at = start + len(one["text"])
        yield start, at, Decimal(one["value"]), one["unit"], one


def _score(sentences: list[dict[str, Any]]) -> tuple[float, float, int]:
    """Precision and recall over span, value and unit, and how many quantities there are."""
    right = read = said = 0
    for sentence in sentences:
        want = {one[:4] for one in _expected(sentence)}
        got = {(one.start, one.end, one.value, one.unit) for one in _read(sentence)}
        right, read, said = right + len(want & got), read + len(got), said + len(want)
    return right / read, right / said, said


@pytest.mark.parametrize("name", GROUPS)
def test_precision_and_recall(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = GROUPS[name]
    precision, recall, count = _score(chosen)
    with capsys.disabled():
        found = f"{len(chosen)} with {count} quantities, precision {precision:.3f}, recall {recall:.3f}"
        sys.stdout.write(f"\nbulletin sentences, {name}: {found}\n")
    assert len(chosen) >= 30
    assert precision >= ENOUGH
    assert recall >= ENOUGH


@pytest.mark.parametrize(
    "sentence", SENTENCES, ids=[sentence.get("about", sentence["text"][:8]) for sentence in SENTENCES]
)
def test_what_is_said_of_a_quantity(sentence: dict[str, Any]) -> None:
    read = {one.start: one for one in _read(sentence)}
    for start, _, _, _, one in _expected(sentence):
        if start not in read:
            continue  # counted above
        quantity = read[start]
        assert one.get("of", "") in quantity.of, quantity.text
        assert quantity.approximate == one.get("approximate", False), quantity.text
        for name in ("low", "high"):
            if name in one:
                assert getattr(quantity, name) == Decimal(one[name]), quantity.text
        for name in ("period", "division"):
            if name in one:
                assert getattr(quantity, name) == one[name], quantity.text


def test_a_gb18030_file_reads_as_its_text() -> None:
    for sentence in SENTENCES:
        again = sentence["text"].encode("gb18030").decode("gb18030")
        assert _read(sentence, again) == _read(sentence)
