"""The actor behind a signed-in session, and the purpose of use kept in it."""

import secrets
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, Role
from medbridge.accounts.scopes import EVERYTHING
from medbridge.accounts.tokens import actor_of
from medbridge.consent.purpose import BREAK_THE_GLASS

# What each desk is for, as HL7 v3 ActReason codes. A clinician chooses.
PURPOSES = {
    Role.PATIENT: "PATRQT",
    Role.CLINICIAN: "TREAT",
    Role.AUDITOR: "HCOMPL",
    Role.ENGINEER: "HSYSADMIN",
    Role.FEED: "HSYSADMIN",
    Role.OPERATOR: "HSYSADMIN",
}
# BTG is not among them: breaking the glass asks for a reason and a group (DESIGN 5.5), not for a choice in a list.
CHOICES = ("TREAT", "ETREAT", "COC", "HPAYMT", "HOPERAT", "PUBHLTH", "HRESCH")
_KEY, _GLASS = "purpose", "glass"


def actor_of_session(request: HttpRequest, account: Account) -> Actor:
    role = Role(account.role)
    purpose, reason = _chosen(request) if role == Role.CLINICIAN else (PURPOSES[role], "")
    found = actor_of(account, purpose=purpose, scopes=EVERYTHING, request=secrets.token_hex(8), reason=reason)
    return replace(found, address=request.META.get("REMOTE_ADDR", ""))


def choose_purpose(request: HttpRequest, purpose: str) -> bool:
    """Whether it is a purpose that may be chosen; then it is kept until the session ends."""
    if purpose not in CHOICES:
        return False
    request.session[_KEY] = purpose
    request.session.pop(_GLASS, None)
    return True


def keep_glass_broken(request: HttpRequest, reason: str, *, until: datetime) -> None:
    """Purpose BTG with this reason for the session; after `until` it is what was chosen before."""
    request.session[_GLASS] = {"reason": reason, "until": until.timestamp()}


def _chosen(request: HttpRequest) -> tuple[str, str]:
    glass = request.session.get(_GLASS)
    if glass and timezone.now().timestamp() < glass["until"]:
        return BREAK_THE_GLASS, glass["reason"]
    return request.session.get(_KEY) or PURPOSES[Role.CLINICIAN], ""
