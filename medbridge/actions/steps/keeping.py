"""Every write keeps the bytes it came as: with the record when it succeeds, as a dead letter when it fails."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from django.db import IntegrityError, transaction

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import note
from medbridge.actions.steps.intent import Intent, Outcome
from medbridge.actions.steps.races import settled
from medbridge.actions.steps.writing import write
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import store as inbox

_CONFLICT = "Another write of the same record came first. Read it again and repeat."


def interaction(
    prepare: Callable[[], Sequence[Intent]], *, actor: Actor, at: datetime, body: bytes, request: str,
    message: UUID | None = None,
) -> Outcome:  # fmt: skip
    """One FHIR write interaction: prepare (parse, validate) and write one intent, keeping the bytes.

    message: the message these bytes are part of, when they were kept already (an entry of a batch).
    """

    def attempt() -> Outcome:
        with transaction.atomic():
            intents = prepare()
            kept = message or inbox.keep_settled(
                hospital=actor.hospital, kind="fhir", body=body, sender=actor.username, at=at, request=request
            )
            return write(intents, actor=actor, at=at, message=kept)[0]

    try:
        return settled(attempt)
    except IntegrityError as error:
        raise _fail(actor, request, body, at, FhirError(409, [Issue("conflict", _CONFLICT)]), message) from error
    except FhirError as error:
        raise _fail(actor, request, body, at, error, message) from None


def refused(actor: Actor, request: str, at: datetime, error: FhirError) -> None:
    """The access record of a write that was refused."""
    action = {"POST": "create", "PUT": "update", "DELETE": "delete"}[request.partition(" ")[0]]
    target = request.partition(" ")[2]
    type, reason = target.partition("/")[0] or "Bundle", "; ".join(issue.diagnostics for issue in error.issues)[:1000]
    note(actor, [Deed(action, type, target or "Bundle", allowed=False, reason=reason, count=0)], at=at)


def _fail(actor: Actor, request: str, body: bytes, at: datetime, error: FhirError, message: UUID | None) -> FhirError:
    """Runs after the rollback, in its own transaction; a database that is down loses only this note."""
    with transaction.atomic():
        refused(actor, request, at, error)
        if body and message is None and error.status not in (403, 404):
            letter, _ = inbox.receive(
                hospital=actor.hospital, kind="fhir", body=body, sender=actor.username, at=at, key=str(uuid4()),
                request=request,
            )  # fmt: skip
            first = error.issues[0]
            inbox.dead(letter, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics,
                       answer=orjson.dumps(error.outcome()))  # fmt: skip
    return error
