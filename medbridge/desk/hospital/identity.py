"""Pairs of Patients that may be one person, for the hospital's engineer to decide on."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from medbridge.accounts.models import Role
from medbridge.actions.review_links import Doubt, Side, list_doubts, settle_doubt
from medbridge.desk import lines
from medbridge.desk.directory import Names
from medbridge.desk.page import Visit, page
from medbridge.desk.words import REASONS, word


@page(Role.ENGINEER)
def doubts(visit: Visit) -> HttpResponse:
    names = Names()
    found = [_shown(doubt, names) for doubt in list_doubts(actor=visit.actor, at=visit.at)]
    return visit.show("desk/hospital/identity.html", doubts=found)


@page(Role.ENGINEER, methods="POST", back="desk:hospital-identity")
def settle(visit: Visit, candidate: int) -> HttpResponse:
    same = visit.request.POST.get("same") == "yes"
    settle_doubt(actor=visit.actor, at=visit.at, candidate=candidate, same=same)
    messages.success(visit.request, _("Linked as one person.") if same else _("Kept apart as two persons."))
    return redirect("desk:hospital-identity")


def _shown(doubt: Doubt, names: Names) -> dict[str, object]:
    return {
        "candidate": doubt.candidate,
        "reasons": [word(REASONS, reason) for reason in doubt.reasons],
        "at": doubt.at,
        "sides": [_side(side, names) for side in doubt.sides],
    }


def _side(side: Side, names: Names) -> dict[str, object]:
    resource = side.resource
    return {
        "hospital": names.hospital(side.hospital),
        "id": side.patient,
        "own": resource is not None,
        "name": lines.title(resource) if resource else "",
        "details": lines.value(resource) if resource else "",
    }
