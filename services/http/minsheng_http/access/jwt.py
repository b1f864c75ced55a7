"""Tokens of an outside issuer: signed JWTs (RFC 7519) of the office's own sign-on.

Which algorithms may sign is set here and never taken from a token. A token has to name its issuer, its audience, its
subject and its end; what it may do and where stands in two of its claims. It can grant every division, but not
every scope at once: an administrator is made with a key.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libminsheng.errors import EvaluationError, Fault, nearest
from minsheng_http.access.principal import Principal
from minsheng_http.access.scopes import known_scopes

__all__ = ["IssuerSettings", "TokenIssuer", "issuers_from_environment"]

_PREFIX: Final = "MINSHENG_JWT_"
_ASYMMETRIC: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
_SHARED: Final = frozenset({"HS256", "HS384", "HS512"})
_LEAST_SECRET: Final = 32
_LEEWAY: Final = 30
_KEPT: Final = 3600
"""Seconds for which keys of an address are kept before they are read again."""
_AGAIN: Final = 60
"""Seconds before keys of an address are read again because a token names one that is not among them."""
_LONGEST_KEYS: Final = 256 * 1024
_LONGEST_NAME: Final = 200
_MOST_DIVISIONS: Final = 1_000
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")

Text = Annotated[str, Field(min_length=1, max_length=500)]


class IssuerSettings(BaseModel):
    """Whose tokens are taken, and how they are read; each is set by a variable such as ``MINSHENG_JWT_ISSUER``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Text
    audience: Text
    keys: Text
    """A file in PEM or JWKS, an ``https://`` address of a JWKS, or for HS… a file with the shared secret."""
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    """What may sign."""
    scopes_claim: Text = "scope"
    """The claim with the scopes: a list, or a text with spaces."""
    divisions_claim: Text = "divisions"
    """The claim with the list of divisions whose subtrees the bearer sees and writes."""


def issuers_from_environment(variables: Mapping[str, str] = os.environ) -> tuple[TokenIssuer, ...]:
    """The issuer that the environment names, if it names one.

    Raises
    ------
    EvaluationError
        For each variable that is unknown, missing or unusable, and for keys that cannot be read.
    """
    given = {name: text for name, text in variables.items() if name.startswith(_PREFIX)}
    if not given:
        return ()
    known = {_PREFIX + name.upper(): name for name in IssuerSettings.model_fields}
    faults = [
        Fault("service.unknown_setting", values={"name": name}, near=partial(nearest, name, list(known)))
        for name in given
        if name not in known
    ]
    told: dict[str, Any] = {known[name]: text for name, text in given.items() if name in known}
    if "algorithms" in told:
        told["algorithms"] = tuple(told["algorithms"].replace(",", " ").split())
    settings = None
    try:
        settings = IssuerSettings.model_validate(told)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            values = {"name": _PREFIX + str(one["loc"][0]).upper(), "value": one["input"], "reason": one["msg"]}
            faults.append(Fault("service.setting", values=values))
    if settings is None or faults:
        raise EvaluationError(*faults)
    return (TokenIssuer(settings),)


