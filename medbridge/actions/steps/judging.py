"""The pure rules once more, over each resource on its way out: what only the SQL condition opens is withheld.

Its facts come another way than the condition's: the rules themselves from what this process remembers of them
(consent.inforce), and what of a record they look at, where they do, from a query of its own that has no condition.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import is_over, note, request_of
from medbridge.actions.steps.explaining import referred, row_of
from medbridge.audit.record import Deed
from medbridge.consent import inforce
from medbridge.consent.inforce import Held
from medbridge.consent.rules import Row, decide, tells_apart
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.terms import key
from medbridge.records import judged

WITHHOLD = "withhold"
WITHHELD = "alarm: the rules of consent do not open what the query found; it was withheld"
_log = logging.getLogger("medbridge.alarm")


class Outgoing(Protocol):
    """Found and Hit of records."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def patient(self) -> str | None: ...
    @property
    def hospital(self) -> str | None: ...
    @property
    def state(self) -> int | None: ...


Some = TypeVar("Some", bound=Outgoing)


def cleared(rows: Sequence[Some], *, actor: Actor, at: datetime) -> list[Some]:
    """Those that the rules open too. The rest leaves an access record, refused, and a line in the log medbridge.alarm.

    What was changed or taken back since the query is withheld without an alarm: the query was right then.
    """
    second = _Second(actor, at)
    second.prepare(rows)
    opened = [second.opens(row) for row in rows]
    if all(opened):
        return list(rows)
    return _sorted_out(rows, opened, second)


def check_cleared(row: Outgoing, *, actor: Actor, at: datetime) -> None:
    """Raises FhirError 404, as for a record that never was."""
    if not cleared([row], actor=actor, at=at):
        raise FhirError(404, [Issue("not-found", f"{row.type}/{row.id} is not known.")])


class _Second:
    """One reader's second judgement over one answer."""

    def __init__(self, actor: Actor, at: datetime) -> None:
        self.actor, self.at, self.over = actor, at, is_over(actor)
        self.request = request_of(actor, at)
        self.by_consent = actor.role == Role.CLINICIAN
        self._held: dict[str, Held] = {}
        # None: it depends on more of the record.
        self._known: dict[tuple[str | None, str | None, str], bool | None] = {}

    def prepare(self, rows: Sequence[Outgoing]) -> None:
        """The rules over these rows' Patients: remembered, or loaded for all that are not."""
        if not self.by_consent:
            return
        states = {row.patient: row.state for row in rows if row.patient is not None}
        found = {patient: inforce.remembered(patient, state) for patient, state in states.items()}
        self._held = {patient: held for patient, held in found.items() if held is not None}
        if missing := [patient for patient, held in found.items() if held is None]:
            self._held |= inforce.load(missing)

    def opens(self, row: Outgoing) -> bool | None:
        """By what any row shows; None where the rules ask for more of it."""
        kind = (row.patient, row.hospital, row.type)
        if kind not in self._known:
            self._known[kind] = self._opens_kind(row)
        return self._known[kind]

    def state(self, patient: str | None) -> int | None:
        """Of the rules that were judged by."""
        return self._held[patient].state if patient in self._held else None

    def judge(self, row: Row) -> bool:
        held = self._held.get(row.patient or "", inforce.NOTHING)
        return (
            not self.over
            and decide(held.about(self.request), self.request, row, custodian_rule=settings.CUSTODIAN_RULE).visible
        )

    def more(self, rows: Sequence[Outgoing]) -> dict[int, tuple[int, bool]]:
        """Of each record that is still there its version and whether the rules open it, by key."""
        if not rows:
            return {}
        found = judged.these([key(row.type, row.id) for row in rows])
        nodes = [node for row in rows if row.patient in self._held for node in self._held[row.patient].nodes]
        facts = referred([row_of(each) for each in found.values()], nodes)
        return {
            number: (each.version, self.judge(row)) for (number, each), row in zip(found.items(), facts, strict=True)
        }

    def _opens_kind(self, row: Outgoing) -> bool | None:
        if row.patient in self._held:
            about = self._held[row.patient].about(self.request)
            if any(tells_apart(node) for node in about if node.custodian == row.hospital):
                return None
        return self.judge(Row(row.type, row.id, row.patient, row.hospital))


def _sorted_out(rows: Sequence[Some], opened: Sequence[bool | None], second: _Second) -> list[Some]:
    more = second.more([row for row, is_open in zip(rows, opened, strict=True) if is_open is None])
    kept: list[Some] = []
    alarms: list[Outgoing] = []
    for row, is_open in zip(rows, opened, strict=True):
        version, seen = (row.version, is_open) if is_open is not None else more.get(key(row.type, row.id), (0, False))
        if seen:
            kept.append(row)
        elif version == row.version and row.state == second.state(row.patient):
            alarms.append(row)
    _raise_alarm(alarms, second)
    return kept


def _raise_alarm(rows: Sequence[Outgoing], second: _Second) -> None:
    """One record for each resource, which the auditor reads and the operator's desk counts."""
    actor = second.actor
    for row in rows:
        _log.error(
            "%s: %s/%s from %s of %s", WITHHELD, row.type, row.id, actor.username, actor.hospital or "no hospital"
        )
    deeds = [
        Deed(WITHHOLD, row.type, f"{row.type}/{row.id}", row.patient, allowed=False, reason=WITHHELD, count=0)
        for row in rows
    ]
    if deeds:
        note(actor, deeds, at=second.at)
