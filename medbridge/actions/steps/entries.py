"""Single entries of bundles: what each wants, and a batch's entries carried out one by one."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.create_record import create_record
from medbridge.actions.delete_record import delete_record
from medbridge.actions.read_record import read_record
from medbridge.actions.search_records import search_records
from medbridge.actions.steps import answers
from medbridge.actions.steps.intent import Intent, Part
from medbridge.actions.update_record import update_record
from medbridge.fhir.bundle import Entry, Step
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import serialize

_BASE = f"{settings.PUBLIC_URL}/fhir"
READS = ("GET", "HEAD")
WRITES = ("POST", "PUT", "DELETE")


def intent_of(step: Step) -> Intent:
    """Raises FhirError 501 for a conditional update or delete, a PATCH and an operation."""
    place = f"Bundle.entry[{step.index}].resource"
    if step.conditional or step.target.operation or step.method not in WRITES:
        text = (
            f"{step.method} {step.url[:200]} is not supported in a Bundle. POST Type, PUT Type/id, DELETE Type/id are."
        )
        raise FhirError(501, [Issue("not-supported", text, f"Bundle.entry[{step.index}].request.url")])
    return Intent(
        step.target.type or "", step.method, place, step.resource, id=step.target.id, names=step.names,
        if_match=version_of(step.if_match), if_none_exist=step.if_none_exist,
    )  # fmt: skip


def version_of(etag: str | None) -> int | None:
    """W/"3" -> 3. Raises FhirError 400 for what is no version of ours."""
    if etag is None:
        return None
    if match := re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', etag):
        return int(match[1])
    raise FhirError(400, [Issue("value", f'If-Match must be a version\'s ETag, such as W/"3", not {etag[:40]}.')])


def carry_out_alone(step: Step, *, actor: Actor, at: datetime, part: Part | None, whole: bool) -> Entry:
    """One entry of a batch: its failure is its own. One that was done before a crash is answered, not done again."""
    try:
        if step.error:
            raise step.error
        if step.method in READS:
            return answer_read(step, actor=actor, at=at)
        intent = intent_of(step)
        call: dict[str, Any] = {"actor": actor, "at": at, "type": intent.type, "part": part}
        body = serialize(step.resource) if step.resource is not None else b""
        if step.method == "POST":
            outcome = create_record(**call, body=body, if_none_exist=step.if_none_exist)
        elif step.method == "PUT":
            outcome = update_record(**call, id=intent.id or "", body=body, if_match=intent.if_match)
        else:
            outcome = delete_record(**call, id=intent.id or "", if_match=intent.if_match)
        return answers.written(outcome, at, whole=whole)
    except FhirError as error:
        return answers.failed(error)


def answer_read(step: Step, *, actor: Actor, at: datetime) -> Entry:
    """A GET inside a bundle: a read or a search, through the action that answers it alone."""
    target = step.target
    if target.type == "AuditEvent":
        text = "AuditEvents are read and searched by themselves, not inside a Bundle."
        raise FhirError(400, [Issue("not-supported", text, f"Bundle.entry[{step.index}].request.url")])
    if target.type and target.id and not target.operation and not target.history:
        found = read_record(actor=actor, at=at, type=target.type, id=target.id)
        return Entry(full_url=f"{found.type}/{found.id}", resource=found.body, status="200 OK",
                     etag=answers.etag(found.version))  # fmt: skip
    if target.type and not target.operation and not target.history:
        page = search_records(
            actor=actor, at=at, type=target.type, pairs=parse_qsl(target.query, keep_blank_values=True)
        )
        return Entry(resource=answers.searchset(page, base=_BASE), status="200 OK")
    text = f"“{step.url[:200]}” cannot be read inside a Bundle; ask for it by itself."
    raise FhirError(400, [Issue("not-supported", text, f"Bundle.entry[{step.index}].request.url")])
