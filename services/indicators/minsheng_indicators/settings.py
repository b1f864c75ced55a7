"""What the service may be told from outside, and what holds where nobody said anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libminsheng.errors import EvaluationError, Fault, nearest

__all__ = ["PREFIX", "Settings"]

PREFIX: Final = "MINSHENG_INDICATORS_"

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseModel):
    """The address and the limits; each may be set by an environment variable, ``MINSHENG_INDICATORS_MOST_ROWS``.

    >>> Settings().host
    '127.0.0.1'
    >>> Settings.from_environment({"MINSHENG_INDICATORS_MOST_ROWS": "10"}).most_rows
    10
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Only programs of this machine reach it, until somebody says otherwise."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    most_body: Count = 256 * 1024**2
    """Bytes of one request's body. It goes to a temporary file as it comes in."""
    most_unpacked: Count = 1024**3
    """Bytes that a Parquet or Arrow body may unpack to; refused before it is unpacked."""
    most_json: Count = 32 * 1024**2
    """Bytes of a body in JSON, which takes more memory than any other form."""
    most_definitions: Count = 1024**2
    """Bytes of all own definitions of one request."""
    most_rows: Count = 2_000_000
    """Facts of one request."""
    most_cells: Count = 40_000_000
    """Rows times columns of one request."""
    most_figures: Count = 200_000
    """Figures of one answer."""
    most_faults: Count = 1_000
    """Faults that one answer lists; it says how many there are in all."""
    body_seconds: Seconds = 120
    """Until a body has come in whole."""
    header_seconds: Seconds = 20
    """Until a request's first lines have come in whole."""
    seconds: Seconds = 60
    """For one calculation; looked at between its steps and after each indicator."""
    waiting_seconds: Seconds = 15
    """For a calculation until others have finished."""
    at_once: Count = 2
    """Calculations at a time."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings that are there.

        Raises
        ------
        EvaluationError
            For each variable of the prefix that is unknown or holds something unusable.
        """
        given = {name: text for name, text in variables.items() if name.startswith(PREFIX)}
        known = {PREFIX + name.upper(): name for name in cls.model_fields}
        faults = [
            Fault("service.unknown_setting", values={"name": name}, near=partial(nearest, name, list(known)))
            for name in given
            if name not in known
        ]
        try:
            settings = cls.model_validate({known[name]: text for name, text in given.items() if name in known})
        except ValidationError as error:
            for one in error.errors(include_url=False):
                values = {"name": PREFIX + str(one["loc"][0]).upper(), "value": one["input"], "reason": one["msg"]}
                faults.append(Fault("service.setting", values=values))
        if faults:
            raise EvaluationError(*faults)
        return settings
