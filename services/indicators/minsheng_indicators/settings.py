"""What the indicators service may be told from outside, and what holds where nobody said anything."""

from __future__ import annotations

from typing import ClassVar

from minsheng_http.settings import Count, ServiceSettings

__all__ = ["Settings"]


class Settings(ServiceSettings):
    """The address and the limits; each may be set by an environment variable, ``MINSHENG_INDICATORS_MOST_ROWS``.

    >>> Settings().host
    '127.0.0.1'
    >>> Settings.from_environment({"MINSHENG_INDICATORS_MOST_ROWS": "10"}).most_rows
    10
    """

    prefix: ClassVar[str] = "MINSHENG_INDICATORS_"

    most_definitions: Count = 1024**2
    """Bytes of all own definitions of one request."""
    most_figures: Count = 200_000
    """Figures of one answer."""
