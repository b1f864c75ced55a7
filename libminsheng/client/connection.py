"""Where a service is, who asks, and how patiently."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from libminsheng.client.ask import Ask
from libminsheng.client.patience import Patience
from libminsheng.client.problem import away, refusal
from libminsheng.errors import EvaluationError, Fault, ServiceError
from libminsheng.version import __version__

if TYPE_CHECKING:
    import httpx

__all__ = ["TOKEN", "Connection", "Outcome", "needed"]

_Client = TypeVar("_Client")

TOKEN: Final = "MINSHENG_TOKEN"  # noqa: S105  # the name of a variable
"""The variable that holds the token where none is given."""

_ADDRESS: Final = re.compile(r"(?i:https?)://[^\s/@?#]+(?:/[^\s?#]*)?")
_CONNECTING: Final = 10.0
_PORTS: Final = 65_535
_WHOLE: Final = 20.0
"""How many times as long as for the first part of an answer is waited for all of a question."""

_HERE: Final = ("127.0.0.1", "localhost", "[::1]")
"""What no proxy can reach, whatever the environment says: it would only be shown the token."""

Outcome: TypeAlias = "httpx.Response | httpx.RequestError | TimeoutError"
"""What came of sending a request: an answer, none, or not the whole of one in time."""


@dataclass(frozen=True)
class Connection:
    """Where a service is, who asks, and how patiently. The token shows nowhere.

    >>> Connection("http://127.0.0.1:8765", token="ms_a_b")
    Connection(url='http://127.0.0.1:8765', timeout=30.0, patience=Patience(tries=4, first=0.5, longest=30.0))
    """

    url: str
    token: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    patience: Patience = field(default_factory=Patience)

    @classmethod
    def to(cls, url: str, token: str | None, timeout: float, tries: int) -> Connection:
        """A connection whose token, where none is given, is that of ``MINSHENG_TOKEN``.

        Raises
        ------
        EvaluationError
            If the address is none, the token cannot be sent, or no time is left to answer in.
        """
        needed("client", "httpx", "pyarrow")
        url = url.strip()
        if not _is_address(url):
            raise EvaluationError(Fault("client.address", values={"url": url.rpartition("@")[2]}))
        found = os.environ.get(TOKEN) if token is None else token
        found = (found or "").strip()
        if not (found.isascii() and found.isprintable()) or " " in found:
            raise EvaluationError(Fault("client.token"))
        if not 0 < timeout < math.inf:
            raise EvaluationError(Fault("client.timeout", values={"timeout": timeout}))
        return cls(url.rstrip("/"), found or None, timeout, Patience(max(1, tries)))

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """What every request says: who asks, by what program."""
        found = {"User-Agent": f"libminsheng/{__version__}"}
        if self.token is not None:
            found["Authorization"] = f"Bearer {self.token}"
        return found

    @property
    def longest(self) -> float:
        """Seconds after which a question is given up, however often it was sent and however slowly it is answered."""
        return _WHOLE * self.timeout

    def opened(self, kind: Callable[..., _Client], transport: object) -> _Client:
        """A client of httpx.

        Raises
        ------
        EvaluationError
            If the environment names a proxy or certificates that cannot be used.
        """
        aside = dict.fromkeys(f"all://{host}" for host in _HERE)
        try:
            return kind(
                headers=dict(self.headers),
                timeout=self._timeout(0.0),
                transport=transport,
                mounts=None if transport else aside,
            )
        except (ImportError, ValueError, OSError) as error:
            raise EvaluationError(Fault("client.environment", values={"reason": str(error)})) from error

    def request(self, client: httpx.Client | httpx.AsyncClient, ask: Ask) -> httpx.Request:
        """The request as httpx sends it.

        Raises
        ------
        EvaluationError
            If it asks for more than an address can name.
        """
        import httpx

        files = [(part.name, (part.file, part.content, part.media_type)) for part in ask.parts]
        try:
            return client.build_request(
                ask.method,
                f"{self.url}{ask.path}",
                params=list(ask.params) or None,
                headers=ask.headers(),
                content=ask.content,
                files=files or None,
                timeout=self._timeout(ask.patience),
            )
        except httpx.InvalidURL:
            raise EvaluationError(Fault("client.too_long", values={"count": len(ask.params)})) from None

    def settled(self, outcome: Outcome) -> httpx.Response:
        """An answer that can be used.

        Raises
        ------
        MinshengError
            What the service refused, as the library would have.
        ServiceError
            If it refuses for another reason, or cannot be reached.
        """
        if isinstance(outcome, TimeoutError):
            fault = Fault("client.overdue", values={"url": self.url, "seconds": f"{self.longest:g}"})
            raise ServiceError(fault, retry=True) from None
        if isinstance(outcome, Exception):
            raise away(self.url, outcome) from outcome
        if not outcome.is_success:
            raise refusal(outcome)
        return outcome

    def _timeout(self, patience: float) -> httpx.Timeout:
        import httpx

        return httpx.Timeout(self.timeout + patience, connect=min(self.timeout, _CONNECTING))


def _is_address(url: str) -> bool:
    import httpx

    try:
        read = httpx.URL(url)
        read.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        return False
    return _ADDRESS.fullmatch(url) is not None and bool(read.host) and 0 <= (read.port or 0) <= _PORTS


def needed(extra: str, *modules: str) -> None:
    """Refuse to go on without what an extra brings.

    Raises
    ------
    EvaluationError
        With the name of the module that is missing.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise EvaluationError(Fault("client.no_extra", values={"extra": extra, "module": missing[0]}))
