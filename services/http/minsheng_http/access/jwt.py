"""Tokens of an outside issuer: signed JWTs (RFC 7519) of the office's own sign-on.

Which algorithms may sign is set here and never taken from a token. A token has to name its issuer, its audience, its
subject and its end; what it may do and where stands in two of its claims. It can grant every division, but not
every scope at once: an administrator is made with a key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libminsheng.errors import EvaluationError, Fault, nearest
from minsheng_http.access.principal import Principal
from minsheng_http.access.scopes import known_scopes
from minsheng_http.access.signing_keys import ASYMMETRIC, SHARED, KeySource
from minsheng_http.access.tokens import LONGEST

__all__ = ["IssuerSettings", "TokenIssuer", "issuers_from_environment"]

_PREFIX: Final = "MINSHENG_JWT_"
_LEEWAY: Final = 30
_LONGEST_NAME: Final = 200
_MOST_DIVISIONS: Final = 1_000
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
"""What a token may say that it is: a JWT, an access token (RFC 9068), or nothing."""

Text = Annotated[str, Field(min_length=1, max_length=500)]


class IssuerSettings(BaseModel):
    """Whose tokens are taken, and how they are read; each is set by a variable such as ``MINSHENG_JWT_ISSUER``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Text
    audience: Text
    keys: Text
    """A file in PEM or JWKS, the ``https://`` address of a JWKS, or for HS… a file with the shared secret."""
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
        allowed = frozenset(SHARED) if SHARED.keys() & set(settings.algorithms) else ASYMMETRIC
        wrong = [one for one in settings.algorithms if one not in allowed]
        if wrong or not settings.algorithms:
            values = {"given": ", ".join(settings.algorithms), "known": ", ".join(sorted(ASYMMETRIC | SHARED.keys()))}
            raise EvaluationError(Fault("http.jwt_algorithms", values=values))
        self._keys: Final = KeySource(settings.keys, settings.algorithms)

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for; None where it stands for nobody.

        Raises
        ------
        Refused
            503 while the issuer's keys have not been read.
        """
        if len(token) > LONGEST:
            return None
        try:
            head = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            return None
        algorithm, kind = head.get("alg"), head.get("typ", "JWT")
        if algorithm not in self._settings.algorithms or "crit" in head or "b64" in head:
            return None
        if not isinstance(kind, str) or kind.casefold() not in _TYPES:
            return None
        for key in self._keys.named(head.get("kid"), algorithm):
            claims = self._verified(token, key, algorithm)
            if claims is not None:
                return self._read(claims)
        return None

    def _verified(self, token: str, key: Any, algorithm: str) -> dict[str, Any] | None:
        """The claims of a token that this key has signed, and that hold here and now."""
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
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
        try:
            until = datetime.fromtimestamp(int(claims["exp"]) + _LEEWAY, UTC)
        except (ValueError, OverflowError, OSError):
            return None  # beyond the year 9999
        return Principal(
            f"jwt:{self._settings.issuer}#{subject}",
            known_scopes(scopes),
            ("*",) if "*" in divisions else tuple(dict.fromkeys(divisions)),
            until,
        )


def _texts(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)
