"""The shapes of what is sent: pydantic names everything that does not fit at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from libminsheng.errors import Fault, Place, nearest
from minsheng_registry.book.refusals import Unusable

__all__ = ["Long", "Shape", "Short", "Storable", "read_shape", "told", "unstorable"]


def told(*faults: Fault) -> PydanticCustomError:
    """What a validator of a shape raises to say what is wrong with a value, in its own words; where, is known."""
    return PydanticCustomError("told", "told", {"faults": faults})


def unstorable(text: str) -> bool:
    r"""Whether a text has control characters or halves of characters, which no database holds.

    >>> unstorable("一\n二"), unstorable("a\0b")
    (False, True)
    """
    return any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t" for sign in text)


def _storable(text: str) -> str:
    if unstorable(text):
        raise told(Fault("registry.control_character"))
    return text


Storable: Final = AfterValidator(_storable)
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Storable]
Long = Annotated[str, StringConstraints(max_length=10_000), Storable]


class Shape(BaseModel):
    """Something that is sent: nothing more than what is named, and nothing taken for something else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


S = TypeVar("S", bound=Shape)


def read_shape(model: type[S], given: object, **context: Any) -> S:
    """What was sent, in the shape of a model.

    Parameters
    ----------
    context
        What the validators of the model look into.

    Raises
    ------
    Unusable
        With each thing that has not its shape; where it lies is its item, ``targets.0.measure``.
    """
    try:
        return model.model_validate(given, context=context)
    except ValidationError as error:
        found = error.errors(include_url=False)
    raise Unusable(*(fault for one in found for fault in _faults(model, one)))


_EXPECTED: Final = {
    "string_type": "text", "string_too_short": "text", "string_too_long": "length", "string_pattern_mismatch": "code",
    "int_type": "year", "greater_than_equal": "year", "less_than_equal": "year", "list_type": "list",
    "too_short": "list", "too_long": "length", "model_type": "object", "model_attributes_type": "object",
}  # fmt: skip
"""What was expected where pydantic says what was not."""


def _faults(model: type[Shape], error: ErrorDetails) -> Iterator[Fault]:
    where = error["loc"]
    if error["type"] == "told":
        place = Place(item=".".join(map(str, where)))
        yield from (replace(one, place=place) for one in error["ctx"]["faults"])
    else:
        yield _fault(model, error["type"], where, error["input"])


def _fault(model: type[Shape], kind: str, where: tuple[int | str, ...], given: object) -> Fault:
    # what a union tried is no part of the document
    parts = [part for part in where if part not in ("int", "str")]
    place = Place(item=".".join(map(str, parts)) or "?")
    if kind == "missing":
        return Fault("registry.field_missing", place, {"field": parts[-1]})
    if kind == "extra_forbidden":
        known = list(_model_at(model, parts[:-1]).model_fields)
        return Fault("registry.field_unknown", place, {"field": parts[-1]}, partial(nearest, str(parts[-1]), known))
    if kind == "string_unicode":
        return Fault("registry.control_character", place)
    shown = repr(given)
    values = {"given": shown if len(shown) <= 80 else shown[:79] + "…"}
    return Fault(f"registry.expected_{_EXPECTED.get(kind, 'other')}", place, values)


def _model_at(model: type[BaseModel], parts: list[int | str]) -> type[BaseModel]:
    """The model that a path of names leads to."""
    for part in parts:
        if isinstance(part, str):
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
