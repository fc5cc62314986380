"""Which pages each role's desk has; the first one is where it starts."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from medbridge.accounts.models import Role

_HOSPITAL = (
    ("desk:hospital-inbox", _("Inbox")),
    ("desk:hospital-sources", _("Senders")),
    ("desk:hospital-identity", _("Same person?")),
    ("desk:hospital-accounts", _("Patient accounts")),
)
PAGES: dict[str, tuple[tuple[str, Promise], ...]] = {
    Role.PATIENT: (
        ("desk:patient-records", _("My records")),
        ("desk:patient-accesses", _("Who looked")),
        ("desk:patient-sight", _("Who can see my records")),
        ("desk:patient-consents", _("My consents")),
    ),
    Role.CLINICIAN: (("desk:clinician-find", _("Find a patient")),),
    Role.AUDITOR: (
        ("desk:auditor-receipt", _("Check a receipt")),
        ("desk:auditor-log", _("The log")),
        ("desk:auditor-accesses", _("Accesses")),
        ("desk:auditor-reviews", _("Emergencies to review")),
    ),
    Role.ENGINEER: _HOSPITAL,
    Role.FEED: _HOSPITAL[:1],
    Role.OPERATOR: (("desk:operator-overview", _("Overview")),),
}


def pages_of(role: str) -> tuple[tuple[str, Promise], ...]:
    return PAGES.get(role, ())


def first_page(role: str) -> str:
    return PAGES[role][0][0]
