"""Receive one message in a hospital's own format: HL7 v2, C-CDA or a table. Kept first, then made into records."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Hospital
from medbridge.actions.steps.access import check_scope, check_writer, note, signature
from medbridge.actions.steps.checking import check
from medbridge.actions.steps.formats import FORMATS, Format
from medbridge.actions.steps.intent import Intent
from medbridge.actions.steps.races import settled
from medbridge.actions.steps.writing import attest, write
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source
from medbridge.records import read

# The kept message says who sent what to whom; a record of that for each message would only grow the store.
_TOLD_BY_THE_INBOX = frozenset({"MessageHeader"})


@dataclass(frozen=True)
class Receipt:
    """What the sender is told: `answer` in its own format, whether it was accepted, and the message's state."""

    answer: bytes
    accepted: bool
    message: Message


def receive_message(*, actor: Actor, at: datetime, kind: str, body: bytes) -> Receipt:
    """kind: "hl7v2", "ccda" or "csv".

    The bytes are on disk before anything else happens. The same bytes again are the same message, with the same answer.
    A crash after keeping them leaves a RECEIVED row that process_waiting() takes up. Never raises for a bad message:
    that is a dead letter, and the answer says what was wrong.
    """
    for letter in "cu":
        check_scope(actor, "*", letter, at=at, target=f"{kind} message")
    check_writer(actor, "Bundle", at=at)
    message, _ = inbox.receive(
        hospital=actor.hospital, kind=kind, body=body, sender=signature(actor), at=at,
        control_id=FORMATS[kind].control_id(body, source_of(actor.hospital)),
    )  # fmt: skip
    return process(message, actor=actor, at=at)


def process(message: Message, *, actor: Actor, at: datetime, since: datetime | None = None) -> Receipt:
    """Make records of a kept message; for one that is settled, its answer again. since: see write()."""
    form = FORMATS[message.kind]
    if message.state == Message.State.RECEIVED:
        body = inbox.body_of(message)
        try:
            settled(lambda: _store(message, form, body, actor, at, since))
        except NormalizeError as error:
            _bury(message, form, body, error.problem, actor, at)
        except FhirError as error:
            first = error.issues[0]
            _bury(message, form, body, Problem("store", first.expression or "", first.diagnostics), actor, at)
        except IntegrityError:
            # Other messages made the same records in each instant; left RECEIVED, process_waiting() repeats it.
            message.refresh_from_db()
    answer = inbox.answer_of(message) or form.busy(inbox.body_of(message), source_of(message.hospital), at)
    return Receipt(answer, message.state == Message.State.DONE, message)


def _store(message: Message, form: Format, body: bytes, actor: Actor, at: datetime, since: datetime | None) -> None:
    source = source_of(message.hospital)
    conversion = form.convert(body, source)
    keeps = form.keeps(body, source, conversion)
    for resource in conversion.resources:
        check(resource, resource["resourceType"])
    with transaction.atomic():
        # Whoever comes second waits here, then sees the message settled.
        locked = Message.objects.select_for_update().get(pk=message.pk)
        if locked.state == Message.State.RECEIVED:
            intents = _intents(conversion, keeps, message.kind)
            outcomes = write(intents, actor=actor, at=at, message=message.id, chooses_ids=True, skip_unchanged=True,
                             since=since)  # fmt: skip
            attest(message, outcomes, actor=actor, at=at)
            count = sum(outcome.stored is not None for outcome in outcomes)
            answer = form.accept(body, source, at)
            inbox.done(locked, at=at, answer=answer, records=count, problems=_problems(conversion),
                       made=_made(conversion))  # fmt: skip
    message.refresh_from_db()


def source_of(hospital: str) -> Source:
    """The sender as configured; a hospital that is not (an operator's own listener) has no conventions."""
    row = Hospital.objects.filter(id=hospital).first()
    return Source(hospital, row.timezone or None, row.charset or None) if row else Source(hospital)


def _intents(conversion: Conversion, keeps: tuple[str, ...], kind: str) -> list[Intent]:
    """Types in `keeps` are only created; a table of people also updates those that a table brought."""
    came = read.messages_of([(r["resourceType"], r["id"]) for r in conversion.resources if r["resourceType"] in keeps])
    tables = Message.objects.filter(id__in=came.values(), kind="csv").values_list("id", flat=True)
    registers = kind == "csv" and all(r["resourceType"] == "Patient" for r in conversion.resources)
    brought = set(tables) if registers else set()
    mine = {key for key, message in came.items() if message in brought}
    return [
        Intent(r["resourceType"], "PUT", r["resourceType"], r, id=r["id"],
               only_if_absent=r["resourceType"] in keeps and (r["resourceType"], r["id"]) not in mine)
        for r in conversion.resources
        if r["resourceType"] not in _TOLD_BY_THE_INBOX
    ]  # fmt: skip


def _made(conversion: Conversion) -> dict[str, int | str | None]:
    counts = asdict(conversion.accounting) if conversion.accounting else {}
    return {**counts, "pack": conversion.pack}


def _problems(conversion: Conversion) -> list[dict[str, str]]:
    return [{"stage": p.stage, "place": p.place, "reason": p.reason} for p in conversion.problems]


def _bury(message: Message, form: Format, body: bytes, problem: Problem, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        inbox.dead(message, at=at, stage=problem.stage, place=problem.place, reason=problem.reason,
                   answer=form.refuse(body, source_of(message.hospital), at, problem))  # fmt: skip
        reason = f"{problem.place}: {problem.reason}" if problem.place else problem.reason
        note(actor, [Deed("create", "Bundle", f"{message.kind} message", allowed=False, reason=reason, count=0)], at=at)
