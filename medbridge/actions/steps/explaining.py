"""What saying who sees what has in common: whose records may be explained to whom, and which readers there are."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, Hospital, Role
from medbridge.consent import store as consents
from medbridge.consent.explain import Policy, Reader, Ruled, explain
from medbridge.consent.marks import REFERS
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.consent.rules import Decision, Node, Row
from medbridge.fhir.terms import key
from medbridge.records import judged, read
from medbridge.records.judged import Judged
from medbridge.records.statement import Predicate

# Kinds of readers times purposes. A consent may name any number of purposes, and each is a line for every hospital.
MOST_READERS = 2000
_Kind = tuple[str, str, str, tuple[str, ...]]  # Reader without its purpose
_VEILED = "A consent that you may not read {verb} this."


def may_ask(actor: Actor, row: Judged) -> bool:
    """The person herself, as far as she was verified; the engineers of the hospital whose record it is."""
    if actor.role == Role.PATIENT:
        return row.patient is not None and row.patient in actor.patients
    return actor.role == Role.ENGINEER and bool(actor.hospital) and row.hospital == actor.hospital


def policy(at: datetime) -> Policy:
    return Policy(at, f"Group/{settings.EMERGENCY_GROUP}", settings.CUSTODIAN_RULE)


def row_of(found: Judged) -> Row:
    return Row(
        found.type, found.id, found.patient, found.hospital, found.low, found.high, (*found.labels,), (*found.marks,)
    )


def rows_of(actor: Actor, patients: Sequence[str], *, visible: Predicate) -> tuple[list[Row], bool]:
    """The records that the asker's own scopes and rules show, and whether that is all: EXPLAIN_ROWS_LIMIT."""
    found = judged.of_patients(patients, visible=visible, limit=settings.EXPLAIN_ROWS_LIMIT + 1)
    shown = [row_of(each) for each in found[: settings.EXPLAIN_ROWS_LIMIT] if actor.scopes.allow(each.type, "r")]
    return shown, len(found) <= settings.EXPLAIN_ROWS_LIMIT


def referred(rows: Sequence[Row], nodes: Collection[Node]) -> list[Row]:
    """The records, each with those that refer to it, of those that these consents ask about (rules.Row.referrers)."""
    sources = sorted({each for node in nodes for each in node.sources or ()})
    found = judged.marks_of(sources) if sources else []
    whose = [(source, (patient, custodian), frozenset(marks)) for source, patient, custodian, marks in found]
    return [
        replace(row, referrers=tuple(
            source for source, bound, marks in whose
            if bound == (row.patient, row.custodian) and REFERS ^ key(row.type, row.id) in marks
        ))
        for row in rows
    ] if whose else list(rows)  # fmt: skip


def readers(nodes: Collection[Node], rows: Collection[Row]) -> list[Reader]:
    """Every kind of reader that these consents or the standing rules can tell apart, for every purpose they name.

    One more than MOST_READERS at the most.
    """
    named = {actor for node in nodes for actor in node.actors or ()}
    usual, emergency = sorted(_clinicians(named)), sorted(_clinicians({*named, f"Group/{settings.EMERGENCY_GROUP}"}))
    found = [
        Reader(*kind, purpose=purpose)
        for purpose in _purposes(nodes)
        for kind in (emergency if purpose == BREAK_THE_GLASS else usual)
    ]
    custodians = sorted({row.custodian for row in rows if row.custodian})
    others = [Reader(each, role, "", (), "") for each in custodians for role in (Role.ENGINEER, Role.FEED)]
    return [*others, *found][: MOST_READERS + 1]


def told(rows: Sequence[Row], *, at: datetime, visible: Predicate) -> tuple[dict[Reader, list[Ruled]], bool]:
    """What is decided about these records for each kind of reader, and whether all kinds are there.

    Consents that the asker may not see have no name: the person's own, told to a hospital's engineer.
    """
    nodes = bound(rows)
    rows = referred(rows, nodes)
    asking = readers(nodes, rows)
    ruled = explain(nodes, rows, asking[:MOST_READERS], policy(at))
    named = {("Consent", each.decision.consent) for some in ruled.values() for each in some if each.decision.consent}
    seen = {id for _, id in read.existing(named, visible=visible)}
    return {reader: [_veil(each, seen) for each in some] for reader, some in ruled.items()}, len(asking) <= MOST_READERS


def bound(rows: Collection[Row]) -> list[Node]:
    """The nodes over these records."""
    return consents.bound({(row.patient, row.custodian) for row in rows if row.patient and row.custodian})


def _veil(ruled: Ruled, seen: set[str]) -> Ruled:
    decision = ruled.decision
    if decision.consent is None or decision.consent in seen:
        return ruled
    reason = _VEILED.format(verb="permits" if decision.visible else "denies")
    return replace(ruled, decision=Decision(decision.visible, None, None, reason))


def _purposes(nodes: Collection[Node]) -> list[str]:
    """TREAT and BTG, and what the consents name: the full spelling where there are two (consent.purpose.texts)."""
    named = {purpose for node in nodes for purpose in node.purposes or ()}
    short = {purpose.rpartition("|")[2] for purpose in named if "|" in purpose}
    return ["TREAT", BREAK_THE_GLASS, *sorted(named - short - {"TREAT", BREAK_THE_GLASS})]


def _clinicians(named: set[str]) -> set[_Kind]:
    """(hospital, role, practitioner, groups): what distinguishes the clinicians there are, as far as it is named."""
    groups = {each for each in named if not each.startswith(("Organization/", "Practitioner/"))}
    kinds: set[_Kind] = {
        (hospital, str(Role.CLINICIAN), "", ()) for hospital in Hospital.objects.values_list("id", flat=True)
    }
    found = Account.objects.filter(
        Q(practitioner__in=named) | Q(member_of__overlap=sorted(groups)), role=Role.CLINICIAN, is_active=True
    )
    for hospital, practitioner, member_of in found.values_list("hospital", "practitioner", "member_of"):
        own = practitioner if practitioner in named else ""
        kinds.add((hospital, str(Role.CLINICIAN), own, tuple(sorted(groups.intersection(member_of)))))
    return kinds
