"""Access records in words: who, when, what, why, and whether it was allowed (after Estonia's data tracker)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from medbridge.actions.proof_states import proof_states
from medbridge.actions.read_accesses import Access, Ground, grounds_of, list_accesses
from medbridge.actions.review_glass import list_glass
from medbridge.desk.directory import Names
from medbridge.desk.page import Visit
from medbridge.desk.words import ACTIONS, PURPOSES, REASONS, ROLES, RULES, kind, word

PAGE = 50
# A notice stays for as long as a person may take to come by; "Who looked" keeps it for good.
NOTICE, NOTICED = timedelta(days=90), 5


@dataclass(frozen=True)
class Look:
    """One access record as a row. `committed`: it is in the log, so it has a receipt. `under`: what decided."""

    id: UUID
    at: datetime
    who: str
    role: str
    hospital: str
    what: str
    kind: str
    count: int
    query: str
    patient: str
    why: str
    allowed: bool
    reason: str
    committed: bool
    under: str
    request: str


def looks(visit: Visit, *, others_only: bool) -> tuple[list[Look], str]:
    """One page, newest first, and the id to go on after when there are older ones."""
    rows = list_accesses(
        actor=visit.actor, at=visit.at, limit=PAGE + 1, others_only=others_only, before=_before(visit.request)
    )
    found = in_words(rows[:PAGE])
    return found, str(found[-1].id) if len(rows) > PAGE else ""


def broken_glass(visit: Visit) -> list[Look]:
    """Who broke the glass to see her records lately, newest first: for a notice on her page."""
    return in_words(list_accesses(actor=visit.actor, at=visit.at, limit=NOTICED, glass_since=visit.at - NOTICE))


def unreviewed(visit: Visit) -> list[Look]:
    """The auditor's queue, oldest first."""
    return in_words(list_glass(actor=visit.actor, at=visit.at, limit=PAGE))


def _before(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["before"]) if "before" in request.GET else None
    except ValueError:
        return None


def in_words(rows: Sequence[Access]) -> list[Look]:
    names, proofs = Names(), proof_states([_subject(row) for row in rows])
    return [
        _look(row, names, committed=_subject(row) in proofs, decided=decided)
        for row, decided in zip(rows, grounds_of(rows), strict=True)
    ]


def _subject(row: Access) -> str:
    return f"AuditEvent/{row.id}"


def _look(row: Access, names: Names, *, committed: bool, decided: Sequence[Ground]) -> Look:
    return Look(
        id=row.id, at=row.at, who=row.name or row.username, role=word(ROLES, row.role),
        hospital=names.hospital(row.hospital), what=word(ACTIONS, row.action), kind=_kind(row), count=row.count,
        query=row.query, patient=row.patient or "", why=word(PURPOSES, row.purpose), allowed=row.allowed,
        reason=word(REASONS, row.reason), committed=committed, under=_under(decided), request=row.request,
    )  # fmt: skip


def _under(decided: Sequence[Ground]) -> str:
    """Each consent once, with its version and provision; without one the standing rule, in words."""
    consents = [
        f"Consent/{each.consent}, {_('version')} {each.version}, {each.path}" for each in decided if each.consent
    ]
    return "; ".join(dict.fromkeys(consents or [str(word(RULES, each.said)) for each in decided]))


def _kind(row: Access) -> str:
    return _("all kinds of records") if row.action == "everything" else kind(row.type)
