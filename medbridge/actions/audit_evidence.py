"""Audit all evidence: recompute the log, and compare every stored record with what was committed for it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, refuse
from medbridge.actions.steps.backgrounds import bodies
from medbridge.audit.models import Access
from medbridge.audit.record import Deed
from medbridge.audit.waiting import committed
from medbridge.evidence import audit
from medbridge.evidence.audit import Defect, Finding, Stored
from medbridge.evidence.models import name_of
from medbridge.records import audited

BATCH = 1000
MOVED, GONE = 100, 10_000  # looked up among all commitments, and named; what is beyond is still counted as altered


def audit_evidence(*, actor: Actor, at: datetime, notes: Iterable[str] = ()) -> Iterator[Finding]:
    """Each promise not kept and each record altered, removed, inserted, reordered or backdated.

    notes: promises and checkpoints that others kept. One snapshot of the database; memory for one batch. Raises
    FhirError 403 for one who is neither auditor nor operator; medbridge.evidence.audit.BadNote.
    """
    if actor.role not in (Role.AUDITOR, Role.OPERATOR):
        refuse(actor, "operation", "AuditEvent", f"The role {actor.role} may not audit the evidence.", at=at)
    note(actor, [Deed("operation", "AuditEvent", "AuditEvent", query="$audit-evidence")], at=at)
    with transaction.atomic():
        if not connection.savepoint_ids:
            _one_snapshot()
        yield from audit.held(notes, at)
        yield from audit.log_findings(at)
        yield from _records()


def _one_snapshot() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _records() -> Iterator[Finding]:
    audit.open_books()
    altered: dict[str, tuple[Finding, bytes]] = {}
    for batch in _versions():
        for finding, digest in _compared(batch):
            if finding.defect is Defect.ALTERED and len(altered) < MOVED:
                altered[finding.what] = finding, digest
            else:
                yield finding
    yield from _moved(altered)
    for batch in _accesses():
        yield from audit.compare(batch)
    for subject in audited.stale():
        yield Finding(Defect.ALTERED, subject, "it is read from another version than its newest")
    yield from audit.reused_salts()
    yield from _gone()


def _versions() -> Iterator[list[Stored]]:
    for batch in audited.versions():
        yield [Stored(subject, digest, at) for subject, digest, at in batch]


def _compared(batch: list[Stored]) -> Iterator[tuple[Finding, bytes]]:
    digests = {stored.subject: stored.digest for stored in batch}
    for finding in audit.compare(batch):
        yield finding, digests[finding.what]


def _moved(altered: dict[str, tuple[Finding, bytes]]) -> Iterator[Finding]:
    """Two documents that changed places are told from two that were altered."""
    found = audit.moved({subject: digest for subject, (_, digest) in altered.items()})
    for subject, (finding, _) in altered.items():
        entries = found.get(subject)
        sentence = f"it holds the bytes that were committed as entry {entries[0]}" if entries else finding.sentence
        yield replace(finding, defect=Defect.REORDERED, sentence=sentence) if entries else finding


def _accesses() -> Iterator[list[Stored]]:
    last = None
    while batch := committed(last, BATCH):
        last = batch[-1].id
        digests = (sha256(event).digest() for event in bodies(batch))
        yield [Stored(f"AuditEvent/{row.id}", digest, None) for row, digest in zip(batch, digests, strict=True)]


def _gone() -> Iterator[Finding]:
    """A commitment holds a hash of its subject: the name is found among the versions there should be, and in what the
    access records speak of."""
    missing = {gone.name: gone for gone in audit.gone(GONE)}
    if not missing:
        return
    names = {name_of(subject): subject for subject in _named() if name_of(subject) in missing}
    for name, gone in missing.items():
        what = names.get(name, f"entry {gone.entry} of {gone.hospital or 'the directory'}, {gone.stream}")
        yield Finding(Defect.REMOVED, what, f"it was committed on {gone.at:%Y-%m-%d %H:%M:%S} UTC and is not stored")


def _named() -> Iterator[str]:
    yield from audited.known_subjects()
    for target in Access.objects.filter(target__contains="/").values_list("target", flat=True).distinct().iterator():
        yield target
        yield f"{target}/_history/1"
