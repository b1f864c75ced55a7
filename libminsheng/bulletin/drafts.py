"""Draft facts: the quantities of a bulletin as rows of a facts file, for a person to confirm.

Nothing is guessed silently. A row whose measure is not plain has none, and its note says why and which
measures it may be; such a file is refused by `read_facts` until somebody has decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from libminsheng.bulletin.match import Match, match
from libminsheng.bulletin.read import Bulletin
from libminsheng.bulletin.surroundings import Surroundings
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.catalogue import catalogue as default_catalogue
from libminsheng.definitions.measure import Measure
from libminsheng.errors import Language, current_language, say

__all__ = ["DRAFT_COLUMNS", "draft_facts"]

DRAFT_COLUMNS: Final = ("division", "period", "measure", "value", "unit", "approximate", "source", "note")
_NAMED: Final = 3
"""Candidates that a note names."""


def draft_facts(bulletin: Bulletin, catalogue: Catalogue | None = None, lang: Language | None = None) -> pl.DataFrame:
    """The quantities of a bulletin as draft facts.

    Parameters
    ----------
    bulletin
        A text that was read.
    catalogue
        The measures that quantities are matched to.
    lang
        The language of the notes.

    Returns
    -------
    DataFrame
        One row a quantity, in the order of the text: division, period, measure (empty where it is not plain), value
        (as text, exact), unit, approximate, source (the words that it stands in), note.

    Examples
    --------
    >>> from libminsheng.bulletin.read import read_bulletin
    >>> draft = draft_facts(read_bulletin("2017年，瑶海区救助孤儿17人，补贴390户。"), lang="en")
    >>> draft.select("division", "period", "measure", "value", "unit").rows()[0]
    ('340102', '2017', 'orphans', '17', '人')
    >>> draft["measure"][1], draft["note"][1]
    (None, 'no measure fits well; it may be Households paid a rent subsidy (rent_subsidy_households) 0.31')
    """
    catalogue = default_catalogue() if catalogue is None else catalogue
    lang = lang or current_language()
    rows = list(_rows(bulletin, catalogue, lang))
    kinds = {name: pl.Boolean() if name == "approximate" else pl.String() for name in DRAFT_COLUMNS}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _rows(bulletin: Bulletin, catalogue: Catalogue, lang: Language) -> Iterator[tuple[str | bool | None, ...]]:
    around = Surroundings.of(bulletin.text, bulletin)
    said: set[tuple[str | None, ...]] = set()
    for one in match(bulletin, catalogue):
        quantity = one.quantity
        key = (quantity.division, quantity.period, quantity.measure)
        again = quantity.measure is not None and key in said
        said.add(key)
        clause = around.words(around.clause(quantity.start)).strip(" \t\r\n　，,。；;：:")
        yield (
            quantity.division,
            quantity.period,
            None if again else quantity.measure,
            f"{quantity.value:f}",
            quantity.unit,
            True if quantity.approximate else None,
            clause,
            _note(one, catalogue, lang, again=again),
        )


def _note(one: Match, catalogue: Catalogue, lang: Language, *, again: bool) -> str | None:
    """Why a row has no measure, and what else a person should look at."""
    quantity = one.quantity
    parts = []
    if again:
        parts.append(say("bulletin.note_again", lang, measure=_named(catalogue.measures[str(quantity.measure)], lang)))
    elif one.outcome != "matched":
        parts.append(say(f"bulletin.note_{one.outcome}", lang))
        if one.outcome == "other_unit" and one.other is not None:
            measure = catalogue.measures[one.other]
            parts.append(say("bulletin.note_other", lang, measure=_named(measure, lang), unit=measure.unit))
        if quantity.candidates:
            some = quantity.candidates[:_NAMED]
            names = [f"{_named(catalogue.measures[each.measure], lang)} {each.score:f}" for each in some]
            separator = "、" if lang == "zh" else ", "
            parts.append(say("bulletin.note_candidates", lang, names=separator.join(names)))
    if quantity.low != quantity.high:
        parts.append(say("bulletin.note_precision", lang, low=f"{quantity.low:f}", high=f"{quantity.high:f}"))
    lacking = (name for name in ("division", "period") if getattr(quantity, name) is None)
    parts += [say(f"bulletin.note_no_{name}", lang) for name in lacking]
    return ("；" if lang == "zh" else "; ").join(parts) or None


def _named(measure: Measure, lang: Language) -> str:
    return f"{measure.name.in_(lang)} ({measure.code})"