class TokenIssuer:
    """One issuer, with the keys that it signs with.

    Raises
    ------
    EvaluationError
        If an algorithm is none that may be pinned, or the keys cannot be read.
    """

    def __init__(self, settings: IssuerSettings) -> None:
        self._settings: Final = settings
        allowed = _SHARED if set(settings.algorithms) & _SHARED else _ASYMMETRIC
        wrong = [one for one in settings.algorithms if one not in allowed]
        if wrong or not settings.algorithms:
            values = {"given": ", ".join(settings.algorithms), "known": ", ".join(sorted(_ASYMMETRIC | _SHARED))}
            raise EvaluationError(Fault("http.jwt_algorithms", values=values))
        self._keys: Final = _Keys(settings.keys, shared=allowed is _SHARED)
        self._keys.read()

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for; None where it stands for nobody."""
        settings = self._settings
        try:
            head = jwt.get_unverified_header(token)
            if "crit" in head or head.get("alg") not in settings.algorithms:
                return None
            kid = head.get("kid")
            keys = self._keys.named(kid if isinstance(kid, str) else None)
        except jwt.PyJWTError:
            return None
        for key in keys:
            try:
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=list(settings.algorithms),
                    audience=settings.audience,
                    issuer=settings.issuer,
                    leeway=_LEEWAY,
                    options={"require": ["exp", "iss", "aud", "sub"]},
                )
            except (jwt.PyJWTError, ValueError, TypeError):
                continue  # another key of the issuer may have signed it
            return self._read(claims)
        return None

    def _read(self, claims: Mapping[str, Any]) -> Principal | None:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_NAME or not subject.isprintable():
            return None
        scopes = claims.get(self._settings.scopes_claim, [])
        scopes = scopes.split() if isinstance(scopes, str) else scopes
        divisions = claims.get(self._settings.divisions_claim, [])
        if not (_texts(scopes) and _texts(divisions) and len(divisions) <= _MOST_DIVISIONS):
            return None
        return Principal(
            f"jwt:{self._settings.issuer}#{subject}",
            known_scopes(scopes),
            ("*",) if "*" in divisions else tuple(dict.fromkeys(divisions)),
            datetime.fromtimestamp(claims["exp"] + _LEEWAY, UTC),
        )


def _texts(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


class _Keys:
    """The keys of an issuer: of a file once, of an address again and again."""

    def __init__(self, place: str, *, shared: bool) -> None:
        self._place, self._shared = place, shared
        self._lock: Final = threading.Lock()
        self._held: Sequence[tuple[str | None, Any]] = ()
        self._read_at = -float(_KEPT)

    @cached_property
    def _is_address(self) -> bool:
        return urlsplit(self._place).scheme in ("http", "https")

    def named(self, kid: str | None) -> list[Any]:
        """The keys of a name; all of them for a token that names none."""
        if self._is_address:
            age = time.monotonic() - self._read_at
            unknown = kid is not None and all(kid != name for name, _ in self._held)
            if age > _KEPT or (unknown and age > _AGAIN):
                with self._lock:
                    self._again()
        return [key for name, key in self._held if kid is None or name in (kid, None)]

    def _again(self) -> None:
        """Read the keys of an address again; where it is away, those that are known stay good."""
        if time.monotonic() - self._read_at <= _AGAIN:
            return  # another thread has just done so
        try:
            self.read()
        except EvaluationError:
            self._read_at = time.monotonic()

    def read(self) -> None:
        """Read the keys.

        Raises
        ------
        EvaluationError
            If that cannot be done.
        """
        try:
            content = self._fetched() if self._is_address else Path(self._place).read_bytes()
            self._held = self._parsed(content)
        except (OSError, httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            raise EvaluationError(Fault("http.jwt_keys", values={"place": self._place, "reason": str(error)})) from None
        self._read_at = time.monotonic()

    def _fetched(self) -> bytes:
        parts = urlsplit(self._place)
        if parts.scheme != "https" and parts.hostname not in _LOCAL:
            raise ValueError("https only")
        content = bytearray()
        with httpx.stream("GET", self._place, timeout=5, follow_redirects=False) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                content += part
                if len(content) > _LONGEST_KEYS:
                    raise ValueError("too long")
        return bytes(content)

    def _parsed(self, content: bytes) -> list[tuple[str | None, Any]]:
        if self._shared:
            secret = content.strip()
            if len(secret) < _LEAST_SECRET:
                raise ValueError(f"a shared secret has {_LEAST_SECRET} bytes at least")
            return [(None, secret)]
        if content.lstrip().startswith(b"-----BEGIN"):
            from cryptography.hazmat.primitives.serialization import load_pem_public_key

            return [(None, load_pem_public_key(content))]
        known = jwt.PyJWKSet.from_dict(json.loads(content))
        found = [(one.key_id, one.key) for one in known.keys if one.key_type != "oct"]
        if not found:
            raise ValueError("no public key")
        return found
