"""What every table of a pack's TOML files is made of: codes, bilingual words, editions, exact numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Code", "Edition", "Exact", "Limit", "Name", "Row", "SourceRow", "Words", "open_end"]


class Row(BaseModel):
    """A table of a TOML file; a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Row):
    """A name or sentence in Chinese and English."""

    zh: str = ""
    en: str = ""


def _named(value: Any) -> Any:
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _edition(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def open_end(value: Any) -> Any:
    """An open end of the bounds is an empty text or an infinity, because TOML has no null."""
    if value == "" or (isinstance(value, Decimal | float) and not Decimal(value).is_finite()):
        return None
    return value


# what a JSON Schema tells of each is what may be written, before it is read
Words = Annotated[Name, BeforeValidator(_named, json_schema_input_type=Name | str)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=100)]
Edition = Annotated[
    str,
    BeforeValidator(_edition, json_schema_input_type=int | Annotated[str, Field(pattern=r"^[^@\s]+$", max_length=40)]),
    Field(pattern=r"^[^@\s]+$", max_length=40),
]
Limit = Annotated[
    Annotated[Decimal, Field(ge=-(10**18), le=10**18, decimal_places=12)] | None,
    BeforeValidator(open_end, json_schema_input_type=Decimal | Literal[""] | None),
]
Exact = Annotated[
    str,
    BeforeValidator(
        lambda value: str(value) if isinstance(value, int | Decimal) else value, json_schema_input_type=Decimal | str
    ),
]


class SourceRow(Row):
    """A definition's source."""

    document: str
    clause: str = ""
    verified: bool = True
    note: str = ""
