"""What belongs together in a catalogue: an edition and the cases that hold it to its word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from libminsheng.definitions.indicator import Indicator
from libminsheng.definitions.pack import Case
from libminsheng.errors import PeriodError
from libminsheng.vocabulary.periods import Period

if TYPE_CHECKING:
    from libminsheng.definitions.catalogue import Catalogue

__all__ = ["cases_by_code", "expects"]


def cases_by_code(cases: Sequence[Case]) -> Mapping[str, Sequence[Case]]:
    """The cases by the code of each indicator that they expect a figure of."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        for code in dict.fromkeys(text.partition("@")[0] for text in case.indicators):
            found.setdefault(code, []).append(case)
    return found


def expects(case: Case, indicator: Indicator, catalogue: Catalogue) -> bool:
    """Whether a case expects a figure of this very edition; one that names none means the edition then in force."""
    for figure in case.figures:
        code, _, edition = (figure.indicator or case.row.indicator or "").partition("@")
        if code != indicator.code:
            continue
        edition = edition or figure.edition or ""
        if edition == indicator.edition:
            return True
        if not edition and catalogue.in_force(code, _period(case, figure.period).last_day) == indicator:
            return True
    return False


def _period(case: Case, stated: str | None) -> Period:
    """The period that a case's figure is of: stated, or that of its facts, or the year that cases have by default."""
    facts = case.row.facts if isinstance(case.row.facts, list) else []
    of_facts = [str(fact["period"]) for fact in facts if "period" in fact]
    try:
        return Period.parse(stated or case.row.period or (of_facts or ["2017"])[-1])
    except PeriodError:
        return Period.parse("2017")
