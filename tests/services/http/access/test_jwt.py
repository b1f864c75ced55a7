"""Tokens of an outside issuer: the good ones are read, and each trick of a bad one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from libminsheng.errors import EvaluationError
from minsheng_http.access import jwt as issuers
from minsheng_http.access.jwt import IssuerSettings, TokenIssuer, issuers_from_environment

ISSUER, AUDIENCE = "https://sso.example", "minsheng"


class Signer:
    """A key pair that signs tokens."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, kind)

    @property
    def jwk(self) -> dict[str, Any]:
        told = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**told, "kid": self.kid, "use": "sig", "alg": "RS256"}

    def token(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        return jwt.encode(good() | claims, self.private, "RS256", {"kid": self.kid} | (headers or {}))


def good() -> dict[str, Any]:
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "wang",
        "exp": time.time() + 600,
        "scope": "facts:read projects:read openid",
        "divisions": ["340102"],
    }


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer("a")


@pytest.fixture
def issuer(signer: Signer, tmp_path: Path) -> TokenIssuer:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [signer.jwk]}), "utf-8")
    return TokenIssuer(IssuerSettings(issuer=ISSUER, audience=AUDIENCE, keys=str(keys), algorithms=("RS256",)))


def test_a_good_token_says_who_what_where_and_until_when(issuer: TokenIssuer, signer: Signer) -> None:
    found = issuer.principal(signer.token())
    assert found is not None
    assert (found.name, found.scopes, found.divisions) == (
        f"jwt:{ISSUER}#wang",
        {"facts:read", "projects:read"},
        ("340102",),
    )
    assert found.expires_at is not None
    assert 600 <= found.expires_at.timestamp() - time.time() <= 640


def test_claims_may_be_lists_and_nothing_is_nowhere(issuer: TokenIssuer, signer: Signer) -> None:
    found = issuer.principal(signer.token(scope=["facts:read"], divisions=["*", "340102"]))
    assert found is not None
    assert found.everywhere
    bare = issuer.principal(signer.token(scope="", divisions=[]))
    assert bare is not None
    assert (bare.scopes, bare.divisions) == (frozenset(), ())


def test_no_token_grants_every_scope_at_once(issuer: TokenIssuer, signer: Signer) -> None:
    found = issuer.principal(signer.token(scope="* facts:read"))
    assert found is not None
    assert found.scopes == {"facts:read"}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "https://other.example"},
        {"exp": time.time() - 3600},
        {"nbf": time.time() + 3600},
        {"iat": time.time() + 3600},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "a\nb"},
        {"sub": "x" * 1_000},
        {"sub": 7},
        {"scope": 7},
        {"divisions": "340102"},
        {"divisions": [340102]},
    ],
    ids=str,
)
def test_a_claim_that_does_not_hold_stands_for_nobody(
    issuer: TokenIssuer, signer: Signer, claims: dict[str, Any]
) -> None:
    told = {name: value for name, value in (good() | claims).items() if value is not None}
    assert issuer.principal(jwt.encode(told, signer.private, "RS256", {"kid": "a"})) is None


def _by_hand(head: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, good()))
    return ".".join((*parts, signature))


def test_tricks_with_the_head_are_refused(issuer: TokenIssuer, signer: Signer) -> None:
    public = signer.pem
    assert issuer.principal(_by_hand({"alg": "none", "typ": "JWT"})) is None
    assert issuer.principal(_by_hand({"alg": "None", "typ": "JWT"}, "x")) is None
    unsigned = _by_hand({"alg": "HS256", "typ": "JWT", "kid": "a"}).rstrip(".")
    mark = hmac.new(public, unsigned.encode(), hashlib.sha256).digest()
    assert issuer.principal(f"{unsigned}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}") is None
    assert issuer.principal(signer.token({"crit": ["exp"]})) is None
    assert issuer.principal(signer.token({"kid": "../../keys"})) is None
    assert issuer.principal(jwt.encode(good(), signer.private, "RS512", {"kid": "a"})) is None
    assert issuer.principal(Signer("a").token()) is None
    good_one = signer.token()
    assert issuer.principal(good_one[:-8] + "AAAAAAAA") is None
    assert issuer.principal("not.a.token") is None


def test_a_shared_secret_is_long_and_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    told = {"issuer": ISSUER, "audience": AUDIENCE, "keys": str(secret)}
    secret.write_bytes(b"short")
    with pytest.raises(EvaluationError, match="32 bytes"):
        TokenIssuer(IssuerSettings(**told, algorithms=("HS256",)))
    secret.write_bytes(b"x" * 40)
    found = TokenIssuer(IssuerSettings(**told, algorithms=("HS256",))).principal(jwt.encode(good(), "x" * 40, "HS256"))
    assert found is not None
    with pytest.raises(EvaluationError, match="HS256, RS256"):
        TokenIssuer(IssuerSettings(**told, algorithms=("HS256", "RS256")))
    with pytest.raises(EvaluationError, match="none"):
        TokenIssuer(IssuerSettings(**told, algorithms=("none",)))


class _Keys(BaseHTTPRequestHandler):
    held: list[dict[str, Any]] = []  # noqa: RUF012  # the test puts keys in and takes them out
    asked = 0
    away = False

    def do_GET(self) -> None:
        type(self).asked += 1
        content = json.dumps({"keys": self.held}).encode()
        self.send_response(503 if self.away else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Keys)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    _Keys.asked, _Keys.away, _Keys.held = 0, False, []
    yield f"http://127.0.0.1:{server.server_port}/keys"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_of_an_address_are_kept_and_read_again_for_a_new_one(
    address: str, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Keys.held = [signer.jwk]
    issuer = TokenIssuer(IssuerSettings(issuer=ISSUER, audience=AUDIENCE, keys=address))
    assert issuer.principal(signer.token()) is not None
    assert _Keys.asked == 1
    following = Signer("b")
    _Keys.held = [signer.jwk, following.jwk]
    assert issuer.principal(following.token()) is None, "read a moment ago"
    assert _Keys.asked == 1
    now = time.monotonic()
    monkeypatch.setattr(issuers.time, "monotonic", lambda: now + 61)
    assert issuer.principal(following.token()) is not None
    assert _Keys.asked == 2
    _Keys.away = True
    monkeypatch.setattr(issuers.time, "monotonic", lambda: now + 8_000)
    assert issuer.principal(following.token()) is not None, "the keys that are known stay good"
    assert _Keys.asked == 3


def test_keys_come_from_this_machine_or_over_https() -> None:
    with pytest.raises(EvaluationError, match="https only"):
        TokenIssuer(IssuerSettings(issuer=ISSUER, audience=AUDIENCE, keys="http://sso.example/keys"))


def test_the_environment_names_an_issuer(tmp_path: Path, signer: Signer) -> None:
    assert issuers_from_environment({}) == ()
    keys = tmp_path / "key.pem"
    keys.write_bytes(signer.pem)
    told = {"MINSHENG_JWT_ISSUER": ISSUER, "MINSHENG_JWT_AUDIENCE": AUDIENCE, "MINSHENG_JWT_KEYS": str(keys)}
    (issuer,) = issuers_from_environment({**told, "MINSHENG_JWT_ALGORITHMS": "RS256, ES256"})
    assert issuer.principal(signer.token()) is not None
    with pytest.raises(EvaluationError) as refused:
        issuers_from_environment({**told, "MINSHENG_JWT_AUDIENCE": "", "MINSHENG_JWT_ISUER": "x"})
    assert len(refused.value.faults) == 2
