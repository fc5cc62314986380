"""Bearer tokens: 256 random bits, kept as their SHA-256, checked by PostgreSQL at each request.

So a revocation holds at once, in every process. A read may check its token in its own statement (`presumed`).
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, ConfirmedPatient, Role, Token
from medbridge.accounts.scopes import Scopes, parse
from medbridge.database.fetch import fetch

_VALID = """FROM accounts_token t JOIN accounts_account a ON a.id = t.account_id
WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND a.is_active"""
# All that an Actor is made of, in the order in which it is read below.
_FACTS = """a.username, a.name, a.role, a.hospital, t.purpose, t.scopes, a.practitioner, a.member_of, t.reason,
ARRAY(SELECT p.patient FROM accounts_confirmedpatient p WHERE p.account_id = a.id ORDER BY p.patient)"""
_LOOK_UP = f"SELECT {_FACTS}, ROW({_FACTS})::text {_VALID}"
_HOLDS = f"EXISTS (SELECT {_VALID} AND ROW({_FACTS})::text = %s)"

# Tokens that one process remembers; past it, it begins anew. A thousand people at work, some 2 kB each.
REMEMBERED = 1000
_remembered: dict[bytes, tuple[Actor, str]] = {}


@dataclass(frozen=True)
class Presumed:
    """An actor as this process last saw it, of no power by itself: `holds` must be true where it is acted for.

    `holds`: an SQL condition with its parameters: the token is valid now, and all that the actor is made of is as it
    was. It belongs into the very statement that reads for the actor.
    """

    actor: Actor
    holds: tuple[str, list[Any]]


def issue(account: Account, *, purpose: str, scopes: str, at: datetime, seconds: int, reason: str = "") -> str:
    """A new token for this account; the text is returned once and never stored."""
    secret = secrets.token_urlsafe(32)
    Token.objects.create(
        digest=_digest(secret), account=account, purpose=purpose, scopes=scopes, reason=reason,
        issued_at=at, expires_at=at + timedelta(seconds=seconds),
    )  # fmt: skip
    return secret


def revoke(secret: str, *, at: datetime) -> bool:
    return Token.objects.filter(digest=_digest(secret), revoked_at=None).update(revoked_at=at) == 1


def bearer(secret: str, *, at: datetime, request: str = "") -> Actor | None:
    """The actor behind a token, or None for an unknown, expired or revoked one."""
    digest = _digest(secret)
    rows = fetch(_LOOK_UP, [digest, at])
    if not rows:
        _remembered.pop(digest, None)
        return None
    username, name, role, hospital, purpose, scopes, practitioner, groups, reason, patients, facts = rows[0]
    actor = Actor(
        username, name, role, hospital, purpose, parse(scopes, patient=role == Role.PATIENT), practitioner,
        tuple(groups), tuple(patients), request, reason,
    )  # fmt: skip
    if len(_remembered) >= REMEMBERED:
        _remembered.clear()
    _remembered[digest] = actor, facts
    return actor


def presumed(secret: str, *, at: datetime, request: str = "", address: str = "") -> Presumed | None:
    """Who is probably behind a token; None for one that this process has not seen. Asks the database nothing."""
    digest = _digest(secret)
    found = _remembered.get(digest)
    if found is None:
        return None
    actor, facts = found
    return Presumed(replace(actor, request=request, address=address), (_HOLDS, [digest, at, facts]))


def actor_of(account: Account, *, purpose: str, scopes: Scopes, request: str = "", reason: str = "") -> Actor:
    """The actor behind a signed-in session."""
    confirmed = ConfirmedPatient.objects.filter(account=account).values_list("patient", flat=True)
    return Actor(
        username=account.username, name=account.name, role=account.role, hospital=account.hospital, purpose=purpose,
        scopes=scopes, practitioner=account.practitioner, groups=tuple(account.member_of), patients=tuple(confirmed),
        request=request, reason=reason,
    )  # fmt: skip


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
