"""Who looked: access records as AuditEvents. The person sees those about her; the auditor sees all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import check_scope, note
from medbridge.actions.steps.backgrounds import backgrounds, bodies
from medbridge.actions.steps.judging import WITHHOLD
from medbridge.audit import search
from medbridge.audit.models import Access
from medbridge.audit.record import Deed
from medbridge.audit.render import Ground
from medbridge.audit.search import PARAMETERS
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.fhir import bundle
from medbridge.fhir.bundle import Entry
from medbridge.fhir.outcome import FhirError, Issue, bad_request

__all__ = ["PARAMETERS", "Access", "Ground", "grounds_of", "list_accesses", "read_access", "search_accesses"]

# As of other searches: the beginning of a long query.
QUERY_KEPT = 1000
# The order is fixed, and the rest is carried out by the caller.
_ABOUT_THE_ANSWER = ("_cursor", "_format", "_pretty")


def list_accesses(
    *,
    actor: Actor,
    at: datetime,
    limit: int = 100,
    others_only: bool = False,
    before: UUID | None = None,
    glass_since: datetime | None = None,
) -> list[Access]:
    """The newest access records this actor may see, older than `before`: for the desks. Not itself recorded.

    others_only: without what the actor did herself. glass_since: only those, since then, with the glass broken.
    """
    rows = _visible(actor).exclude(username=actor.username) if others_only else _visible(actor)
    if glass_since is not None:
        rows = rows.filter(purpose=BREAK_THE_GLASS, at__gte=glass_since)
    return list((rows.filter(id__lt=before) if before else rows).order_by("-id")[:limit])


def grounds_of(rows: Sequence[Access]) -> list[Sequence[Ground]]:
    """What decided each of these, which the caller was given."""
    return [behind.grounds for behind in backgrounds(rows)]


def read_access(*, actor: Actor, at: datetime, id: str) -> bytes:
    """One AuditEvent, the exact committed bytes. Raises FhirError 404."""
    check_scope(actor, "AuditEvent", "r", at=at, target=f"AuditEvent/{id}")
    try:
        found = _visible(actor).filter(id=id).first()
    except ValidationError:
        found = None
    deed = Deed("read", "AuditEvent", f"AuditEvent/{id}", allowed=found is not None, count=int(found is not None))
    note(actor, [deed], at=at)
    if found is None:
        raise FhirError(404, [Issue("not-found", f"AuditEvent/{id} is not known.")])
    return bodies([found])[0]


def search_accesses(*, actor: Actor, at: datetime, pairs: Sequence[tuple[str, str]], base: str) -> bytes:
    """Newest first. Raises FhirError 400 for what audit.search does not know: to leave it out would show more."""
    check_scope(actor, "AuditEvent", "s", at=at)
    rows, count, spelled = _narrowed(actor, pairs)
    cursor = dict(pairs).get("_cursor")
    if cursor:
        rows = rows.filter(id__lt=paging.unseal(actor, spelled, cursor)[0])
    found = list(rows.order_by("-id")[: count + 1])
    shown = found[:count]
    note(actor, [Deed("search", "AuditEvent", "AuditEvent", query=spelled[:QUERY_KEPT], count=len(shown))], at=at)
    links = [("self", f"{base}/{spelled}")]
    if len(found) > count:
        links.append(("next", f"{base}/{spelled}&_cursor={paging.seal(actor, spelled, str(shown[-1].id), 0)}"))
    rendered = zip(shown, bodies(shown), strict=True)
    entries = [Entry(full_url=f"AuditEvent/{row.id}", resource=body) for row, body in rendered]
    return bundle.searchset(entries, total=None, links=links, base=base)


def count_withheld(*, at: datetime) -> int:
    """How many resources the second judgement (steps.judging) held back in the last 30 days: not one is expected."""
    return Access.objects.filter(action=WITHHOLD, at__gt=at - timedelta(days=30)).count()


def _visible(actor: Actor) -> "QuerySet[Access]":
    if actor.role == Role.AUDITOR:
        return Access.objects.all()
    if actor.role == Role.PATIENT:
        return Access.objects.filter(patient__in=actor.patients)
    return Access.objects.none()


def _narrowed(actor: Actor, pairs: Sequence[tuple[str, str]]) -> tuple["QuerySet[Access]", int, str]:
    rows, count, applied = _visible(actor), settings.SEARCH_COUNT_DEFAULT, []
    for name, value in pairs:
        if name in _ABOUT_THE_ANSWER:
            continue
        applied.append((name, value))
        if name != "_count":
            rows = rows.filter(search.condition(name, value))
        elif value.isascii() and value.isdigit() and len(value) < 7:
            count = max(1, min(int(value), settings.SEARCH_COUNT_LIMIT))
        else:
            raise bad_request(f"_count must be a whole number, not “{value[:40]}”.", code="value")
    return rows, count, f"AuditEvent?{urlencode(applied)}"
