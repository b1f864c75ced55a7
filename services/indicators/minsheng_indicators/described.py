"""What the OpenAPI document says of the verbs of the library: bodies, answers, headers, and an example of each."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import polars as pl

from libminsheng.bulletin.check import check_bulletin
from libminsheng.bulletin.read import read_bulletin
from libminsheng.definitions.catalogue import catalogue
from libminsheng.errors import say
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_http.deadline import Deadline
from minsheng_http.forms import FORMS, MULTIPART, TAKEN
from minsheng_indicators.answers import RECEIPT
from minsheng_indicators.asking import REVISION
from minsheng_indicators.checking import TEXT
from minsheng_indicators.routes.checks import Findings
from minsheng_indicators.routes.receipts import Verification, VerificationRequest
from minsheng_indicators.routes.verbs import ASKED
from minsheng_indicators.verbs import AskedFigures, Ground

__all__ = ["BESIDE", "describe_revision", "describe_tag", "describe_verbs", "example_ground"]

_BINARY: Final = {"type": "string", "format": "binary"}
_KINDS: Final = [kind for form in FORMS.values() for kind in form.media_types if form.name != "json"]
_TEXT: Final = "2017年，全区26项民生工程全部完成，其中省级29项。"

_FACTS: Final = (
    ("340102", "2016", "newborns_screened", "9312", "actual"),
    ("340102", "2016", "live_births", "9405", "actual"),
    ("340102", "2017", "newborns_screened", "10601", "actual"),
    ("340102", "2017", "live_births", "10642", "actual"),
    ("340103", "2017", "newborns_screened", "5020", "actual"),
    ("340103", "2017", "live_births", "5100", "actual"),
    ("340102", "2017-05", "task_done", "35", "actual"),
    ("340102", "2017", "task_done", "100", "target"),
    ("340102", "2017", "funds_spent", "810", "actual"),
    ("340102", "2017", "funds_budgeted", "1000", "actual"),
)
"""What the examples are answers from."""

BESIDE: Final[dict[str, Any]] = {
    "revision": 17,
    "at": "2018-01-15T08:00:00+08:00",
    "age": 0.4,
    "definitions": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "version": "0.1.0",
}
"""What the examples say of their revision."""

_RATE: Final = "newborn_screening_rate"


def describe_verbs(found: dict[str, Any]) -> None:
    """Put it into the document."""
    kinds = [*(one.shape for one in ASKED.values()), Findings, Verification, VerificationRequest]
    _, made = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    found["components"]["schemas"] = dict(sorted({**made, **found["components"]["schemas"]}.items()))
    operations = {one["operationId"]: one for path in found["paths"].values() for one in path.values()}
    ground = example_ground()
    for name, kind in ASKED.items():
        operation = operations[name]
        asked = kind.read({key: [text] if isinstance(text, str) else text for key, text in kind.example.items()})
        _answer(operation, kind.shape, msgspec.json.decode(asked.given(ground).json() + b"}") | BESIDE)
        describe_revision(operation)
        for parameter in operation["parameters"]:
            if parameter["name"] in kind.example:
                parameter["example"] = kind.example[parameter["name"]]
    _describe_checks(operations["create_check"])
    _describe_receipts(operations["verify_receipt"], ground)


def _describe_checks(operation: dict[str, Any]) -> None:
    fact = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
    own = {"type": ["string", "object"]}
    properties = {"facts": {"type": "array", "items": fact}, "text": {"type": "string"}, "definitions": own}
    part = {"type": "array", "items": _BINARY}
    operation["requestBody"] = {
        "required": True,
        "description": say("service.about_check", "en"),
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": properties, "additionalProperties": False},
                "example": {"text": _TEXT},
            },
            TEXT: {"schema": {"type": "string"}, "example": _TEXT},
            **{kind: {"schema": _BINARY} for kind in (*_KINDS, *TAKEN)},
            MULTIPART: {"schema": {"type": "object", "properties": {"facts": part, "text": part, "definitions": part}}},
        },
    }
    findings = check_bulletin(read_bulletin(_TEXT))
    counts = dict(findings.counts)
    _answer(operation, Findings, {"findings": findings.to_dicts(), "counts": counts, "notes": []})


def _describe_receipts(operation: dict[str, Any], ground: Ground) -> None:
    receipt = AskedFigures(indicator=[_RATE], division=["340102"]).made(ground).receipt.as_dict()
    question = "/v1/figures?indicator=newborn_screening_rate&division=340102&as_of=17"
    part = {"type": "array", "items": _BINARY}
    text = {"type": "string"}
    parts = {"facts": part, "definitions": part, "receipt": text, "question": text, "of": text}
    operation["requestBody"] = {
        "required": True,
        "description": say("service.about_receipt_body", "en"),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/VerificationRequest"},
                "example": {"receipt": receipt, "question": question},
            },
            MULTIPART: {"schema": {"type": "object", "properties": parts, "required": ["receipt", "question"]}},
        },
    }
    example = {"equal": True, "differs": [], "given": receipt, "found": receipt, **BESIDE}
    operation["responses"]["200"] = {
        "description": say("service.about_verified", "en"),
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Verification"}, "example": example}},
    }


def _answer(operation: dict[str, Any], kind: type[msgspec.Struct], example: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    operation["responses"]["200"] = {
        "description": say("service.about_rows", "en"),
        "content": {
            "application/json": {"schema": schema, "example": example},
            **{kind: {"schema": _BINARY} for kind in _KINDS},
        },
    }


def describe_revision(operation: dict[str, Any]) -> None:
    """That an answer names its revision, and is not sent again to whoever holds it."""
    operation["responses"]["200"]["headers"] = {
        RECEIPT: _said("service.about_receipt"),
        REVISION: _said("service.about_revision"),
        "Minsheng-Definitions": _said("service.about_definitions"),
        "Minsheng-Version": _said("service.about_version"),
        "Age": {"description": say("service.about_age", "en"), "schema": {"type": "integer"}},
        **describe_tag(operation),
    }


def describe_tag(operation: dict[str, Any]) -> dict[str, Any]:
    """That an answer has a tag, by which it is not sent again to whoever holds it; the header of the tag."""
    tag = {"ETag": _said("service.about_etag")}
    operation["responses"]["304"] = {"description": say("service.about_unchanged", "en"), "headers": tag}
    operation.setdefault("parameters", []).append(
        {"name": "If-None-Match", "in": "header", "required": False, **_said("service.about_if_none_match")}
    )
    return tag


def _said(about: str) -> dict[str, Any]:
    return {"description": say(about, "en"), "schema": {"type": "string"}}


def example_ground() -> Ground:
    """Some facts, as a verb is asked of them."""
    columns = ["division", "period", "measure", "value", "scenario"]
    facts = pl.DataFrame(_FACTS, schema=columns, orient="row")
    known, tree = catalogue(), DivisionTree.builtin()
    return Ground.of_facts(facts, known, tree, 10_000, Deadline(600))
