"""Every write keeps the bytes it came as: with the record when it succeeds, as a dead letter when it fails."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson
from django.db import IntegrityError, transaction

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import note, signature
from medbridge.actions.steps.consenting import custodian
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.steps.races import settled
from medbridge.actions.steps.requests import Request
from medbridge.actions.steps.writing import write
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import store as inbox
from medbridge.records import read

_CONFLICT = "Another write of the same record came first. Read it again and repeat."


def interaction(
    prepare: Callable[[], Sequence[Intent]], *, actor: Actor, at: datetime, body: bytes, request: Request,
    part: Part | None = None,
) -> Outcome:  # fmt: skip
    """One FHIR write interaction: prepare (parse, validate) and write one intent, keeping the bytes.

    part: of which message these bytes are part, when they were kept already (an entry of a batch, a replay).
    """

    def attempt() -> Outcome:
        with transaction.atomic():
            intents = prepare()
            if part and (earlier := _earlier(part, intents[0])):
                return earlier
            kept = part.message if part else inbox.keep_settled(**_kept(actor, body, request, at))
            return write(intents, actor=actor, at=at, message=kept, since=part.since if part else None)[0]

    try:
        return settled(attempt)
    except IntegrityError as error:
        raise _fail(actor, request, body, at, FhirError(409, [Issue("conflict", _CONFLICT)]), part) from error
    except FhirError as error:
        raise _fail(actor, request, body, at, error, part) from None


def _kept(actor: Actor, body: bytes, request: Request, at: datetime) -> dict[str, Any]:
    return {
        "hospital": custodian(actor) or "", "kind": "fhir", "body": body, "sender": signature(actor), "at": at,
        "request": str(request),
    }  # fmt: skip


def _earlier(part: Part, intent: Intent) -> Outcome | None:
    """What an attempt that was cut short made of this entry; None when it is still to be done.

    An entry that failed then is tried again: nobody was told of its failure. What a condition found then is not known
    any more; that the entry is done, is.
    """
    if inbox.advance(part.message, part.entry):
        return None
    if intent.id is None:
        return Outcome(204 if intent.method == "DELETE" else 200)
    found = read.written(intent.type, intent.id, message=part.message)
    status = 204 if intent.method == "DELETE" else 201 if found and found.version == 1 else 200
    return Outcome(status, existing=found) if found else None


def refused(actor: Actor, request: Request, at: datetime, error: FhirError) -> None:
    """The access record of a write that was refused."""
    action = {"POST": "create", "DELETE": "delete"}.get(request.method, "update")
    reason = "; ".join(issue.diagnostics for issue in error.issues)[:1000]
    note(actor, [Deed(action, request.type, request.target, allowed=False, reason=reason, count=0)], at=at)


def _fail(actor: Actor, request: Request, body: bytes, at: datetime, error: FhirError, part: Part | None) -> FhirError:
    """Runs after the rollback, in its own transaction; a database that is down loses only this note."""
    with transaction.atomic():
        refused(actor, request, at, error)
        if body and part is None and error.status not in (403, 404):
            letter, _ = inbox.receive(**_kept(actor, body, request, at), key=str(uuid4()))
            first = error.issues[0]
            inbox.dead(letter, at=at, stage="validate", place=first.expression or "", reason=first.diagnostics,
                       answer=orjson.dumps(error.outcome()))  # fmt: skip
    return error
