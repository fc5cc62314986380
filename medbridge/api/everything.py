"""$everything of a Patient, of the asking patient's own Patients, and of an Encounter."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from medbridge.actions.read_encounter import read_encounter
from medbridge.actions.read_everything import Everything as Page
from medbridge.actions.read_everything import Part, read_everything, read_own
from medbridge.actions.steps import answers
from medbridge.api import parameters
from medbridge.api.view import FhirView, fhir
from medbridge.fhir.dates import interval
from medbridge.fhir.outcome import bad_request
from medbridge.fhir.structure import resource_types

NAMES = ("_count", "_since", "_type", "end", "start")
_KNOWN = frozenset({*NAMES, "_cursor", "_format", "_pretty"})


class Everything(FhirView):
    """Patient/{id}/$everything and, for a patient's own account, Patient/$everything."""

    def get(self, request: HttpRequest, id: str = "") -> HttpResponse:
        pairs = parameters.sent(request)
        sent, part = _asked(pairs)
        limit, cursor = _count(sent.get("_count")), sent.get("_cursor")
        if id:
            page = read_everything(actor=self.actor, at=self.at, patient=id, limit=limit, cursor=cursor, part=part)
        else:
            page = read_own(actor=self.actor, at=self.at, limit=limit, cursor=cursor, part=part)
        return _answer(page, f"Patient/{id}/$everything" if id else "Patient/$everything", pairs)

    post = get


class EncounterEverything(FhirView):
    """Encounter/{id}/$everything."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        pairs = parameters.sent(request)
        sent, part = _asked(pairs)
        page = read_encounter(
            actor=self.actor, at=self.at, encounter=id, limit=_count(sent.get("_count")), cursor=sent.get("_cursor"),
            part=part,
        )  # fmt: skip
        return _answer(page, f"Encounter/{id}/$everything", pairs)

    post = get


def _answer(page: Page, path: str, pairs: list[tuple[str, str]]) -> HttpResponse:
    """The next page is a GET, whatever the first was: its link holds all parameters."""
    return fhir(answers.everything(page, base=f"{settings.PUBLIC_URL}/fhir", path=path, pairs=pairs))


def _asked(pairs: list[tuple[str, str]]) -> tuple[Mapping[str, str], Part]:
    """Raises FhirError 400 for a parameter that is not known or has no such value."""
    parameters.check_known(pairs, _KNOWN)
    sent = dict(pairs)
    types = [type for name, value in pairs if name == "_type" for type in value.split(",") if type]
    if bad := next((type for type in types if type not in resource_types()), None):
        raise bad_request(f"_type: “{bad[:64]}” is not a resource type.", code="value")
    part = Part(
        tuple(sorted(set(types))), _moment(sent, "_since"), _moment(sent, "start"), _moment(sent, "end", last=True)
    )
    return sent, part


def _moment(sent: Mapping[str, str], name: str, *, last: bool = False) -> datetime | None:
    """The first instant that the date can mean, or the last."""
    if name not in sent:
        return None
    try:
        return interval(sent[name])[last]
    except ValueError:
        raise bad_request(f"{name} is a date such as 2024-03-01, not “{sent[name][:40]}”.", code="value") from None


def _count(text: str | None) -> int:
    if text is None:
        return int(settings.SEARCH_COUNT_LIMIT)
    if not (text.isascii() and text.isdigit()) or not 0 < len(text) < 10 or int(text) == 0:
        raise bad_request(f"_count must be a positive whole number, not “{text[:40]}”.", code="value")
    return min(int(text), int(settings.SEARCH_COUNT_LIMIT))
