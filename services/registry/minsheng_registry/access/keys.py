"""API keys: made, listed, revoked, and asked whom they stand for.

A key is ``ms_ID_SECRET``. The secret is 256 random bits, so that a plain SHA-256 of it can be kept: nobody can try
them all, and no dictionary has it. It is shown when it is made and never again.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from libminsheng.errors import DivisionError, Fault, Place, nearest
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_http.access.principal import EVERYWHERE, Principal
from minsheng_http.access.scopes import ALL, SCOPES, exceeding
from minsheng_http.access.tokens import kind_of
from minsheng_registry.access.uses import Uses
from minsheng_registry.book.canonical import canonical, read_json
from minsheng_registry.book.places import know, outside
from minsheng_registry.book.privacy import in_text
from minsheng_registry.book.refusals import Conflict, Forbidden, NotFound, Unusable
from minsheng_registry.book.shapes import unstorable
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import api_keys
from minsheng_registry.storage.trouble import trouble

__all__ = [
    "DAYS",
    "MOST_DAYS",
    "FirstKeyTaken",
    "Key",
    "Ring",
    "create",
    "first_key",
    "get",
    "has_keys",
    "listed",
    "place",
    "revoke",
    "rotate",
    "too_long",
    "unknown",
    "unknown_scope",
]

DAYS: Final = 365
MOST_DAYS: Final = 730
_LETTERS: Final = string.digits + string.ascii_letters
_LONG: Final = 43
_LONGEST_LABEL: Final = 200
_NOBODY: Final = "0" * 64
"""No hash of a secret, and as long as one."""
_FIRST: Final = "first"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    id: str
    label: str
    scopes: tuple[str, ...]
    divisions: tuple[str, ...]
    created_at: datetime.datetime
    created_by: str
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None
    last_used_at: datetime.datetime | None

    @property
    def principal(self) -> Principal:
        """Whom it stands for."""
        return Principal(f"key:{self.id}", frozenset(self.scopes), self.divisions, self.expires_at)


def create(
    connection: Connection,
    label: str,
    scopes: Iterable[str],
    divisions: Iterable[str],
    tree: DivisionTree,
    *,
    by: str,
    at: datetime.datetime,
    days: int = DAYS,
    within: Principal | None = None,
) -> tuple[str, Key]:
    """Make a key: its token, which is told this once, and what is kept.

    Parameters
    ----------
    label
        What it is for, so that somebody can tell later whether it is still needed.
    within
        Whoever makes it, who can pass on what they may do themselves, and no more.

    Raises
    ------
    Unusable
        With every fault: no label, a scope or division that there is not, more than two years.
    Forbidden
        For what lies beyond whoever makes it.
    """
    named, faults = tuple(dict.fromkeys(scopes)), []
    if not label.strip() or len(label) > _LONGEST_LABEL:
        faults.append(Fault("registry.key_label", Place(item="label"), {"most": _LONGEST_LABEL}))
    if unstorable(label):
        faults.append(Fault("registry.control_character", Place(item="label")))
    faults.extend(in_text(label, Place(item="label")))
    faults.extend(filter(None, map(unknown_scope, named)))
    if not named:
        faults.append(Fault("registry.expected_list", Place(item="scopes"), {"given": "[]"}))
    places = _places(divisions, tree, faults)
    if wrong := too_long(days):
        faults.append(wrong)
    if faults:
        raise Unusable(*faults)
    if within is not None:
        _passed_on(named, places, within, tree)
    if places != EVERYWHERE:
        know(connection, tree, places)
    return _write(connection, secrets.token_hex(6), label.strip(), named, places, by=by, at=at, days=days)


def unknown_scope(scope: str) -> Fault | None:
    """That there is no such scope, if there is not."""
    if scope == ALL or scope in SCOPES:
        return None
    near = partial(nearest, scope, list(SCOPES))
    return Fault("registry.no_scope", Place(item="scopes"), {"scope": scope}, near)


def too_long(days: int) -> Fault | None:
    """That no key holds for so many days, if none does."""
    if 1 <= days <= MOST_DAYS:
        return None
    return Fault("registry.key_days", Place(item="days"), {"days": days, "most": MOST_DAYS})


def place(text: str, tree: DivisionTree) -> str:
    """The code of a division, or ``*`` for everything.

    Raises
    ------
    DivisionError
        If there is none of this code or name.
    """
    return text if text == EVERYWHERE[0] else tree.resolve(text)


def _places(divisions: Iterable[str], tree: DivisionTree, faults: list[Fault]) -> tuple[str, ...]:
    found = []
    for text in dict.fromkeys(divisions):
        try:
            found.append(place(text, tree))
        except DivisionError as error:
            faults.extend(error.faults)
    if not found and not faults:
        faults.append(Fault("registry.expected_list", Place(item="divisions"), {"given": "[]"}))
    return EVERYWHERE if EVERYWHERE[0] in found else tuple(found)


def _passed_on(scopes: Sequence[str], divisions: tuple[str, ...], within: Principal, tree: DivisionTree) -> None:
    faults = [
        Fault("registry.scope_exceeds", Place(item="scopes"), {"scope": scope})
        for scope in exceeding(scopes, within.scopes)
    ]
    if not within.everywhere:
        beyond = divisions if divisions == EVERYWHERE else outside(divisions, within.divisions, tree)
        faults += [Fault("registry.not_yours", Place(item="divisions"), {"division": code}) for code in beyond]
    if faults:
        raise Forbidden(*faults)


def _write(
    connection: Connection,
    key: str,
    label: str,
    scopes: Sequence[str],
    divisions: Sequence[str],
    *,
    by: str,
    at: datetime.datetime,
    days: int,
) -> tuple[str, Key]:
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_LONG))
    row = {
        "id": key,
        "secret_hash": _hash(secret),
        "label": label,
        "scopes": canonical(list(scopes)),
        "divisions": canonical(list(divisions)),
        "created_at": at,
        "created_by": by,
        "expires_at": at + datetime.timedelta(days=days),
    }
    connection.execute(insert(api_keys).values(row))
    return f"ms_{key}_{secret}", get(connection, key)


def get(connection: Connection, key: str) -> Key:
    """A key by its id.

    Raises
    ------
    NotFound
        If there is none.
    """
    row = connection.execute(select(api_keys).where(api_keys.c.id == key)).one_or_none()
    if row is None:
        raise unknown(key)
    return _key(row)


def unknown(key: str) -> NotFound:
    """That there is no key of an id, or none that may be known of."""
    return NotFound(Fault("registry.no_key", values={"id": key}))


def listed(connection: Connection, within: Principal | None = None, tree: DivisionTree | None = None) -> list[Key]:
    """Every key, the latest first; of those within somebody's divisions only."""
    found = [_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at.desc()))]
    if within is None or within.everywhere or tree is None:
        return found
    return [one for one in found if one.divisions != EVERYWHERE and not outside(one.divisions, within.divisions, tree)]


