"""Tokens of an outside issuer: the good ones are read, and each trick of a bad one is refused."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libminsheng.errors import EvaluationError
from minsheng_http.access import signing_keys
from minsheng_http.access.jwt import IssuerSettings, TokenIssuer, issuers_from_environment
from minsheng_http.problems import Refused

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
    ids="-".join,
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
    monkeypatch.setattr(signing_keys.time, "monotonic", lambda: now + 61)
    assert issuer.principal(following.token()) is not None
    assert _Keys.asked == 2
    _Keys.away = True
    monkeypatch.setattr(signing_keys.time, "monotonic", lambda: now + 8_000)
    assert issuer.principal(following.token()) is not None, "the keys that are known stay good"
    assert _Keys.asked == 3


def test_keys_that_come_drop_by_drop_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "_PATIENCE", 0.2)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            asked, _ = listening.accept()
            with asked, contextlib.suppress(OSError):
                asked.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while not ended.wait(0.05):
                    asked.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            issuer = IssuerSettings(
                issuer=ISSUER, audience=AUDIENCE, keys=f"http://127.0.0.1:{listening.getsockname()[1]}/"
            )
            began = time.monotonic()
            TokenIssuer(issuer)
            assert time.monotonic() - began < 5
        finally:
            ended.set()
            thread.join()


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


def test_a_token_of_another_kind_is_none_of_ours(issuer: TokenIssuer, signer: Signer) -> None:
    for kind in ("at+jwt", "application/at+JWT", "jwt"):
        assert issuer.principal(signer.token({"typ": kind})) is not None
    for other in ("logout+jwt", "dpop+jwt", "secevent+jwt", ""):
        assert issuer.principal(_with_head(signer, {"alg": "RS256", "kid": "a", "typ": other})) is None
    assert issuer.principal(_with_head(signer, {"alg": "RS256", "kid": "a", "typ": 7})) is None
    assert issuer.principal(_with_head(signer, {"alg": "RS256", "kid": "a"})) is not None
    assert issuer.principal(_with_head(signer, {"alg": "RS256", "kid": ["a"]})) is None
    assert issuer.principal(_with_head(signer, {"alg": ["RS256"], "kid": "a"})) is None


def _with_head(signer: Signer, head: dict[str, Any], payload: bytes | None = None) -> str:
    """Truly signed, whatever the head and the claims say."""
    told = (json.dumps(head).encode(), json.dumps(good()).encode() if payload is None else payload)
    unsigned = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in told)
    mark = signer.private.sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{unsigned}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


@pytest.mark.parametrize("end", ["9e99", "1e400", '"soon"', "[]", "true", "99999999999999", '"99999999999999"', "null"])
def test_an_end_that_no_calendar_has_stands_for_nobody(issuer: TokenIssuer, signer: Signer, end: str) -> None:
    claims = json.dumps(good() | {"exp": "END"}).replace('"END"', end).encode()
    assert issuer.principal(_with_head(signer, {"alg": "RS256", "kid": "a"}, claims)) is None


def test_half_a_minute_of_two_clocks_is_forgiven(issuer: TokenIssuer, signer: Signer) -> None:
    now = time.time()
    assert issuer.principal(signer.token(exp=now - 20, nbf=now + 20, iat=now + 20)) is not None
    assert issuer.principal(signer.token(exp=now - 40)) is None
    assert issuer.principal(signer.token(nbf=now + 40)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jku", "x5u", "jwk"]),
        st.sampled_from(["RS256", "HS256", "a", "JWT"])
        | st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda one: st.lists(one) | st.dictionaries(st.text(), one),
        ),
    ),
    st.binary(max_size=60) | st.just(b"[" * 5_000) | st.just(b"null"),
)
def test_whatever_is_sent_is_answered(
    issuer: TokenIssuer, signer: Signer, head: dict[str, Any], payload: bytes
) -> None:
    assert issuer.principal(_with_head(signer, head, payload)) is None


def test_a_long_token_is_not_looked_at(issuer: TokenIssuer, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    long = signer.token(more="x" * 8_000)
    monkeypatch.setattr(jwt, "get_unverified_header", None)
    assert issuer.principal(long) is None


def test_what_everybody_knows_is_no_secret(tmp_path: Path, signer: Signer, address: str) -> None:
    """Else whoever reads the public keys could sign: a secret is never a key, and never at an address."""
    told = {"issuer": ISSUER, "audience": AUDIENCE, "algorithms": ("HS256",)}
    place = tmp_path / "keys"
    for content in (signer.pem, json.dumps({"keys": [signer.jwk]}).encode()):
        place.write_bytes(content)
        with pytest.raises(EvaluationError, match="no secret"):
            TokenIssuer(IssuerSettings(**told, keys=str(place)))
    with pytest.raises(EvaluationError, match="in a file"):
        TokenIssuer(IssuerSettings(**told, keys=address))
    assert _Keys.asked == 0
    place.write_bytes(b"x" * 40)
    with pytest.raises(EvaluationError, match="64 bytes"):
        TokenIssuer(IssuerSettings(**{**told, "algorithms": ("HS512",)}, keys=str(place)))


def test_a_key_verifies_what_it_is_for_and_nothing_else(signer: Signer) -> None:
    curve = ec.generate_private_key(ec.SECP384R1())
    curve_jwk = {**jwt.algorithms.ECAlgorithm.to_jwk(curve.public_key(), as_dict=True), "kid": "c"}
    plain = {name: value for name, value in signer.jwk.items() if name not in ("alg", "use")}
    rows = [
        signer.jwk,
        curve_jwk,
        plain | {"kid": "any"},
        plain | {"use": "enc"},
        plain | {"key_ops": ["encrypt"]},
        plain | {"alg": "HS256"},
        plain | {"n": "AQAB"},
        {"kty": "oct", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg", "kid": "s"},
        {"kty": "new"},
        "no object",
    ]
    found = signing_keys.read_keys(json.dumps({"keys": rows}).encode())
    assert [(one.kid, sorted(one.algorithms)) for one in found] == [
        ("a", ["RS256"]),
        ("c", ["ES384"]),
        ("any", ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]),
    ]
    two = signing_keys.read_keys(signer.pem + b"\n" + signer.pem)
    assert len(two) == 2
    private = signer.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (private, json.dumps({"keys": [signer.jwk | {"d": "AQAB"}]}).encode()):
        with pytest.raises(ValueError, match="private"):
            signing_keys.read_keys(content)
    for content in (b"{}", b"[]", b"7", b'{"keys": []}', b"-----BEGIN", b"", json.dumps({"keys": rows[3:]}).encode()):
        with pytest.raises(ValueError, match=r".+"):
            signing_keys.read_keys(content)


def test_a_service_starts_before_its_issuer(address: str, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    _Keys.held, _Keys.away = [signer.jwk], True
    issuer = TokenIssuer(IssuerSettings(issuer=ISSUER, audience=AUDIENCE, keys=address))
    with pytest.raises(Refused) as refused:
        issuer.principal(signer.token())
    assert (refused.value.status, _Keys.asked) == (503, 1)
    assert int(refused.value.headers["Retry-After"]) > 0
    _Keys.away = False
    now = time.monotonic()
    monkeypatch.setattr(signing_keys.time, "monotonic", lambda: now + 6)
    assert issuer.principal(signer.token()) is not None


def test_keys_that_are_away_are_asked_for_once_a_minute_and_not_hour_by_hour(
    address: str, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _Keys.held = [signer.jwk]
    issuer = TokenIssuer(IssuerSettings(issuer=ISSUER, audience=AUDIENCE, keys=address))
    _Keys.away, now, asked = True, time.monotonic(), []
    for seconds in (4_000, 4_030, 4_061, 4_100, 4_122):
        monkeypatch.setattr(signing_keys.time, "monotonic", lambda seconds=seconds: now + seconds)
        assert issuer.principal(signer.token()) is not None
        asked.append(_Keys.asked)
    assert asked == [2, 2, 3, 3, 4]
