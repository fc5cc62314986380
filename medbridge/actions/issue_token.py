"""Issue a bearer token from the command line. For development and tests; SMART on FHIR is the way elsewhere."""

import re
from datetime import datetime

from django.conf import settings

from medbridge.accounts import scopes, tokens
from medbridge.accounts.models import Account, Role

_PURPOSE = re.compile(r"[!-~]{1,40}")


class Refused(Exception):
    """Says in one sentence why there is no token."""


def issue_token(*, username: str, purpose: str, scope: str, at: datetime) -> str:
    """Raises Refused outside development, for an unknown account, for scopes that mean nothing, and for a purpose BTG
    of somebody outside the emergency group (DESIGN 5.5)."""
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
    if purpose == "BTG" and f"Group/{settings.EMERGENCY_GROUP}" not in account.member_of:
        raise Refused(f"{username} is not a member of Group/{settings.EMERGENCY_GROUP}, so the glass stays whole.")
    return tokens.issue(account, purpose=purpose, scopes=scope, at=at, seconds=settings.TOKEN_SECONDS)