def revoke(connection: Connection, key: str, *, at: datetime.datetime) -> Key:
    """End a key, now and for good.

    Raises
    ------
    NotFound
    Conflict
        If it was revoked already.
    """
    present = get(connection, key)
    if present.revoked_at is not None:
        raise Conflict(Fault("registry.key_revoked", values={"id": key}))
    connection.execute(update(api_keys).where(api_keys.c.id == key).values(revoked_at=at))
    return get(connection, key)


def rotate(connection: Connection, key: str, tree: DivisionTree, *, by: str, at: datetime.datetime) -> tuple[str, Key]:
    """End a key and make another of the same label, scopes, divisions and length.

    Raises
    ------
    NotFound, Conflict
        As `revoke`.
    """
    old = revoke(connection, key, at=at)
    days = max(1, (old.expires_at - old.created_at).days)
    return create(connection, old.label, old.scopes, old.divisions, tree, by=by, at=at, days=days)


def first_key(connection: Connection, *, at: datetime.datetime) -> str | None:
    """The token of an administrator's key, where there has never been any key; None where there has been one.

    Of several processes that start together one is told it: they would write the same id.
    """
    if has_keys(connection):
        return None
    try:
        token, _ = _write(connection, _FIRST, "first key", (ALL,), EVERYWHERE, by="registry", at=at, days=DAYS)
    except IntegrityError as error:
        if trouble(error) == "duplicate":
            raise FirstKeyTaken from error
        raise
    return token


def has_keys(connection: Connection) -> bool:
    """Whether there has ever been a key."""
    return connection.execute(select(api_keys.c.id).limit(1)).first() is not None


class FirstKeyTaken(Exception):  # noqa: N818  # another process was quicker, which is no error
    """Another process has made the first key in this moment; the transaction has to end."""


class Ring:
    """Whom the keys of a database stand for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.uses: Final = Uses(database)

    def close(self) -> None:
        """Let go of the thread that notes uses."""
        self.uses.close()

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for; None where it stands for nobody, has expired or was revoked."""
        if kind_of(token) != "key":
            return None
        _, key, secret = token.split("_")
        at = datetime.datetime.now(datetime.UTC)

        def look(connection: Connection) -> Row[Any] | None:
            return connection.execute(select(api_keys).where(api_keys.c.id == key)).one_or_none()

        row = self._database.read(look)
        # compared whether there is such a key or not, so that the time tells nobody which
        same = hmac.compare_digest(_hash(secret), _NOBODY if row is None else row.secret_hash)
        if row is None or not same or row.revoked_at is not None or row.expires_at <= at:
            return None
        self.uses.note(key, row.last_used_at, at)
        return _key(row).principal


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(row: Row[Any]) -> Key:
    return Key(
        row.id,
        row.label,
        tuple(read_json(row.scopes)),
        tuple(read_json(row.divisions)),
        row.created_at,
        row.created_by,
        row.expires_at,
        row.revoked_at,
        row.last_used_at,
    )
