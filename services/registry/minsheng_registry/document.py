"""What the framework cannot know of the registry, for its OpenAPI document."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from libminsheng.errors import Language, say
from minsheng_http.document import Document
from minsheng_http.forms import FORMS, MULTIPART, TAKEN
from minsheng_http.offers import SDMX
from minsheng_registry import schemas
from minsheng_registry.book.act_rows import AnswerRow, QuestionRow, ReasonRow, RemarksRow
from minsheng_registry.book.project_rows import ProjectRow
from minsheng_registry.book.shapes import Shape
from minsheng_registry.export import FORMS as STREAMED
from minsheng_registry.export import REVISION
from minsheng_registry.routes import ROUTES
from minsheng_registry.routes.keys import KeyRow

__all__ = ["DOCUMENT"]

_BINARY: Final = {"type": "string", "format": "binary"}
_BODIES: Final[dict[str, type[Shape]]] = {
    "create_project": ProjectRow,
    "replace_project": ProjectRow,
    "withdraw_project": ReasonRow,
    "submit_submission": RemarksRow,
    "return_submission": ReasonRow,
    "reopen_submission": ReasonRow,
    "unpublish_submission": ReasonRow,
    "ask_correction": QuestionRow,
    "answer_correction": AnswerRow,
    "create_key": KeyRow,
}
"""The body of each operation that takes JSON: its shapes stand with the book, which tells every fault at once."""

_ANSWERS: Final[dict[str, tuple[str, type[msgspec.Struct]]]] = {
    "create_project": ("201", schemas.Project),
    "get_project": ("200", schemas.Project),
    "replace_project": ("200", schemas.Project),
    "patch_project": ("200", schemas.Project),
    "withdraw_project": ("200", schemas.Project),
    "create_submission": ("201", schemas.Submission),
    "replace_submission": ("200", schemas.Submission),
    "get_submission": ("200", schemas.Submission),
    **{
        f"{act}_submission": ("200", schemas.Submission)
        for act in ("submit", "accept", "return", "lock", "reopen", "publish", "unpublish")
    },
    "ask_correction": ("201", schemas.Correction),
    "create_key": ("201", schemas.MadeKey),
    "list_facts": ("200", schemas.FactPage),
}
"""What each operation answers whose bytes are made by hand."""

_CHANGES: Final = (
    "replace_project", "patch_project", "withdraw_project", "replace_submission",
    *(f"{act}_submission" for act in ("submit", "accept", "return", "lock", "reopen", "publish", "unpublish")),
)  # fmt: skip
_READS: Final = ("get_project", "get_submission")


def _operation(name: str, lang: Language) -> str:
    return say(f"registry.operation_{name}", lang)


def _describe(found: dict[str, Any]) -> None:
    operations = {one["operationId"]: one for path in found["paths"].values() for one in path.values()}
    shapes: dict[str, Any] = {}
    for name, row in _BODIES.items():
        operations[name]["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _shape(row, shapes)}},
        }
    operations["patch_project"]["requestBody"] = {
        "required": True,
        "content": {
            kind: {"schema": {"type": "object"}} for kind in ("application/merge-patch+json", "application/json")
        },
    }
    (_, made) = msgspec.json.schema_components(
        [*(kind for _, kind in _ANSWERS.values()), schemas.Planned], ref_template="#/components/schemas/{name}"
    )
    for name, (status, kind) in _ANSWERS.items():
        told = operations[name]["responses"].setdefault(status, {"description": operations[name]["summary"]})
        told["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    for name in _CHANGES:
        operations[name].setdefault("parameters", []).append(
            _header("If-Match", "registry.about_if_match", required=True)
        )
    for name in _READS:
        operations[name].setdefault("parameters", []).append(_header("If-None-Match", "registry.about_if_none_match"))
        operations[name]["responses"]["304"] = {"description": say("registry.about_unchanged", "en")}
    for name, (status, _) in _ANSWERS.items():
        if name in (*_CHANGES, *_READS, "create_project", "create_submission"):
            operations[name]["responses"][status].setdefault("headers", {})["ETag"] = _text("registry.about_etag")
    _describe_facts(operations)
    schemas_of = found["components"]["schemas"]
    found["components"]["schemas"] = dict(sorted({**shapes, **made, **schemas_of}.items()))


def _describe_facts(operations: dict[str, Any]) -> None:
    kinds = [*(kind for form in FORMS.values() for kind in form.media_types if form.name != "json"), *TAKEN]
    part = {"type": "array", "items": _BINARY}
    texts = {"division": {"type": "string"}, "period": {"type": "string"}}
    fact = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
    sent = {"type": "object", "properties": {"facts": {"type": "array", "items": fact}, **texts}, "required": ["facts"]}
    whole = {"type": "object", "properties": {"facts": part, **texts}, "required": ["facts"]}
    for name in ("create_submission", "replace_submission"):
        operations[name]["requestBody"] = {
            "required": True,
            "description": say("registry.about_facts", "en"),
            "content": {
                "application/json": {"schema": sent},
                **{kind: {"schema": _BINARY} for kind in kinds},
                MULTIPART: {"schema": whole},
            },
        }
    planned = {"application/json": {"schema": {"$ref": "#/components/schemas/Planned"}}}
    operations["create_submission"]["responses"]["200"] = {
        "description": say("registry.about_planned", "en"),
        "content": planned,
    }
    content = operations["list_facts"]["responses"]["200"]["content"]
    for kind in (
        *(FORMS[form].media_types[0] for form in STREAMED),
        *(kind for kinds in SDMX.values() for kind in kinds),
    ):
        content[kind] = {"schema": _BINARY}
    operations["list_facts"]["responses"]["200"]["headers"] = {REVISION: _text("registry.about_revision")}


def _shape(row: type[Shape], shapes: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of a body, which is put with the others."""
    told = row.model_json_schema(ref_template="#/components/schemas/{model}")
    shapes.update(told.pop("$defs", {}))
    shapes[row.__name__] = told
    return {"$ref": f"#/components/schemas/{row.__name__}"}


def _header(name: str, about: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, **_text(about)}


def _text(about: str) -> dict[str, Any]:
    return {"description": say(about, "en"), "schema": {"type": "string"}}


DOCUMENT: Final = Document(
    title=partial(say, "registry.title"),
    about=partial(say, "registry.about"),
    operation=_operation,
    routes=ROUTES,
    asked_for=("desk", "caller", "sent"),
    describe=[_describe],
)
