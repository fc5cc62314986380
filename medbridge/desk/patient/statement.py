"""A Consent resource in words: whom it lets see what, for what and how long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from medbridge.actions.list_consents import Recorded
from medbridge.desk.directory import Clinician, Names
from medbridge.desk.words import PURPOSES, kind, word


@dataclass(frozen=True)
class Statement:
    """Empty `who`, `purposes` or `kinds` mean no limit of that kind. `finer`: nested rules that the words leave out."""

    id: str
    version: int
    active: bool
    status: str
    permit: bool
    who: list[str]
    purposes: list[str]
    kinds: list[str]
    start: str
    end: str
    finer: bool
    own: bool
    recorded_by: str


def statement(recorded: Recorded, names: Names, people: Iterable[Clinician], *, today: date) -> Statement:
    resource = recorded.resource
    provision = resource.get("provision", {})
    known = {each.reference: f"{each.name} ({each.hospital})" for each in people}
    start, end = _period(provision)
    return Statement(
        id=resource["id"], version=int(resource["meta"]["versionId"]), active=resource.get("status") == "active",
        status=_status(resource.get("status"), start, end, today), permit=_permits(resource, provision),
        who=[_who(actor, known, names) for actor in provision.get("actor", [])],
        purposes=[word(PURPOSES, coding.get("code", "")) for coding in provision.get("purpose", [])],
        kinds=[kind(coding.get("code", "")) for coding in provision.get("class", [])],
        start=start, end=end, finer=bool(provision.get("provision")), own=recorded.own,
        recorded_by=_("you") if recorded.own else names.hospital(recorded.hospital),
    )  # fmt: skip


def _permits(resource: dict[str, Any], provision: dict[str, Any]) -> bool:
    """The root provision's type; where it has none, what the policy rule says (OPTIN permits)."""
    if "type" in provision:
        return bool(provision["type"] == "permit")
    codings = resource.get("policyRule", {}).get("coding", [])
    return any(coding.get("code") == "OPTIN" for coding in codings)


def _status(code: str | None, start: str, end: str, today: date) -> str:
    """The comparison of ISO dates as texts is that of the dates."""
    if code != "active":
        return _("Revoked") if code == "inactive" else _("Not in force")
    if end and end[:10] < today.isoformat()[: len(end)]:
        return _("Ended")
    if start and start[:10] > today.isoformat()[: len(start)]:
        return _("Not begun yet")
    return _("In force")


def _period(provision: dict[str, Any]) -> tuple[str, str]:
    period = provision.get("period", {})
    return str(period.get("start", ""))[:10], str(period.get("end", ""))[:10]


def _who(actor: dict[str, Any], known: dict[str, str], names: Names) -> str:
    reference = str(actor.get("reference", {}).get("reference", ""))
    type, _slash, id = reference.partition("/")
    return names.hospital(id) if type == "Organization" else known.get(reference, reference)
