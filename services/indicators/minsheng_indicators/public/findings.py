"""What the checks find in accepted facts, for those who may see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

import polars as pl
from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.checks.check import check
from libminsheng.checks.finding import Finding, Findings
from libminsheng.errors import Fault, Language
from libminsheng.report.findings import findings_grid
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_indicators.asking import Asker, Seen, see
from minsheng_indicators.copy.view import View
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.public.choice import Choice
from minsheng_indicators.public.reader import Reader
from minsheng_indicators.public.rendering import shown

__all__ = ["findings_page"]

Text = Annotated[str, QueryParameter(max_length=100)]
_MOST: Final = 300
_NAMED: Final = frozenset({"division", "measure", "indicator"})
_MOST_FACTS: Final = 200_000
"""That are checked for one page."""
_MOST_HELD: Final = 2_000_000
"""Of all years, which are read to find those of two."""


@get("/findings", include_in_schema=False, operation_id="page_findings")
async def findings_page(
    holdings: NamedDependency[Holdings],
    reader: NamedDependency[Reader],
    division: Text = "",
    year: Text = "",
) -> Response[str]:
    """The findings on a division's facts, and those below it, of a year and the one before."""
    if not holdings.has_registry:
        raise Refused(404, Fault("service.no_registry"))
    if not reader.may("findings:read"):
        raise Refused(401 if reader.principal.name == "anonymous" else 403, Fault("page.no_findings"))
    whole = await see(holdings, Asker(reader.principal, View.of(reader.principal.divisions)), as_of=None)
    choice = await sync_to_thread(Choice.of, whole.sight, holdings.tree, division, year, "")
    # what is not looked at need not be read: a sight of the division alone, which lies in the reader's own
    roots = (choice.division,) if choice.division else reader.principal.divisions
    seen = await see(holdings, Asker(reader.principal, View.of(roots)), as_of=None)

    def found() -> tuple[Findings | None, int]:
        if seen.sight.count > _MOST_HELD:
            return None, seen.sight.count
        facts = _facts(seen, choice)
        if not 0 < len(facts) <= _MOST_FACTS:
            return None, len(facts)
        deadline = Deadline(holdings.settings.seconds)
        return check(facts, catalogue=holdings.catalogue, tree=holdings.tree, progress=deadline.check), len(facts)

    findings, count = await sync_to_thread(found)
    listed = (
        None if findings is None else findings_grid(_named(findings, holdings, reader.lang), reader.lang, limit=_MOST)
    )
    told: dict[str, Any] = {"choice": choice, "findings": findings, "listed": listed, "count": count}
    return shown("findings.html", reader, headers=seen.headers(), seen=seen, tree=holdings.tree, **told)


def _named(findings: Findings, holdings: Holdings, lang: Language) -> Findings:
    """The same findings, their places by the names of divisions and measures."""
    known = holdings.catalogue

    def name(what: str, code: Any) -> Any:
        if what == "division":
            return holdings.tree.name(code)
        named = known.measures.get(code) or next(iter(known.editions(code)), None)
        return code if named is None else named.name.in_(lang)

    def where(one: Finding) -> dict[str, Any]:
        return {what: name(what, code) if what in _NAMED and code else code for what, code in one.where.items()}

    return Findings([replace(one, where=where(one)) for one in findings], findings.notes)


def _facts(seen: Seen, choice: Choice) -> pl.DataFrame:
    """The facts at and below a division, of a year and the one before, which some checks look back to."""
    facts = seen.sight.facts()
    if not choice.division or not choice.year:
        return facts.clear()
    years = {choice.year, str(int(choice.year) - 1)}
    within = [text for text in facts["period"].unique() if str(Period.parse(text).year) in years]
    return facts.filter(pl.col("period").is_in(within))
