"""What a service may be told from outside, and what holds where nobody said anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libminsheng.errors import EvaluationError, Fault, nearest

__all__ = ["Count", "Seconds", "ServiceSettings", "Settings"]

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseModel):
    """What one part is told from outside: each field may be set by a variable of the part's prefix."""

    prefix: ClassVar[str]
    """What the variables of this part begin with."""
    other_names: ClassVar[Mapping[str, str]] = {}
    """Fields that are also set by a variable without the prefix, which several programs read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def service(cls) -> str:
        """What the service is called where it counts and logs."""
        return cls.prefix.removeprefix("MINSHENG_").strip("_").lower()

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Read the settings that are there.

        Raises
        ------
        EvaluationError
            For each variable of the prefix that is unknown or holds something unusable.
        """
        known = {cls.prefix + name.upper(): name for name in cls.model_fields} | dict(cls.other_names)
        given = {name: text for name, text in variables.items() if name in known or name.startswith(cls.prefix)}
        faults = [
            Fault("service.unknown_setting", values={"name": name}, near=partial(nearest, name, list(known)))
            for name in given
            if name not in known
        ]
        called = {field: name for name, field in known.items() if name in given}
        settings = cls()
        try:
            settings = cls.model_validate({known[name]: text for name, text in given.items() if name in known})
        except ValidationError as error:
            for one in error.errors(include_url=False):
                values = {"name": called[str(one["loc"][0])], "value": one["input"], "reason": one["msg"]}
                faults.append(Fault("service.setting", values=values))
        if faults:
            raise EvaluationError(*faults)
        return settings


class ServiceSettings(Settings):
    """The address and the limits that every service has.

    >>> ServiceSettings().host
    '127.0.0.1'
    """

    prefix: ClassVar[str] = "MINSHENG_SERVICE_"

    host: str = "127.0.0.1"
    """Only programs of this machine reach it, until somebody says otherwise."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8765
    workers: Count = 1
    """Processes that answer side by side."""
    log_requests: bool = False
    """Whether every request is logged, not only what goes wrong."""
    most_body: Count = 256 * 1024**2
    """Bytes of one request's body. It goes to a temporary file as it comes in."""
    most_unpacked: Count = 1024**3
    """Bytes that a Parquet or Arrow body may unpack to, a workbook to a quarter; refused before it is unpacked."""
    most_json: Count = 32 * 1024**2
    """Bytes of a body in JSON, which takes more memory than any other form."""
    most_rows: Count = 2_000_000
    """Facts of one request."""
    most_cells: Count = 40_000_000
    """Rows times columns of one request."""
    most_faults: Count = 1_000
    """Faults that one answer lists; it says how many there are in all."""
    body_seconds: Seconds = 120
    """Until a body has come in whole."""
    header_seconds: Seconds = 20
    """Until a request's first lines have come in whole."""
    seconds: Seconds = 60
    """For the work on one request."""
    waiting_seconds: Seconds = 15
    """For work on a body until others have finished."""
    at_once: Count = 2
    """Bodies that are worked on at a time."""
    most_a_minute: Count = 6_000
    """Requests of one principal, on average; of each process (``workers``), as are the next five."""
    most_in_a_burst: Count = 600
    """Requests of one principal that may come at once."""
    most_a_minute_without_token: Count = 600
    """Requests without a token from one address."""
    most_in_a_burst_without_token: Count = 120
    """Requests without a token from one address that may come at once."""
    most_refused_a_minute: Count = 20
    """Tokens from one address that stand for nobody; as many may come at once."""
    token_seconds: Annotated[float, Field(gt=0, le=60)] = 5
    """For which it is remembered whom a token stands for: until then, other processes take one that was revoked."""
