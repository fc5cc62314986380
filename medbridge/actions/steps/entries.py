"""Single entries of bundles: what each wants, and a batch's entries carried out one by one."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.create_record import create_record
from medbridge.actions.delete_record import delete_record
from medbridge.actions.patch_record import patch_record
from medbridge.actions.read_history import read_history
from medbridge.actions.read_record import read_record
from medbridge.actions.search_records import search_records
from medbridge.actions.steps import answers
from medbridge.actions.steps.answers import Told
from medbridge.actions.steps.intent import Intent, Outcome, Part
from medbridge.actions.update_record import update_record
from medbridge.fhir.bundle import Entry, Step
from medbridge.fhir.dates import interval
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import Limits, serialize
from medbridge.fhir.patch import Patch, patch_of
from medbridge.records.read import Found
from medbridge.records.store import instant

_BASE = f"{settings.PUBLIC_URL}/fhir"
READS = ("GET", "HEAD")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def intent_of(step: Step) -> Intent:
    """Raises FhirError 501 for an operation, 400 for conditions that cannot be."""
    place = f"Bundle.entry[{step.index}]"
    if step.target.operation or step.method not in WRITES:
        text = f"{step.method} {step.url[:200]} is not supported in a Bundle; call the operation by itself."
        raise FhirError(501, [Issue("not-supported", text, f"{place}.request.url")])
    patch = _patch(step, place) if step.method == "PATCH" else None
    return Intent(
        step.target.type or "", step.method, f"{place}.resource", None if patch else step.resource, id=step.target.id,
        names=step.names, if_match=version_of(step.if_match), create_only=creates_only(step.if_none_match),
        criteria=step.if_none_exist or (step.target.query if step.conditional else None), patch=patch,
    )  # fmt: skip


def _patch(step: Step, place: str) -> Patch:
    try:
        return patch_of(
            step.resource or {}, limits=Limits(depth=settings.JSON_DEPTH_LIMIT, items=settings.JSON_LIST_LIMIT)
        )
    except FhirError as error:
        inside = [(issue, (issue.expression or "").partition("Parameters")[2]) for issue in error.issues]
        listed = [replace(issue, expression=f"{place}.resource{path}") for issue, path in inside]
        raise FhirError(error.status, listed) from None


def version_of(etag: str | None) -> int | None:
    """W/"3" -> 3. Raises FhirError 400 for what is no version of ours."""
    if etag is None:
        return None
    if match := re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', etag):
        return int(match[1])
    raise FhirError(400, [Issue("value", f'If-Match must be a version\'s ETag, such as W/"3", not {etag[:40]}.')])


def creates_only(if_none_match: str | None) -> bool:
    """If-None-Match: * of a write (RFC 9110 13.1.2). Raises FhirError 400 for a version there."""
    if if_none_match is None or if_none_match.strip() == "*":
        return if_none_match is not None
    text = f"If-None-Match of a write must be *, for create only, not {if_none_match[:40]}; If-Match names a version."
    raise FhirError(400, [Issue("value", text)])


def carry_out_alone(step: Step, *, actor: Actor, at: datetime, part: Part | None, told: Told) -> Entry:
    """One entry of a batch: its failure is its own. One that was done before a crash is answered, not done again."""
    try:
        if step.error:
            raise step.error
        if step.method in READS:
            return answer_read(step, actor=actor, at=at)
        return answers.written(_written(step, actor, at, part), at, told=told)
    except FhirError as error:
        return answers.failed(error)


def _written(step: Step, actor: Actor, at: datetime, part: Part | None) -> Outcome:
    intent = intent_of(step)
    call: dict[str, Any] = {"actor": actor, "at": at, "type": intent.type, "part": part}
    body = serialize(step.resource) if step.resource is not None else b""
    if step.method == "POST":
        return create_record(**call, body=body, if_none_exist=intent.criteria)
    call |= {"id": intent.id, "criteria": intent.criteria, "if_match": intent.if_match}
    if step.method == "PUT":
        return update_record(**call, body=body, create_only=intent.create_only)
    return patch_record(**call, body=body) if step.method == "PATCH" else delete_record(**call)


def answer_read(step: Step, *, actor: Actor, at: datetime) -> Entry:
    """A GET inside a bundle: read, vread, history or search, through the action that answers it alone."""
    target = step.target
    if target.type == "AuditEvent":
        text = "AuditEvents are read and searched by themselves, not inside a Bundle."
        raise FhirError(400, [Issue("not-supported", text, f"Bundle.entry[{step.index}].request.url")])
    pairs = parse_qsl(target.query, keep_blank_values=True)
    if target.operation:
        text = f"“{step.url[:200]}” cannot be read inside a Bundle; ask for it by itself."
        raise FhirError(400, [Issue("not-supported", text, f"Bundle.entry[{step.index}].request.url")])
    if target.history and not target.version:
        versions = read_history(actor=actor, at=at, type=target.type, id=target.id, pairs=pairs)
        return Entry(resource=answers.history(versions, base=_BASE), status="200 OK")
    if target.type and target.id:
        return _read(step, actor, at)
    page = search_records(actor=actor, at=at, type=target.type or "", pairs=pairs)
    return Entry(resource=answers.searchset(page, base=_BASE), status="200 OK")


def _read(step: Step, actor: Actor, at: datetime) -> Entry:
    version = step.target.version
    if version is not None and not (version.isdigit() and len(version) < 10):
        raise FhirError(404, [Issue("not-found", f"{step.url[:200]} is not known.")])
    found = read_record(actor=actor, at=at, type=step.target.type or "", id=step.target.id or "",
                        version=int(version) if version else None)  # fmt: skip
    etag = answers.etag(found.version)
    if _is_known(step, found):
        return Entry(status="304 Not Modified", etag=etag)
    body = None if step.method == "HEAD" else found.body
    return Entry(full_url=f"{found.type}/{found.id}", resource=body, status="200 OK", etag=etag,
                 last_modified=instant(found.at))  # fmt: skip


def _is_known(step: Step, found: Found) -> bool:
    """Whether the reader has this version; ifModifiedSince is a FHIR instant here, not a date of HTTP."""
    if step.if_none_match is not None:
        known = [etag.strip().removeprefix("W/") for etag in step.if_none_match.split(",")]
        return "*" in known or f'"{found.version}"' in known
    if step.if_modified_since is None:
        return False
    try:
        return found.at <= interval(step.if_modified_since)[1]
    except ValueError:
        text = f"ifModifiedSince must be an instant, not {step.if_modified_since[:40]}."
        raise FhirError(400, [Issue("value", text, f"Bundle.entry[{step.index}].request.ifModifiedSince")]) from None
