"""The accounting of disclosures as a file: CSV for a spreadsheet, PDF for a letter."""

import csv
import io
from collections.abc import Iterator

from django.http import HttpResponse
from django.utils.translation import gettext as _

from medbridge.accounts.models import Role
from medbridge.actions.account_disclosures import account_disclosures
from medbridge.desk.accesses import Look, in_words
from medbridge.desk.page import Visit, page
from medbridge.desk.pdf import table

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = (27, 38, 38, 52, 24, 20, 58)  # millimetres of a landscape A4 page


@page(Role.PATIENT)
def as_csv(visit: Visit) -> HttpResponse:
    rows, whole = _disclosed(visit)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_heads())
    for row in rows:
        writer.writerow([_safe(cell) for cell in _cells(row)])
    if not whole:
        writer.writerow([_("Older ones are left out.")])
    # With a byte order mark: spreadsheets take it for another encoding otherwise.
    return _file(visit, text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@page(Role.PATIENT)
def as_pdf(visit: Visit) -> HttpResponse:
    rows, whole = _disclosed(visit)
    name = visit.account.name or visit.account.username
    said = [
        _("Who looked at the records of %(name)s") % {"name": name},
        _("Made on %(day)s (UTC), %(count)s accesses, newest first.")
        % {"day": f"{visit.at:%Y-%m-%d %H:%M}", "count": len(rows)},
    ]
    if not whole:
        said.append(_("Older ones are left out."))
    heads = [_("When (UTC)"), _("Who"), _("Hospital"), _("What"), _("Why"), _("Outcome"), _("Decided by")]
    body = table(said, heads, (list(_printed(row)) for row in rows), _WIDTHS)
    return _file(visit, body, "application/pdf", "pdf")


def _disclosed(visit: Visit) -> tuple[list[Look], bool]:
    rows, whole = account_disclosures(actor=visit.actor, at=visit.at)
    return in_words(rows), whole


def _heads() -> list[str]:
    """Of _cells."""
    return [
        _("When (UTC)"), _("Who"), _("Role"), _("Hospital"), _("What"), _("Kind of record"), _("Records"), _("Why"),
        _("Outcome"), _("Reason"), _("Decided by"), _("Request"), _("Access record"),
    ]  # fmt: skip


def _cells(look: Look) -> Iterator[str]:
    yield from (f"{look.at:%Y-%m-%d %H:%M:%S}", look.who, str(look.role), look.hospital, str(look.what), str(look.kind))
    yield from (
        str(look.count),
        str(look.why),
        _outcome(look),
        str(look.reason),
        look.under,
        look.request,
        str(look.id),
    )


def _printed(look: Look) -> Iterator[str]:
    yield from (f"{look.at:%Y-%m-%d %H:%M}", f"{look.who}, {look.role}", look.hospital)
    yield from (f"{look.what}: {look.kind} × {look.count}", str(look.why), _outcome(look))
    yield " ".join(filter(None, [look.under, str(look.reason)]))


def _outcome(look: Look) -> str:
    return _("Allowed") if look.allowed else _("Refused")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _file(visit: Visit, body: bytes, type: str, ending: str) -> HttpResponse:
    name = f"disclosures-{visit.at:%Y-%m-%d}.{ending}"
    return HttpResponse(body, content_type=type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
