"""The patient's desk: my records with their proofs, and who looked."""

from django.http import HttpResponse

from medbridge.accounts.models import Role
from medbridge.actions.read_everything import Everything, read_everything
from medbridge.desk import download
from medbridge.desk.accesses import broken_glass, looks
from medbridge.desk.directory import Names
from medbridge.desk.page import Visit, page
from medbridge.desk.records import grouped, listed

# A page longer than this is not read; the rest is one link away.
PAGE = 500
# As it happens: sooner than a person looks again, and one page of 50 rows each time.
REFRESH_SECONDS = 10


@page(Role.PATIENT)
def records(visit: Visit) -> HttpResponse:
    """Everything of the Patients that are confirmed to be her, and of those linked to them."""
    patient, cursor = visit.request.GET.get("patient"), visit.request.GET.get("cursor")
    asked = [patient] if patient in visit.actor.patients else visit.actor.patients
    found: list[tuple[str, Everything]] = []
    for each in asked:
        # Patients linked to each other have one history: it is shown once.
        if all(("Patient", each) != (hit.type, hit.id) for _, everything in found for hit in everything.hits):
            found.append(
                (each, read_everything(actor=visit.actor, at=visit.at, patient=each, limit=PAGE, cursor=cursor))
            )
    hits = {(hit.type, hit.id): hit for _, everything in found for hit in everything.hits}
    more = [(each, everything.next) for each, everything in found if everything.next]
    groups = grouped(listed(list(hits.values()), Names()))
    return visit.show("desk/patient/records.html", groups=groups, more=more, count=len(hits), glass=broken_glass(visit))


@page(Role.PATIENT)
def accesses(visit: Visit) -> HttpResponse:
    mine = visit.request.GET.get("show") == "all"
    found, before = looks(visit, others_only=not mine)
    live = "before" not in visit.request.GET and visit.request.GET.get("live") != "0"
    response = visit.show("desk/patient/accesses.html", looks=found, before=before, mine=mine, live=live)
    if live:
        # The browser asks again by itself: without a script, of which the policy of the pages allows none.
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


document = page(Role.PATIENT)(download.document)
receipt = page(Role.PATIENT)(download.receipt)
ots = page(Role.PATIENT)(download.ots)
