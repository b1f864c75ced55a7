"""The keys that an outside issuer signs with: of a file or of an address, read again when they change."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from libminsheng.errors import EvaluationError, Fault
from minsheng_http.problems import Refused

__all__ = ["ASYMMETRIC", "SHARED", "KeySource", "SigningKey", "read_keys", "read_secret"]

_RSA: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
ASYMMETRIC: Final = _RSA | {*_CURVES.values(), "EdDSA"}
"""Algorithms of which the verifier has the public half only."""
SHARED: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
"""Algorithms of a shared secret, with the bytes that one has at least (RFC 7518, 3.2)."""

_LEAST_RSA: Final = 2_048
_KEPT: Final = 3_600
"""Seconds for which keys are kept before they are read again."""
_AGAIN: Final = 60
"""Seconds before keys are read again because a token names one that is not among them."""
_SOON: Final = 5
"""The same, while there are no keys at all."""
_PATIENCE: Final = 10
"""Seconds for all keys of an address to come in."""
_LONGEST: Final = 256 * 1024
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_LOG: Final = logging.getLogger("minsheng")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What a signature is verified with.

    Parameters
    ----------
    kid
        Its name, where it has one.
    algorithms
        What it may verify: that of its own kind, and of no other.
    key
        The public key, or the shared secret.
    """

    kid: str | None
    algorithms: frozenset[str]
    key: Any


def read_secret(content: bytes, algorithms: Sequence[str]) -> list[SigningKey]:
    """A shared secret, which is long enough and is nothing that others know.

    >>> read_secret(b"-----BEGIN PUBLIC KEY-----", ["HS256"])
    Traceback (most recent call last):
    ValueError: a public key is no secret

    Raises
    ------
    ValueError
    """
    secret = content.strip()
    if secret.startswith((b"-----BEGIN", b"{", b"[")):
        raise ValueError("a public key is no secret")
    least = max(SHARED[one] for one in algorithms)
    if len(secret) < least:
        raise ValueError(f"a shared secret has {least} bytes at least")
    return [SigningKey(None, frozenset(algorithms), secret)]


def read_keys(content: bytes) -> list[SigningKey]:
    """The public keys of a text: PEM (keys or certificates), or a JWKS (RFC 7517), of which others are passed over.

    Raises
    ------
    ValueError
        If there is none, or a private one, which nobody should have sent here.
    """
    if content.lstrip().startswith(b"-----BEGIN"):
        found = [_of_pem(block[1], block[0]) for block in _BLOCK.finditer(content)]
    else:
        told = json.loads(content)
        rows = told.get("keys") if isinstance(told, dict) else None
        found = [_of_jwk(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    usable = [one for one in found if one is not None]
    if not usable:
        raise ValueError("no public key that may verify a signature")
    return usable


def _of_pem(label: bytes, block: bytes) -> SigningKey | None:
    if b"PRIVATE" in label:
        raise ValueError("a private key")
    key = load_pem_x509_certificate(block).public_key() if label == b"CERTIFICATE" else load_pem_public_key(block)
    return _usable(None, key, None)


def _of_jwk(row: Mapping[str, Any]) -> SigningKey | None:
    kid, algorithm, operations = row.get("kid"), row.get("alg"), row.get("key_ops", ["verify"])
    if row.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return None
    if row.get("kty") == "oct" or not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    if "d" in row:
        raise ValueError("a private key")
    try:
        return _usable(kid, jwt.PyJWK.from_dict(dict(row)).key, algorithm)
    except (jwt.PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
        return None


def _usable(kid: str | None, key: Any, algorithm: str | None) -> SigningKey | None:
    """A key with what it may verify; None where that is nothing."""
    fitting: frozenset[str] = frozenset()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA:
        fitting = _RSA
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        fitting = frozenset({_CURVES[key.curve.name]})
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        fitting = frozenset({"EdDSA"})
    if algorithm is not None:
        fitting &= {algorithm}
    return SigningKey(kid, fitting, key) if fitting else None


class KeySource:
    """The keys at a place. Those that are known stay good while it is away.

    Parameters
    ----------
    place
        A file, or the ``https://`` address of a JWKS.
    algorithms
        What the issuer may sign with: all of a shared secret, or none.

    Raises
    ------
    EvaluationError
        If a file cannot be read, a secret is at an address, or an address is open to eavesdroppers.
    """

    def __init__(self, place: str, algorithms: Sequence[str]) -> None:
        self._place, self._algorithms = place, algorithms
        self._lock: Final = threading.Lock()
        self._held: Sequence[SigningKey] = ()
        self._read_at = self._tried_at = -float(_KEPT)
        parts = urlsplit(place)
        self._is_address: Final = parts.scheme in ("http", "https")
        self._is_secret: Final = any(one in SHARED for one in algorithms)
        if self._is_address and self._is_secret:
            raise self._unreadable(ValueError("a shared secret is in a file"))
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise self._unreadable(ValueError("https only"))
        try:
            self._read()
        except EvaluationError as error:
            if not self._is_address:
                raise
            _LOG.warning("%s", error)  # the issuer may start after this service

    def named(self, kid: str | None, algorithm: str) -> list[Any]:
        """The keys of a name that may verify an algorithm; of any name for a token that names none.

        Raises
        ------
        Refused
            503 if no key has ever been read.
        """
        if self._due(kid):
            with self._lock:
                if self._due(kid):  # else another thread has just done so
                    self._again()
        if not self._held:
            fault = Fault("http.jwt_keys_away")
            raise Refused(503, fault, headers={"Retry-After": str(_SOON)})
        return [
            one.key for one in self._held if algorithm in one.algorithms and (kid is None or one.kid in (kid, None))
        ]

    def _due(self, kid: str | None) -> bool:
        now = time.monotonic()
        if not self._held:
            return now - self._tried_at > _SOON
        unknown = kid is not None and all(one.kid not in (kid, None) for one in self._held)
        return (unknown or now - self._read_at > _KEPT) and now - self._tried_at > _AGAIN

    def _again(self) -> None:
        try:
            self._read()
        except EvaluationError as error:
            _LOG.warning("%s", error)

    def _read(self) -> None:
        self._tried_at = time.monotonic()
        try:
            content = self._fetched() if self._is_address else Path(self._place).read_bytes()
            self._held = read_secret(content, self._algorithms) if self._is_secret else read_keys(content)
        except (OSError, httpx.HTTPError, ValueError, RecursionError, UnsupportedAlgorithm) as error:
            raise self._unreadable(error) from None
        self._read_at = time.monotonic()

    def _unreadable(self, error: Exception) -> EvaluationError:
        return EvaluationError(Fault("http.jwt_keys", values={"place": self._place, "reason": str(error)}))

    def _fetched(self) -> bytes:
        content, end = bytearray(), time.monotonic() + _PATIENCE
        with httpx.stream("GET", self._place, timeout=5, follow_redirects=False) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                content += part
                if len(content) > _LONGEST:
                    raise ValueError("too long")
                if time.monotonic() > end:  # drop by drop it would keep everybody waiting whose token names a new key
                    raise ValueError("too slow")
        return bytes(content)
