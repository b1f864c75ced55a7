"""What the framework cannot know of the indicators service, for its OpenAPI document."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from libminsheng.errors import Language, say
from minsheng_http.document import Document
from minsheng_http.forms import FORMS, MULTIPART, TAKEN
from minsheng_http.offers import FIGURES, SDMX
from minsheng_indicators.answers import RECEIPT
from minsheng_indicators.described import describe_tag, describe_verbs
from minsheng_indicators.described_figures import describe_figures
from minsheng_indicators.routes import ROUTES
from minsheng_indicators.schemas import Calculation, CalculationRequest

__all__ = ["DOCUMENT"]

_BINARY: Final = {"type": "string", "format": "binary"}


def _operation(name: str, lang: Language) -> str:
    return say(f"service.operation_{name}", lang)


def _describe_calculation(found: dict[str, Any]) -> None:
    """Bodies and answers of a calculation: the framework knows only those that it reads and writes itself."""
    (asked, given), shapes = msgspec.json.schema_components(
        [CalculationRequest, Calculation], ref_template="#/components/schemas/{name}"
    )
    found["components"]["schemas"] = dict(sorted({**shapes, **found["components"]["schemas"]}.items()))
    operation = found["paths"]["/v1/calculations"]["post"]
    binary = [*(kind for form in FORMS.values() for kind in form.media_types if form.name != "json"), *TAKEN]
    tables = [kind for name, kinds in FIGURES.items() for kind in kinds if name != "json"]
    part = {"type": "array", "items": _BINARY}
    whole = {"type": "object", "properties": {"facts": part, "definitions": part}, "required": ["facts"]}
    operation["requestBody"] = {
        "required": True,
        "description": say("service.about_body", "en"),
        "content": {
            "application/json": {"schema": asked},
            **{kind: {"schema": _BINARY} for kind in binary},
            MULTIPART: {"schema": whole},
        },
    }
    operation["responses"]["200"] = {
        "description": say("service.about_answer", "en"),
        "headers": {RECEIPT: {"description": say("service.about_receipt", "en"), "schema": {"type": "string"}}},
        "content": {"application/json": {"schema": given}, **{kind: {"schema": _BINARY} for kind in tables}},
    }


def _describe_structures(found: dict[str, Any]) -> None:
    operation = found["paths"]["/v1/structures"]["get"]
    kinds = (*SDMX["sdmx-structure"], "application/xml")
    operation["responses"]["200"] = {
        "description": say("service.about_structures", "en"),
        "headers": describe_tag(operation),
        "content": {kind: {"schema": _BINARY} for kind in kinds},
    }


DOCUMENT: Final = Document(
    title=partial(say, "service.title"),
    about=partial(say, "service.about"),
    operation=_operation,
    routes=ROUTES,
    asked_for=("asker",),
    describe=[_describe_calculation, describe_verbs, describe_figures, _describe_structures],
)
