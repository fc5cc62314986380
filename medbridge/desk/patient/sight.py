"""Who can see my records: each hospital and each reader that a consent names, kind by kind, with what decides."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _

from medbridge.accounts.models import Role
from medbridge.actions.list_consents import list_consents
from medbridge.actions.who_can_see import Reader, Ruled, who_can_see_mine
from medbridge.desk.directory import Clinician, Names, clinicians
from medbridge.desk.page import Visit, page
from medbridge.desk.words import PURPOSES, ROLES, RULES, kind, word


@dataclass(frozen=True)
class Line:
    """So many records of one kind. `consent`: its id, version and provision, or "" where a standing rule decides."""

    kind: str
    count: int
    visible: bool
    why: str
    consent: str


@dataclass(frozen=True)
class View:
    """What one kind of reader sees."""

    who: str
    shown: int
    total: int
    lines: list[Line]


@page(Role.PATIENT)
def sight(visit: Visit) -> HttpResponse:
    found = who_can_see_mine(actor=visit.actor, at=visit.at)
    purposes = list(dict.fromkeys(reader.purpose for reader in found.readers if reader.purpose))
    asked = visit.request.GET.get("purpose", "TREAT")
    purpose = asked if asked in purposes else "TREAT"
    names = Names()
    recorders = {each.resource["id"]: _recorder(each.own, names.hospital(each.hospital))
                 for each in list_consents(actor=visit.actor, at=visit.at)}  # fmt: skip
    people = clinicians(names)
    views = [
        _view(who(reader, names, people), told, recorders)
        for reader, told in found.readers.items()
        if reader.purpose in (purpose, "")
    ]
    return visit.show(
        "desk/patient/sight.html", views=sorted(views, key=lambda view: view.who), whole=found.whole, purpose=purpose,
        purposes=[(code, word(PURPOSES, code)) for code in purposes],
    )  # fmt: skip


def who(reader: Reader, names: Names, people: list[Clinician]) -> str:
    """The hospital; before it the practitioner, the groups or the role, where it is not every clinician."""
    hospital = names.hospital(reader.hospital)
    if reader.practitioner:
        known = {each.reference: each.name for each in people}
        return f"{known.get(reader.practitioner, reader.practitioner)}, {hospital}"
    if reader.groups:
        return _("%(hospital)s: members of %(groups)s") % {"hospital": hospital, "groups": ", ".join(reader.groups)}
    return hospital if reader.role == Role.CLINICIAN else f"{hospital}: {word(ROLES, reader.role)}"


def _view(who: str, told: list[Ruled], recorders: dict[str, str]) -> View:
    lines = [_line(each, recorders) for each in told]
    lines.sort(key=lambda line: (not line.visible, line.kind))
    return View(who, sum(line.count for line in lines if line.visible), sum(line.count for line in lines), lines)


def _line(ruled: Ruled, recorders: dict[str, str]) -> Line:
    decision = ruled.decision
    place, why = "", word(RULES, decision.reason)
    if decision.consent:
        place = f"Consent/{decision.consent} · {decision.version} · {decision.path}"
        by = {"who": recorders.get(decision.consent, "")}
        why = (
            _("A consent allows it, recorded by %(who)s.") % by
            if decision.visible
            else _("A consent forbids it, recorded by %(who)s.") % by
        )
    elif decision.reason not in RULES and not decision.visible:
        why = _("Only the emergency group may break the glass.")
    return Line(kind(ruled.type), ruled.count, decision.visible, why, place)


def _recorder(own: bool, hospital: str) -> str:
    return _("you") if own else hospital
