"""The page of one figure: how it came about, from which reports, by which definition, and how it went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from libminsheng.engine.explain import Explanation
from libminsheng.engine.figures import Figure, Figures
from libminsheng.errors import Fault, Language, MinshengError
from libminsheng.report.charts import Chart
from libminsheng.report.definition import indicator_grid
from libminsheng.report.formulas import formula_in_words
from libminsheng.report.grid import Grid
from libminsheng.report.html import explanation_list
from libminsheng.report.words import one_line
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_http.problems import Refused
from minsheng_indicators.asking import Seen, see
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import era
from minsheng_indicators.public.home import attached, csv_of
from minsheng_indicators.public.pictures import Pictures
from minsheng_indicators.public.reader import Reader
from minsheng_indicators.public.rendering import shown
from minsheng_indicators.public.sheet import FigureRow, figure_row

__all__ = ["figure_page", "figure_table"]

_MOST_COLUMNS: Final = 8
_MOST_ROWS: Final = 40
_SAFE: Final = re.compile(r"[^0-9A-Za-z_.@-]")


@dataclass(frozen=True)
class Shown:
    """Everything that the page of a figure shows."""

    figure: Figure
    row: FigureRow
    place: str
    period: str
    formula: str
    in_words: str
    steps: Markup
    definition: Grid
    receipt: dict[str, str]
    api: str
    trend: Chart | None
    comparison: Chart | None
    splits: Sequence[Split]


@dataclass(frozen=True)
class Split:
    """A figure broken down by one column: a row for each of the column's values, the first of `count`."""

    column: str
    rows: Sequence[FigureRow]
    count: int


@get("/figures/{indicator:str}/{division:str}/{period:str}", include_in_schema=False, operation_id="page_figure")
async def figure_page(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    reader: NamedDependency[Reader],
    indicator: FromPath[str],
    division: FromPath[str],
    period: FromPath[str],
) -> Response[str]:
    """How a figure came about."""
    seen = await see(holdings, reader.asker, as_of=None)
    pictures: Pictures = request.app.state.pictures
    found = await sync_to_thread(_shown, seen, holdings, reader, pictures, (indicator, division, period))
    return shown("figure.html", reader, headers=seen.headers(), seen=seen, found=found)


@get(
    "/figures/{indicator:str}/{division:str}/{period:str}/figure.csv",
    include_in_schema=False,
    operation_id="page_figure_csv",
)
async def figure_table(
    holdings: NamedDependency[Holdings],
    reader: NamedDependency[Reader],
    indicator: FromPath[str],
    division: FromPath[str],
    period: FromPath[str],
) -> Response[bytes]:
    """A figure as CSV."""
    seen = await see(holdings, reader.asker, as_of=None)
    figures = await sync_to_thread(_figures, seen, holdings, indicator, division, period)
    return attached(csv_of(figures), _SAFE.sub("_", f"{indicator}-{division}-{period}.csv"), seen)


def _figures(seen: Seen, holdings: Holdings, indicator: str, division: str, period: str) -> Figures:
    """The one figure that an address names; refused as not there whatever is wrong with it."""
    deadline = Deadline(holdings.settings.seconds)
    try:
        asked = Period.parse(period)
        figures = seen.sight.figures(
            Asked((indicator,), (), asked.grain, str(asked), str(asked), (division,)), progress=deadline.check
        )
    except MinshengError as error:
        raise Refused(404, *error.faults) from None
    if not len(figures):
        values = {"indicator": indicator, "division": division, "period": period}
        raise Refused(404, Fault("page.no_figure", values=values))
    return figures


def _shown(seen: Seen, holdings: Holdings, reader: Reader, pictures: Pictures, asked: tuple[str, str, str]) -> Shown:
    figures = _figures(seen, holdings, *asked)
    figure, lang = figures[0], reader.lang
    explanation: Explanation = figures.explain_figure(figure)
    one, catalogue, period = figure.indicator, holdings.catalogue, str(figure.period)
    query = {
        "indicator": asked[0],
        "division": figure.division,
        "period": figure.period.grain,
        "from": period,
        "to": period,
    }
    return Shown(
        figure,
        figure_row(figure, catalogue, lang),
        holdings.tree.name(figure.division),
        figure.period.text(lang),
        str(one.tree),
        formula_in_words(one.tree, catalogue, lang),
        Markup(explanation_list(explanation, lang)),  # noqa: S704  # every label is escaped there
        indicator_grid([one], catalogue, lang),
        {name: str(value) for name, value in figures.receipt.as_dict().items()},
        f"/v1/figures?{urlencode(query, safe='@')}",
        pictures.trend(seen.sight, holdings, one.code, figure.division, lang),
        pictures.comparison(seen.sight, holdings, one.key, figure.division, period, lang),
        pictures.once(
            ("splits", era(seen.sight), one.key, figure.division, period, lang),
            lambda: _splits(seen, holdings, figure, lang),
        ),
    )


def _splits(seen: Seen, holdings: Holdings, figure: Figure, lang: Language) -> list[Split]:
    """The figure by each column that its facts are broken down by, where a part of it has a value."""
    deadline, period, found = Deadline(holdings.settings.seconds), str(figure.period), []
    for column in seen.sight.outline.columns[:_MOST_COLUMNS]:
        asked = Asked((figure.indicator.key,), (column,), figure.period.grain, period, period, (figure.division,))
        parts = [one for one in seen.sight.figures(asked, progress=deadline.check) if column in one.by]
        if any(one.value is not None for one in parts):
            rows = [
                replace(figure_row(one, holdings.catalogue, lang), name=one_line(one.by[column]))
                for one in parts[:_MOST_ROWS]
            ]
            found.append(Split(column, rows, len(parts)))
    return found
