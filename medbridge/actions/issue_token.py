"""Issue a bearer token from the command line. For development and tests; SMART on FHIR is the way elsewhere."""

import re
from datetime import datetime

from django.conf import settings

from medbridge.accounts import scopes, tokens
from medbridge.accounts.models import Account, Role
from medbridge.actions.break_glass import break_glass
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.fhir.outcome import FhirError

_PURPOSE = re.compile(r"[!-~]{1,40}")


class Refused(Exception):
    """Says in one sentence why there is no token."""


def issue_token(*, username: str, purpose: str, scope: str, at: datetime, reason: str = "") -> str:
    """Raises Refused outside development, for an unknown account, for scopes that mean nothing, and for a purpose BTG
    where break_glass refuses it (DESIGN 5.5)."""
    if not settings.DEVELOPMENT:
        raise Refused("manage.py token works in development only; use SMART on FHIR elsewhere.")
    if not (_PURPOSE.fullmatch(purpose) and username.isprintable() and scope.isprintable()):
        raise Refused(
            "A purpose is a code of up to 40 characters, such as TREAT; user and scopes are one line of text."
        )
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise Refused(f"There is no account “{username}”. Load it with manage.py load_accounts.")
    if not scopes.parse(scope, patient=account.role == Role.PATIENT).granted:
        raise Refused(f"“{scope}” names no scope that {username} may have; for example: user/*.rs")
    if purpose != BREAK_THE_GLASS:
        return tokens.issue(account, purpose=purpose, scopes=scope, at=at, seconds=settings.TOKEN_SECONDS)
    try:
        said = break_glass(
            actor=tokens.actor_of(account, purpose=purpose, scopes=scopes.parse("")), at=at, reason=reason
        )
    except FhirError as error:
        raise Refused(error.issues[0].diagnostics) from None
    seconds = min(settings.TOKEN_SECONDS, settings.GLASS_SECONDS)
    return tokens.issue(account, purpose=purpose, scopes=scope, at=at, seconds=seconds, reason=said)
