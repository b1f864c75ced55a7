"""The tools: searching the catalogue, showing an indicator, figures, and how one came about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BeforeValidator, Field

from libminsheng.client import AsyncClient
from libminsheng.definitions.catalogue import Catalogue
from libminsheng.definitions.entries import Thing as Defined
from libminsheng.engine.figures import Figure
from libminsheng.errors import Fault, MinshengError, say
from libminsheng.mcp.shapes import Explained, Figures, Indicator, Searched, Thing, Told, Words
from libminsheng.report.records import indicator_dict, measure_dict, record
from libminsheng.vocabulary.divisions import DivisionTree
from libminsheng.vocabulary.text import Text

__all__ = ["NAMES", "Tools", "told"]

NAMES: Final = ("search_catalogue", "show_indicator", "figures", "explain")
_READS: Final = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)


def _both(code: str) -> str:
    """A description in both languages, for assistants of either."""
    return f"{say(code, 'zh')}\n{say(code, 'en')}"


def _listed(given: object) -> object:
    """One where several may be named."""
    return [given] if isinstance(given, str | int) else given


# a year or a revision is a number to whoever copies it from an answer
Label = Annotated[str, Field(max_length=40, coerce_numbers_to_str=True)]

Search = Annotated[str, Field(description=_both("mcp.words"), min_length=1, max_length=60)]
Found = Annotated[int, Field(description=_both("mcp.most"), ge=1, le=100)]
Named = Annotated[str, Field(description=_both("mcp.indicator"), max_length=200)]
Several = Annotated[
    list[str], BeforeValidator(_listed), Field(description=_both("mcp.indicators"), min_length=1, max_length=50)
]
Places = Annotated[
    list[Label] | None, BeforeValidator(_listed), Field(description=_both("mcp.divisions"), max_length=500)
]
Place = Annotated[str, Field(description=_both("mcp.division"), max_length=100, coerce_numbers_to_str=True)]
Level = Annotated[
    str | None,
    Field(
        description=_both("mcp.level"),
        json_schema_extra={"enum": ["province", "prefecture", "county", "township", "village", None]},
    ),
]
Grain = Annotated[
    str | None,
    Field(description=_both("mcp.grain"), json_schema_extra={"enum": ["year", "half", "quarter", "month", None]}),
]
Since = Annotated[Label | None, Field(description=_both("mcp.start"))]
Until = Annotated[Label | None, Field(description=_both("mcp.end"))]
When = Annotated[Label, Field(description=_both("mcp.period"))]
Columns = Annotated[list[str], BeforeValidator(_listed), Field(description=_both("mcp.by"), max_length=5)]
Cells = Annotated[dict[str, str], Field(description=_both("mcp.cells"))]
Then = Annotated[Label | None, Field(description=_both("mcp.as_of"))]
Shown = Annotated[int, Field(description=_both("mcp.shown"), ge=1, le=500)]


class Tools:
    """The tools over a client. What the service or the library refuses is told with what would be right."""

    def __init__(self, client: AsyncClient, tree: DivisionTree | None = None) -> None:
        self._client = client
        self._tree = tree or DivisionTree.builtin()

    def given_to(self, server: MCPServer[Any]) -> None:
        """Let a server offer them."""
        for name in NAMES:
            server.add_tool(
                getattr(self, name),
                name=name,
                title=_both(f"mcp.title_{name}").replace("\n", " · "),
                description=_both(f"mcp.about_{name}"),
                annotations=_READS,
                structured_output=True,
            )

    async def search_catalogue(self, words: Search, limit: Found = 10) -> Searched:
        with _telling():
            known = await self._client.catalogue()
            found = known.find(*words.split())
            return Searched(
                found=[_thing(one, known) for one in found.things[:limit]],
                total=len(found.things),
                parts=list(found.parts),
            )

    async def show_indicator(self, indicator: Named) -> Indicator:
        with _telling():
            known = await self._client.catalogue()
            found = known.indicator(indicator)
            editions = (found,) if "@" in indicator else known.editions(found.code)
            return Indicator(
                code=found.code,
                editions=[indicator_dict(one, known) for one in editions],
                measures=[measure_dict(one, known) for one in known.measures_of(*editions)],
            )

    async def figures(
        self,
        indicators: Several,
        divisions: Places = None,
        level: Level = None,
        period: Grain = None,
        start: Since = None,
        end: Until = None,
        by: Columns = [],  # noqa: B006  # never changed; the schema shows it as the default
        as_of: Then = None,
        limit: Shown = 50,
    ) -> Figures:
        with _telling():
            found = await self._client.evaluate(
                indicators=indicators,
                by=by,
                period=period,
                start=start,
                end=end,
                divisions=divisions,
                level=level,
                as_of=as_of,
            )
            return Figures(
                figures=[self._figure(one) for one in found[:limit]],
                total=len(found),
                notes=[_words(note) for note in found.notes],
                receipt=found.receipt.digest,
                revision=found.revision,
                age=found.age,
            )

    async def explain(
        self,
        indicator: Named,
        division: Place,
        period: When,
        by: Cells = {},  # noqa: B006  # never changed; the schema shows it as the default
        as_of: Then = None,
    ) -> Explained:
        with _telling():
            found = await self._client.explain(indicator, division, period, by, as_of=as_of)
            return Explained(
                figure=self._figure(found.figure),
                text=Words(zh=found.text("zh"), en=found.text("en")),
                steps=found.steps.as_dict(),
            )

    def _figure(self, figure: Figure) -> Told:
        return Told(
            **figure.as_dict(),
            name=_name(figure.indicator.name),
            division_name=self._tree.name(figure.division),
        )


def told(error: MinshengError) -> ToolError:
    """What was wrong, in both languages: an assistant may ask again, and its user may read over its shoulder."""
    return ToolError(f"{error.text('zh')}\n{error.text('en')}")


@contextmanager
def _telling() -> Iterator[None]:
    """Let an assistant read what was wrong."""
    try:
        yield
    except MinshengError as error:
        raise told(error) from None


def _thing(one: Defined, known: Catalogue) -> Thing:
    told = record(one, known)
    name: Any = told["name"]
    about: Any = told.get("definition") or told.get("description") or told.get("in_words") or {}
    return Thing(
        kind=str(told["kind"]),
        code=str(told.get("key") or told["code"]),
        name=Words(zh=name["zh"], en=name["en"]),
        unit=str(told.get("unit") or ""),
        formula=str(told.get("formula") or ""),
        about=Words(zh=about.get("zh") or "", en=about.get("en") or ""),
    )


def _words(note: Fault) -> Words:
    return Words(zh=note.text("zh"), en=note.text("en"))


def _name(text: Text) -> Words:
    return Words(zh=text.zh, en=text.en)
