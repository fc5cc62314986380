"""FHIR R4 RESTful interactions on one type (http.html): translate, one action, translate back."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from medbridge.accounts.tokens import Presumed
from medbridge.actions.create_record import create_record
from medbridge.actions.delete_record import delete_record
from medbridge.actions.patch_record import patch_record
from medbridge.actions.push_bundle import push_bundle
from medbridge.actions.read_accesses import read_access, search_accesses
from medbridge.actions.read_history import read_history
from medbridge.actions.read_record import Found, read_presumed, read_record
from medbridge.actions.search_records import search_presumed, search_records
from medbridge.actions.steps import answers
from medbridge.actions.steps.entries import creates_only, version_of
from medbridge.actions.steps.intent import Outcome
from medbridge.actions.update_record import update_record
from medbridge.api import query
from medbridge.api.conditional import unmodified
from medbridge.api.negotiation import FORM
from medbridge.api.preferences import is_strict, told
from medbridge.api.view import FhirView, fhir
from medbridge.fhir.outcome import FhirError, Issue

BASE = f"{settings.PUBLIC_URL}/fhir"


class System(FhirView):
    """POST a Bundle to the base."""

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = told(request.META, otherwise="minimal")
        return fhir(push_bundle(actor=self.actor, at=self.at, body=request.body, told=wanted))


class Type(FhirView):
    """Search, create, and what is done to the record that a search finds."""

    def get_presumed(self, request: HttpRequest, presumed: Presumed, *args: str, **kwargs: str) -> HttpResponse | None:
        return _search_presumed(self, request, presumed, kwargs["type"])

    def get(self, request: HttpRequest, type: str) -> HttpResponse:
        return _search(self, request, type, query.text_of(request))

    def post(self, request: HttpRequest, type: str) -> HttpResponse:
        outcome = create_record(
            actor=self.actor, at=self.at, type=type, body=request.body,
            if_none_exist=request.headers.get("If-None-Exist"),
        )  # fmt: skip
        return _written(request, outcome)

    def put(self, request: HttpRequest, type: str) -> HttpResponse:
        return _update(self, request, type, None, criteria=query.text_of(request))

    def patch(self, request: HttpRequest, type: str) -> HttpResponse:
        return _patch(self, request, type, None, criteria=query.text_of(request))

    def delete(self, request: HttpRequest, type: str) -> HttpResponse:
        return _delete(self, request, type, None, criteria=query.text_of(request))


class Search(FhirView):
    """POST [type]/_search: the form's fields and the URL's parameters together."""

    takes = FORM

    def get(self, request: HttpRequest, type: str) -> HttpResponse:
        return _search(self, request, type, query.text_of(request))

    def post(self, request: HttpRequest, type: str) -> HttpResponse:
        form = query.decoded(request.body)
        return _search(self, request, type, "&".join(filter(None, [query.text_of(request), form])))


class Compartment(FhirView):
    """GET [compartment]/[id]/[type], and POST of the same with _search (R4 search.html#searchcontexts)."""

    takes = FORM

    def get_presumed(self, request: HttpRequest, presumed: Presumed, *args: str, **kwargs: str) -> HttpResponse | None:
        compartment = kwargs["within"], kwargs["id"]
        return _search_presumed(self, request, presumed, kwargs["type"], compartment=compartment)

    def get(self, request: HttpRequest, type: str, within: str, id: str) -> HttpResponse:
        return _search(self, request, type, query.text_of(request), compartment=(within, id))

    def post(self, request: HttpRequest, type: str, within: str, id: str) -> HttpResponse:
        form = query.decoded(request.body)
        text = "&".join(filter(None, [query.text_of(request), form]))
        return _search(self, request, type, text, compartment=(within, id))


class Instance(FhirView):
    """Read, update, patch, delete."""

    def get_presumed(self, request: HttpRequest, presumed: Presumed, *args: str, **kwargs: str) -> HttpResponse | None:
        type, id = kwargs["type"], kwargs["id"]
        found = read_presumed(presumed=presumed, at=self.at, type=type, id=id) if type != "AuditEvent" else None
        return _found(request, found) if found else None

    def get(self, request: HttpRequest, type: str, id: str) -> HttpResponse:
        if type == "AuditEvent":
            return fhir(read_access(actor=self.actor, at=self.at, id=id))
        found = read_record(actor=self.actor, at=self.at, type=type, id=id)
        return _found(request, found)

    def put(self, request: HttpRequest, type: str, id: str) -> HttpResponse:
        return _update(self, request, type, id)

    def patch(self, request: HttpRequest, type: str, id: str) -> HttpResponse:
        return _patch(self, request, type, id)

    def delete(self, request: HttpRequest, type: str, id: str) -> HttpResponse:
        return _delete(self, request, type, id)


class History(FhirView):
    """The versions of one record, of a type's records, or of all."""

    def get(self, request: HttpRequest, type: str | None = None, id: str | None = None) -> HttpResponse:
        pairs = query.pairs(query.text_of(request))
        versions = read_history(actor=self.actor, at=self.at, type=type, id=id, pairs=pairs)
        return fhir(answers.history(versions, base=BASE))


class Version(FhirView):
    """One version (vread)."""

    def get(self, request: HttpRequest, type: str, id: str, version: str) -> HttpResponse:
        found = read_record(actor=self.actor, at=self.at, type=type, id=id, version=int(version))
        return _found(request, found)


class Nothing(FhirView):
    """Every other URL below /fhir, so that its error is an OperationOutcome too."""

    def get(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        raise FhirError(404, [Issue("not-found", "There is nothing at this URL.")])

    post = put = patch = delete = get


def _search(
    view: FhirView, request: HttpRequest, type: str, text: str, *, compartment: tuple[str, str] | None = None
) -> HttpResponse:
    pairs = query.pairs(text)
    if type == "AuditEvent":
        pairs = [*_whose(compartment), *pairs]
        return fhir(search_accesses(actor=view.actor, at=view.at, pairs=pairs, base=BASE))
    strict = is_strict(request.META)
    page = search_records(actor=view.actor, at=view.at, type=type, pairs=pairs, strict=strict, compartment=compartment)
    return fhir(answers.searchset(page, base=BASE))


def _search_presumed(
    view: FhirView, request: HttpRequest, presumed: Presumed, type: str, *, compartment: tuple[str, str] | None = None
) -> HttpResponse | None:
    if type == "AuditEvent":
        return None
    try:
        pairs = query.pairs(query.text_of(request))
    except FhirError:
        return None
    page = search_presumed(
        presumed=presumed, at=view.at, type=type, pairs=pairs, strict=is_strict(request.META), compartment=compartment
    )
    return fhir(answers.searchset(page, base=BASE)) if page else None


def _whose(compartment: tuple[str, str] | None) -> list[tuple[str, str]]:
    """Access records are found by the Patient they are about, in her compartment too."""
    if compartment is None:
        return []
    if compartment[0] != "Patient":
        raise FhirError(400, [Issue("not-supported", "Access records are in the compartments of Patients only.")])
    return [("patient", compartment[1])]


def _update(
    view: FhirView, request: HttpRequest, type: str, id: str | None, *, criteria: str | None = None
) -> HttpResponse:
    headers = request.headers
    outcome = update_record(
        actor=view.actor, at=view.at, type=type, id=id, body=request.body, criteria=criteria,
        if_match=version_of(headers.get("If-Match")), create_only=creates_only(headers.get("If-None-Match")),
    )  # fmt: skip
    return _written(request, outcome)


def _patch(
    view: FhirView, request: HttpRequest, type: str, id: str | None, *, criteria: str | None = None
) -> HttpResponse:
    if_match = version_of(request.headers.get("If-Match"))
    outcome = patch_record(actor=view.actor, at=view.at, type=type, id=id, body=request.body, criteria=criteria,
                           if_match=if_match)  # fmt: skip
    return _written(request, outcome)


def _delete(
    view: FhirView, request: HttpRequest, type: str, id: str | None, *, criteria: str | None = None
) -> HttpResponse:
    if_match = version_of(request.headers.get("If-Match"))
    outcome = delete_record(actor=view.actor, at=view.at, type=type, id=id, criteria=criteria, if_match=if_match)
    said = told(request.META, otherwise="minimal") == "OperationOutcome"
    response = fhir(answers.ALL_OK) if said else HttpResponse(status=204)
    if outcome.stored:
        response["ETag"] = answers.etag(outcome.stored.version)
    return response


def _found(request: HttpRequest, found: Found) -> HttpResponse:
    etag = answers.etag(found.version)
    if unmodified(request.META, etag=etag, at=found.at):
        return HttpResponse(status=304, headers={"ETag": etag})
    response = fhir(found.body)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(found.at.timestamp())
    return response


def _written(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    version = outcome.stored or outcome.existing
    if version is None:
        return HttpResponse(status=outcome.status)
    bodies = {"minimal": b"", "representation": version.body, "OperationOutcome": answers.ALL_OK}
    response = fhir(bodies[told(request.META, otherwise="representation")], status=outcome.status)
    response["Location"] = f"{BASE}/{version.subject}"
    response["ETag"] = answers.etag(version.version)
    response["Last-Modified"] = http_date(version.at.timestamp())
    return response
