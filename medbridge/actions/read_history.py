"""The versions of one record, of a type's records or of all, newest first (FHIR R4 http.html#history)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import check_scope, note, visible
from medbridge.actions.steps.judging import cleared
from medbridge.audit.record import Deed
from medbridge.fhir.dates import interval
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.structure import resource_types
from medbridge.records import history, read
from medbridge.records.history import Window
from medbridge.records.read import Found

Pairs = Sequence[tuple[str, str]]

_FORM = ("_format", "_pretty")


@dataclass(frozen=True)
class Versions:
    """One page: only what the actor may see. `applied` are the parameters understood; `whole`: there are no more."""

    versions: list[Found]
    path: str
    applied: list[tuple[str, str]]
    next: str | None
    whole: bool


def read_history(
    *, actor: Actor, at: datetime, type: str | None = None, id: str | None = None, pairs: Pairs = ()
) -> Versions:
    """pairs: decoded query parameters: _since, _at, _count and the page link's _cursor.

    Raises FhirError 404 when there is no such record for this actor, 400 for parameters that are not understood.
    """
    path = "/".join(part for part in (type, id, "_history") if part)
    types = _types(actor, type, at=at, target=path)
    asked = _asked(pairs)
    applied = [(name, value) for name, value in asked.items() if name != "_cursor"]
    spelled = f"{path}?{urlencode(applied)}"
    after = paging.unseal(actor, spelled, asked["_cursor"]) if "_cursor" in asked else None
    limit = _count(asked.get("_count"))
    window = Window(types, id, _since(asked.get("_since")), _at(asked.get("_at")))
    rows = history.page(window, visible=visible(actor, at), limit=limit + 1, after=after)
    found = cleared([version for version, _ in rows[:limit]], actor=actor, at=at)
    more = paging.seal(actor, spelled, rows[limit - 1][0].at, rows[limit - 1][1]) if len(rows) > limit else None
    unknown = type and id and not found and (bool(rows) or not _is_there(type, id, actor, at))
    note(actor, _deeds(type, id, path, spelled, found, hidden=bool(unknown)), at=at)
    if unknown:
        raise FhirError(404, [Issue("not-found", f"{type}/{id} is not known.")])
    return Versions(found, path, applied, more, whole=more is None and after is None)


def _types(actor: Actor, type: str | None, *, at: datetime, target: str) -> list[str] | None:
    """The types whose versions are asked for and may be read; None for all."""
    if type is not None:
        check_scope(actor, type, "r", at=at, target=target)
        if type == "AuditEvent":
            raise FhirError(400, [Issue("not-supported", "An AuditEvent has one version; search AuditEvent instead.")])
        return [type]
    allowed = [each for each in resource_types() if actor.scopes.allow(each, "r")]
    if not allowed:
        check_scope(actor, "Resource", "r", at=at, target=target)
    return None if len(allowed) == len(resource_types()) else sorted(allowed)


def _asked(pairs: Pairs) -> dict[str, str]:
    asked = {name: value for name, value in pairs if name not in _FORM and value}
    if unknown := sorted(asked.keys() - {"_since", "_at", "_count", "_cursor"}):
        text = f"A history is narrowed by _since, _at and _count, not by “{unknown[0][:40]}”."
        raise FhirError(400, [Issue("not-supported", text)])
    return asked


def _since(text: str | None) -> datetime | None:
    return _moments("_since", text)[0] if text else None


def _at(text: str | None) -> tuple[datetime, datetime] | None:
    return _moments("_at", text) if text else None


def _moments(name: str, text: str) -> tuple[datetime, datetime]:
    try:
        return interval(text.replace(" ", "+"))  # an unescaped + in a URL means a space
    except ValueError:
        example = "2026-11-23T19:03:16Z or 2026-11-23"
        raise FhirError(400, [Issue("value", f"{name} must be a date or time such as {example}.")]) from None


def _count(text: str | None) -> int:
    text = str(settings.SEARCH_COUNT_DEFAULT) if text is None else text
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) == 0:
        raise FhirError(400, [Issue("value", f"_count must be a positive whole number, not “{text[:40]}”.")])
    return min(int(text), int(settings.SEARCH_COUNT_LIMIT))


def _is_there(type: str, id: str, actor: Actor, at: datetime) -> bool:
    """Whether an empty page is one of a record that this actor may see."""
    return bool(read.kept([(type, id)], visible=visible(actor, at)))


def _deeds(
    type: str | None, id: str | None, path: str, spelled: str, found: list[Found], *, hidden: bool
) -> list[Deed]:
    """One row for each patient whose versions are in the answer; of a record that is hidden, the attempt."""
    if type and id:
        whose = found[0].patient if found else read.patient_of(type, id)
        given = [version.version_pk for version in found]
        reason = HIDDEN if hidden else ""
        return [Deed("history", type, f"{type}/{id}", whose, not hidden, reason, count=len(found), versions=given)]
    touched: dict[str | None, list[int]] = {} if found else {None: []}
    for version in found:
        touched.setdefault(version.patient, []).append(version.version_pk)
    return [
        Deed("history", type or "Bundle", path, whose, query=spelled, count=len(given), versions=given)
        for whose, given in touched.items()
    ]
