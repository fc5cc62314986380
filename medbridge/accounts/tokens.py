"""Bearer tokens: 256 random bits, kept as their SHA-256, checked in one query so that a revocation holds at once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, ConfirmedPatient, Role, Token
from medbridge.accounts.scopes import Scopes, parse
from medbridge.database.fetch import fetch

_LOOK_UP = """
SELECT a.username, a.name, a.role, a.hospital, t.purpose, t.scopes, a.practitioner, a.member_of,
       ARRAY(SELECT p.patient FROM accounts_confirmedpatient p WHERE p.account_id = a.id)
FROM accounts_token t JOIN accounts_account a ON a.id = t.account_id
WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_at > %s AND a.is_active
"""


def issue(account: Account, *, purpose: str, scopes: str, at: datetime, seconds: int) -> str:
    """A new token for this account; the text is returned once and never stored."""
    secret = secrets.token_urlsafe(32)
    Token.objects.create(
        digest=_digest(secret), account=account, purpose=purpose, scopes=scopes,
        issued_at=at, expires_at=at + timedelta(seconds=seconds),
    )  # fmt: skip
    return secret


def revoke(secret: str, *, at: datetime) -> bool:
    return Token.objects.filter(digest=_digest(secret), revoked_at=None).update(revoked_at=at) == 1


def bearer(secret: str, *, at: datetime, request: str = "") -> Actor | None:
    """The actor behind a token, or None for an unknown, expired or revoked one."""
    rows = fetch(_LOOK_UP, [_digest(secret), at])
    if not rows:
        return None
    row = rows[0]
    return Actor(
        username=row[0], name=row[1], role=row[2], hospital=row[3], purpose=row[4],
        scopes=parse(row[5], patient=row[2] == Role.PATIENT),
        practitioner=row[6], groups=tuple(row[7]), patients=tuple(row[8]), request=request,
    )  # fmt: skip


def actor_of(account: Account, *, purpose: str, scopes: Scopes, request: str = "") -> Actor:
    """The actor behind a signed-in session."""
    confirmed = ConfirmedPatient.objects.filter(account=account).values_list("patient", flat=True)
    return Actor(
        username=account.username, name=account.name, role=account.role, hospital=account.hospital, purpose=purpose,
        scopes=scopes, practitioner=account.practitioner, groups=tuple(account.member_of), patients=tuple(confirmed),
        request=request,
    )  # fmt: skip


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
