"""The first page: the figures of a division and a year, what was aimed at, and two charts."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.engine.figures import Figures
from libminsheng.errors import EvaluationError, Fault, Language
from libminsheng.report.charts import Chart
from libminsheng.report.export import figures_csv
from libminsheng.vocabulary.domains import DOMAINS, find_domain
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_indicators.asking import Seen, see
from minsheng_indicators.copy.sight import Asked, Sight
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import era
from minsheng_indicators.public.choice import Choice, Option, years_of
from minsheng_indicators.public.pictures import Pictures
from minsheng_indicators.public.reader import Reader
from minsheng_indicators.public.rendering import shown
from minsheng_indicators.public.sheet import FigureRow, Group, WatchRow, figures_of, groups_of, standing_of, watched_of

__all__ = ["home", "home_table"]

Text = Annotated[str, QueryParameter(max_length=100)]


@get("/", include_in_schema=False, operation_id="page_home")
async def home(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    reader: NamedDependency[Reader],
    division: Text = "",
    year: Text = "",
    domain: Text = "",
    indicator: Text = "",
) -> Response[str]:
    """What is public of a division and a year; without a registry, the way to the catalogue."""
    if not holdings.has_registry:
        return shown("alone.html", reader, domains=_counted(holdings.catalogue, reader))
    seen = await see(holdings, reader.asker, as_of=None)
    pictures: Pictures = request.app.state.pictures
    front = await sync_to_thread(_front, seen, holdings, reader, pictures, (division, year, domain, indicator))
    return shown("home.html", reader, headers=seen.headers(), seen=seen, tree=holdings.tree, front=front)


@dataclass(frozen=True)
class Front:
    """Everything that the first page shows."""

    choice: Choice
    groups: list[Group]
    watched: list[WatchRow]
    moment: str
    drawn: str
    drawable: list[Option]
    trend: Chart | None
    comparison: Chart | None
    valued: int
    without: int
    flagged: int


def _front(
    seen: Seen, holdings: Holdings, reader: Reader, pictures: Pictures, asked: tuple[str, str, str, str]
) -> Front:
    sight, lang = seen.sight, reader.lang
    choice = Choice.of(sight, holdings.tree, *asked[:3])
    key = ("front", era(sight), choice.division, choice.year, choice.domain, asked[3], lang)
    return pictures.once(key, lambda: _made(sight, holdings, lang, pictures, choice, asked[3]))


def _made(
    sight: Sight, holdings: Holdings, lang: Language, pictures: Pictures, choice: Choice, indicator: str
) -> Front:
    tree, catalogue = holdings.tree, holdings.catalogue
    deadline = Deadline(holdings.settings.seconds)
    if not choice.division or not choice.year:
        return Front(choice, [], [], "", "", [], None, None, 0, 0, 0)
    figures = _figures(sight, choice, holdings, deadline)
    groups = groups_of(figures or (), choice.domain, catalogue, lang)
    found = watched_of(sight, choice.division, choice.year, catalogue, tree, deadline)
    watched = [] if found is None else standing_of(found, choice.domain, catalogue, lang)
    rows = [row for group in groups for row in group.rows]
    drawn = _drawn(sight, catalogue, rows, choice, indicator)
    trend = comparison = None
    if drawn:
        trend = pictures.trend(sight, holdings, drawn, choice.division, lang)
        comparison = pictures.comparison(sight, holdings, drawn, choice.division, choice.year, lang)
    return Front(
        choice,
        groups,
        watched,
        "" if found is None else found.period.text(lang),
        drawn,
        [Option(row.key, row.name, row.key == indicator) for row in rows if row.valued],
        trend,
        comparison,
        sum(row.valued for row in rows),
        sum(not row.valued for row in rows),
        sum(row.valued and row.tone == "warn" for row in rows),
    )


def _figures(sight: Sight, choice: Choice, holdings: Holdings, deadline: Deadline) -> Figures | None:
    """The figures, where anything at all was reported that makes one."""
    if choice.year not in years_of(sight):
        return None
    try:
        return figures_of(sight, choice.division, choice.year, holdings.settings.most_figures, deadline)
    except EvaluationError:
        return None


def _drawn(sight: Sight, catalogue: Catalogue, rows: list[FigureRow], choice: Choice, wished: str) -> str:
    """The indicator of the charts: the one asked for, else the one with most values over the years, a rate before others."""
    if any(row.key == wished for row in rows):
        return wished
    if wished and not catalogue.editions(wished.partition("@")[0]):
        raise Refused(404, Fault("page.no_indicator", values={"indicator": wished}))
    known = [row for row in rows if row.valued]
    if not known:
        return ""
    asked = Asked(tuple(row.key for row in known), period="year", divisions=(choice.division,))
    counts = Counter(one.indicator.code for one in sight.figures(asked) if one.value is not None)
    return max(known, key=lambda row: (counts[row.key.partition("@")[0]], row.unit == "%")).key


def _counted(catalogue: Catalogue, reader: Reader) -> list[tuple[str, str, int]]:
    counts: dict[str, set[str]] = {}
    for one in catalogue.indicators:
        known = find_domain(one.domain)
        counts.setdefault("" if known is None else known.code, set()).add(one.code)
    return [(one.code, one.name.in_(reader.lang), len(counts.get(one.code, ()))) for one in DOMAINS]


@get("/figures.csv", include_in_schema=False, operation_id="page_home_csv")
async def home_table(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    reader: NamedDependency[Reader],
    division: Text = "",
    year: Text = "",
    domain: Text = "",
) -> Response[bytes]:
    """The figures of the first page as CSV, as exact as the service gives them to programs."""
    seen = await see(holdings, reader.asker, as_of=None)
    pictures: Pictures = request.app.state.pictures

    def written() -> tuple[bytes, str]:
        choice = Choice.of(seen.sight, holdings.tree, division, year, domain)
        key = ("csv", era(seen.sight), choice.division, choice.year, choice.domain)
        content = pictures.once(key, lambda: _table(seen.sight, holdings, choice))
        return content, f"{choice.division}-{choice.year}.csv"

    content, name = await sync_to_thread(written)
    return attached(content, name, seen)


def _table(sight: Sight, holdings: Holdings, choice: Choice) -> bytes:
    deadline = Deadline(holdings.settings.seconds)
    figures = _figures(sight, choice, holdings, deadline) if choice.division and choice.year else None
    wanted = [
        one.key
        for one in (() if figures is None else figures.indicators)
        if choice.domain is None or find_domain(one.domain) == choice.domain
    ]
    if not wanted:
        raise Refused(404, Fault("page.nothing"))
    asked = Asked(tuple(wanted), (), "year", choice.year, choice.year, (choice.division,))
    return csv_of(sight.figures(asked, progress=deadline.check))


def csv_of(figures: Figures) -> bytes:
    """Figures as CSV that Excel knows for UTF-8."""
    held = io.BytesIO()
    figures_csv(figures, held, bom=True)
    return held.getvalue()


def attached(content: bytes, name: str, seen: Seen) -> Response[bytes]:
    """A file for a person to keep."""
    told = {
        **seen.headers(),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "Vary": "Accept-Language, Authorization, Cookie",
    }
    return Response(content, media_type="text/csv", headers=told)
