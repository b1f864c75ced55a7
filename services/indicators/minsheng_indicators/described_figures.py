"""What the OpenAPI document says of figures and their explanations: shapes, forms, headers, and an example of each."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from libminsheng.errors import say
from minsheng_http.offers import FIGURES
from minsheng_indicators.described import BESIDE, describe_revision, example_ground
from minsheng_indicators.routes.explain import FORMS as EXPLAINED
from minsheng_indicators.schemas import ExplanationEntry, FigurePage
from minsheng_indicators.verbs import AskedFigures

__all__ = ["describe_figures"]

_BINARY: Final = {"type": "string", "format": "binary"}
_TEXT: Final = {"type": "string"}
_RATE: Final = "newborn_screening_rate"


def describe_figures(found: dict[str, Any]) -> None:
    """Put it into the document."""
    _, made = msgspec.json.schema_components([FigurePage, ExplanationEntry], ref_template="#/components/schemas/{name}")
    found["components"]["schemas"] = dict(sorted({**made, **found["components"]["schemas"]}.items()))
    asked = AskedFigures(indicator=[_RATE], division=["340102"], period="year", start="2017", end="2017")
    figures = asked.made(example_ground())
    beside = {
        "notes": [note.as_dict() for note in figures.notes],
        "receipt": figures.receipt.as_dict(),
        **BESIDE,
    }
    tables = {kind: _BINARY for name, kinds in FIGURES.items() if name != "json" for kind in kinds}
    page = {"figures": figures.to_dicts(), "next": None, **beside}
    question = {"indicator": [_RATE], "division": ["340102"], "period": "year", "from": "2017"}
    _describe(found["paths"]["/v1/figures"]["get"], FigurePage, page, tables, question)
    told = figures.explain(_RATE, "340102", "2017").as_dict() | beside
    texts = {kind: _TEXT for name, kinds in EXPLAINED.items() if name != "json" for kind in kinds}
    question = {"indicator": _RATE, "division": "340102", "period": "2017"}
    _describe(found["paths"]["/v1/figures/explain"]["get"], ExplanationEntry, told, texts, question)


def _describe(
    operation: dict[str, Any],
    kind: type[msgspec.Struct],
    example: Any,
    others: dict[str, Any],
    question: dict[str, Any],
) -> None:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    operation["responses"]["200"] = {
        "description": say("service.about_rows", "en"),
        "content": {
            "application/json": {"schema": schema, "example": example},
            **{one: {"schema": shape} for one, shape in others.items()},
        },
    }
    describe_revision(operation)
    for parameter in operation["parameters"]:
        if parameter["name"] in question:
            parameter["example"] = question[parameter["name"]]
