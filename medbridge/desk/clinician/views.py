"""The clinician's desk: find a patient, read the history across hospitals. What is withheld is not hinted at."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from medbridge.accounts.models import Role
from medbridge.actions.break_glass import break_glass
from medbridge.actions.read_everything import read_everything
from medbridge.actions.search_records import search_records
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.desk import download
from medbridge.desk.directory import Names
from medbridge.desk.lines import person_name
from medbridge.desk.page import Visit, page
from medbridge.desk.records import Line, listed
from medbridge.desk.session import CHOICES, choose_purpose, keep_glass_broken
from medbridge.desk.words import KINDS, OTHER_KINDS, PURPOSES, kind, word
from medbridge.fhir.parse import parse

FOUND_MOST = 50
PAGE = 500
# They say how a record came here, not what happened to the patient.
_NOT_HISTORY = ("Provenance", "Consent")


@dataclass(frozen=True)
class Match:
    id: str
    name: str
    birth_date: str
    gender: str
    hospital: str


@page(Role.CLINICIAN)
def find(visit: Visit) -> HttpResponse:
    asked = {name: visit.request.GET.get(name, "").strip() for name in ("name", "birthdate", "identifier")}
    pairs = [(name, value) for name, value in asked.items() if value]
    found = _matches(visit, pairs) if pairs else []
    return visit.show("desk/clinician/find.html", asked=asked, searched=bool(pairs), found=found, **_purposes(visit))


@page(Role.CLINICIAN)
def history(visit: Visit, patient: str) -> HttpResponse:
    cursor = visit.request.GET.get("cursor")
    everything = read_everything(actor=visit.actor, at=visit.at, patient=patient, limit=PAGE, cursor=cursor)
    found = [line for line in listed(everything.hits, Names()) if line.type not in _NOT_HISTORY]
    chosen = visit.request.GET.get("kind", "")
    return visit.show(
        "desk/clinician/history.html",
        patient=patient, people=[line for line in found if line.type == "Patient"],
        lines=[line for line in found if line.type == chosen or (not chosen and line.type != "Patient")],
        kinds=_kinds(found), chosen=chosen, next=everything.next, **_purposes(visit),
    )  # fmt: skip


@page(Role.CLINICIAN, methods="POST", back="desk:clinician-find")
def purpose(visit: Visit) -> HttpResponse:
    if not choose_purpose(visit.request, visit.request.POST.get("purpose", "")):
        messages.error(visit.request, _("Choose a purpose from the list."))
    back = visit.request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "desk:clinician-find")


@page(Role.CLINICIAN, methods="POST", back="desk:clinician-find")
def glass(visit: Visit) -> HttpResponse:
    said = break_glass(
        actor=replace(visit.actor, purpose=BREAK_THE_GLASS), at=visit.at, reason=visit.request.POST.get("reason", "")
    )
    keep_glass_broken(visit.request, said, until=visit.at + timedelta(seconds=settings.GLASS_SECONDS))
    messages.warning(visit.request, _("The glass is broken. The patient and the auditor see your reason."))
    return redirect("desk:clinician-find")


document = page(Role.CLINICIAN)(download.document)
receipt = page(Role.CLINICIAN)(download.receipt)
ots = page(Role.CLINICIAN)(download.ots)


def _matches(visit: Visit, pairs: list[tuple[str, str]]) -> list[Match]:
    answer = search_records(
        actor=visit.actor, at=visit.at, type="Patient", pairs=[*pairs, ("_count", str(FOUND_MOST))], strict=True
    )
    names = Names()
    shown = [(hit, parse(hit.body)) for hit in answer.hits]
    return [
        Match(hit.id, person_name(patient), str(patient.get("birthDate", "")), str(patient.get("gender", "")),
              names.hospital(hit.hospital))
        for hit, patient in shown
    ]  # fmt: skip


def _kinds(found: list[Line]) -> list[tuple[str, str, int]]:
    """(type, word, how many) of what the reader may see, for narrowing the timeline."""
    counts = {type: sum(line.type == type for line in found) for type in (*KINDS, *OTHER_KINDS)}
    return [(type, kind(type), count) for type, count in counts.items() if count and type != "Patient"]


def _purposes(visit: Visit) -> dict[str, object]:
    """A broken glass is no choice of the list, but is shown while it lasts."""
    broken = visit.actor.purpose == BREAK_THE_GLASS
    codes = [*CHOICES, BREAK_THE_GLASS] if broken else CHOICES
    member = f"Group/{settings.EMERGENCY_GROUP}" in visit.actor.groups
    return {
        "purposes": [(code, word(PURPOSES, code)) for code in codes], "purpose": visit.actor.purpose,
        "may_break": member and not broken, "broken": broken,
    }  # fmt: skip
