"""How long the work on one request may take."""

from __future__ import annotations

import time

from libminsheng.errors import Fault
from minsheng_http.problems import Refused

__all__ = ["Deadline"]


class Deadline:
    """The moment by which work has to be done.

    >>> Deadline(60).check()
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def check(self, _done: int = 0, _all: int = 0) -> None:
        """Go on, or stop the work: what the library calls between indicators or checks.

        Raises
        ------
        Refused
            If it has taken too long.
        """
        if time.monotonic() > self._end:
            raise Refused(422, Fault("service.too_long", values={"seconds": f"{self.seconds:g}"}))
