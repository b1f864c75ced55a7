"""Exact duplicates (重复上报): one thing that a file reports twice, found when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

from libminsheng.checks.finding import Finding, Severity
from libminsheng.checks.sentences import guesses, sentence
from libminsheng.checks.settings import settings_of
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Fault
from libminsheng.vocabulary.text import Text

__all__ = ["DUPLICATE", "twice_findings"]

DUPLICATE: Final = "duplicate"


def twice_findings(faults: Iterable[Fault], catalogue: Catalogue) -> Iterator[Finding]:
    """A finding for each fault ``facts.twice`` of a file; both places are named.

    Which of the two is right nobody can say, so neither is used, and what else was reported is
    checked without them. It is an error where no rule of the check ``duplicate`` says otherwise.
    """
    settings = settings_of(catalogue.rules).get(DUPLICATE)
    rule = None if settings is None else settings.rule()
    if settings is not None and rule is None:
        return
    severity = cast("Severity", "error" if rule is None else rule.severity)
    for fault in faults:
        if fault.code == "facts.twice":
            where = {key: value for key, value in fault.place.as_dict().items() if key in ("file", "row", "cell")}
            other = str(fault.values["file"] or "")
            named = Text(f"（{other}）", f" of {other}") if other else Text()
            words = sentence("reported_twice", first=fault.values["first"], file=named)
            yield Finding(
                DUPLICATE,
                severity,
                where,
                arithmetic=f"{fault.place.row} = {fault.values['first']}",
                hypotheses=() if rule is None else guesses(rule),
                words=words,
                rule="" if rule is None else rule.code,
            )
