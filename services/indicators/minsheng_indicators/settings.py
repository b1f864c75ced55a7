"""What the indicators service may be told from outside, and what holds where nobody said anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from minsheng_http.settings import Count, Seconds, ServiceSettings

__all__ = ["Settings"]

Address = Annotated[str, Field(pattern=r"\Ahttps?://[^\s/@?#]+(/[^\s?#]*)?\z")]


class Settings(ServiceSettings):
    """The address and the limits; each may be set by an environment variable, ``MINSHENG_INDICATORS_MOST_ROWS``.

    >>> Settings().host
    '127.0.0.1'
    >>> Settings.from_environment({"MINSHENG_INDICATORS_MOST_ROWS": "10"}).most_rows
    10
    """

    prefix: ClassVar[str] = "MINSHENG_INDICATORS_"

    registry: Address | None = None
    """The address of the registry whose facts are shown; without one there are only the catalogue and calculations."""
    registry_token: SecretStr | None = None
    """What the service itself shows the registry: a key with facts:read and changes:read for all divisions."""
    copy_folder: Path | None = None
    """Where the copy of the registry's facts is kept, so that a restart is quick; without it in memory only."""
    longest_wait: Seconds = 30
    """That a request may wait for a revision."""
    registry_seconds: Seconds = 5
    """For the registry to say whom a token stands for."""
    grace_seconds: Seconds = 60
    """For which a token stays good that the registry knew, while the registry does not answer."""
    most_definitions: Count = 1024**2
    """Bytes of all own definitions of one request."""
    most_checked: Count = 100_000
    """Facts of a calculation that are checked without being asked to; more are checked in seconds, not at once."""
    most_text: Count = 128 * 1024
    """Bytes of a text that is checked."""
    most_figures: Count = 200_000
    """Figures of one answer."""
    most_kept: Count = 64 * 1024**2
    """Bytes of answers that are kept for whoever asks the same before anything changes."""
