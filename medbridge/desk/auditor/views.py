"""The auditor's desk: check a receipt against its document, watch the log, read the access records."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medbridge.accounts.models import Role
from medbridge.actions.check_receipt import Check, check_receipt
from medbridge.actions.read_log import read_log
from medbridge.actions.review_glass import review_glass
from medbridge.desk.accesses import looks, unreviewed
from medbridge.desk.page import Visit, page
from medbridge.desk.words import ANCHOR_STATES, CHECKS, OUTCOMES, word


class ReceiptForm(forms.Form):
    receipt = forms.FileField(
        label=gettext_lazy("Receipt"), help_text=gettext_lazy("The file whose name ends in .receipt.json.")
    )
    document = forms.FileField(
        label=gettext_lazy("Document"), required=False, allow_empty_file=True,
        help_text=gettext_lazy("The record itself, exactly as it was downloaded."),
    )  # fmt: skip
    key = forms.CharField(
        label=gettext_lazy("Log key that you trust"), required=False,
        help_text=gettext_lazy("Without one, the key that came with the receipt is used and the check is skipped."),
    )  # fmt: skip


@dataclass(frozen=True)
class Row:
    """`anchor`: from 1, or None for a check of the receipt itself."""

    number: int
    anchor: int | None
    title: str
    outcome: str
    outcome_word: str
    sentence: str


@page(Role.AUDITOR, methods="GET POST", back="desk:auditor-receipt")
def receipt(visit: Visit) -> HttpResponse:
    form = ReceiptForm(visit.request.POST, visit.request.FILES) if visit.request.method == "POST" else ReceiptForm()
    if not form.is_valid():
        return visit.show("desk/auditor/receipt.html", form=form, status=400 if form.is_bound else 200)
    report = check_receipt(actor=visit.actor, at=visit.at, **_uploaded(form))
    return visit.show(
        "desk/auditor/receipt.html", form=ReceiptForm(), report=report, checks=[_row(each) for each in report.checks]
    )


@page(Role.AUDITOR)
def log(visit: Visit) -> HttpResponse:
    view = read_log(actor=visit.actor, at=visit.at)
    anchors = [(anchor, word(ANCHOR_STATES, anchor.state)) for anchor in view.anchors]
    return visit.show("desk/auditor/log.html", checkpoint=view.checkpoint, anchors=anchors)


@page(Role.AUDITOR)
def accesses(visit: Visit) -> HttpResponse:
    found, before = looks(visit, others_only=False)
    return visit.show("desk/auditor/accesses.html", looks=found, before=before)


@page(Role.AUDITOR)
def reviews(visit: Visit) -> HttpResponse:
    return visit.show("desk/auditor/reviews.html", looks=unreviewed(visit))


@page(Role.AUDITOR, methods="POST", back="desk:auditor-reviews")
def review(visit: Visit, id: UUID) -> HttpResponse:
    review_glass(actor=visit.actor, at=visit.at, access=id, note=visit.request.POST.get("note", ""))
    messages.success(visit.request, _("Reviewed."))
    return redirect("desk:auditor-reviews")


def _uploaded(form: ReceiptForm) -> dict[str, Any]:
    document = form.cleaned_data["document"]
    return {
        "receipt": form.cleaned_data["receipt"].read(),
        "document": document.read() if document else None,
        "key": form.cleaned_data["key"],
    }


def _row(check: Check) -> Row:
    anchor = None if check.anchor is None else check.anchor + 1
    code = check.outcome.value
    return Row(check.number, anchor, word(CHECKS, check.title), code, word(OUTCOMES, code), check.sentence)
