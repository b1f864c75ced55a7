"""Which edition of a scheme scores a period, and which items weigh when some are missing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.scoring.weights import effective_weights

FACTS = pl.DataFrame(
    {
        "division": "340102",
        "period": ["2019", "2021"] * 2,
        "measure": ["funds_received"] * 2 + ["funds_planned"] * 2,
        "value": [1, 2, 3, 4],
    }
)


def test_a_period_is_scored_by_the_edition_then_in_force() -> None:
    scores = ms.score(FACTS, "project_evaluation", divisions=["340102"])
    assert [(str(card.period), card.scheme.edition) for card in scores] == [
        ("2019", "2013"),
        ("2020", "2020"),  # the new rules began on 25 February 2020
        ("2021", "2020"),
    ]
    assert [scheme.edition for scheme in scores.schemes] == ["2013", "2020"]


def test_an_edition_that_is_asked_for_scores_every_period() -> None:
    scores = ms.score(FACTS, "project_evaluation@2013", divisions=["340102"])
    assert {card.scheme.edition for card in scores} == {"2013"}


def pack(folder: Path, text: str) -> ms.Catalogue:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return ms.catalogue(packs=[path])


MINE = """
[[scheme]]
code = "{code}"
name = "年终考核"
composite = "linear"
missing = "redistributed"
groups = [{{ code = "a", weight = 60 }}, {{ code = "b", weight = 40 }}]
items = [
    {{ group = "a", indicator = "output_completion_rate@2020", target = 100 }},
    {{ group = "a", indicator = "output_quality_rate@2020", target = 100 }},
    {{ group = "b", indicator = "budget_execution_rate@2020", target = 100, better = "higher" }},
]
"""


def test_a_name_of_two_schemes_is_refused_with_both(tmp_path: Path) -> None:
    catalogue = pack(tmp_path, MINE.format(code="first") + MINE.format(code="second"))
    with pytest.raises(ms.EvaluationError) as caught:
        catalogue.scheme("年终考核")
    assert "first, second" in caught.value.text("en")
    assert catalogue.scheme("second").code == "second"


def test_items_of_a_linear_scheme_weigh_alike_also_when_some_are_missing(tmp_path: Path) -> None:
    scheme = pack(tmp_path, MINE.format(code="first")).scheme("first")
    weights = effective_weights(scheme, {"output_quality_rate", "budget_execution_rate"}, even=True)
    assert weights == {
        "output_completion_rate": Fraction(0),
        "output_quality_rate": Fraction(50),
        "budget_execution_rate": Fraction(50),
    }


def test_a_scheme_that_is_older_or_newer_than_a_period_says_so() -> None:
    scores = ms.score(FACTS, "self_evaluation", divisions=["340102"])
    (note,) = [note.text("en") for note in scores.notes if note.code == "scoring.not_in_force"]
    assert note.startswith(
        "the scheme self_evaluation@2020 was not in force in 2019; the scores are by it all the same"
    )
    assert not ms.score(FACTS, "self_evaluation", divisions=["340102"], start="2020").notes
