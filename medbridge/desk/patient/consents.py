"""My consents: what is in force, giving one, taking one back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medbridge.accounts.models import Role
from medbridge.actions.grant_consent import Grant, grant_consent
from medbridge.actions.list_consents import list_consents
from medbridge.actions.preview_consent import preview_grant, preview_revocation
from medbridge.actions.revoke_consent import revoke_consent
from medbridge.desk.directory import Names, clinicians
from medbridge.desk.page import Visit, page
from medbridge.desk.patient.preview import effects
from medbridge.desk.patient.statement import statement
from medbridge.desk.words import CONSENT_KINDS, CONSENT_PURPOSES, KINDS, PURPOSES

_PERMIT, _DENY = "permit", "deny"


class GrantForm(forms.Form):
    """Choices are set by the page, from the directory."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What do you decide?"), initial=_PERMIT, widget=forms.RadioSelect,
        choices=[
            (_PERMIT, gettext_lazy("They may see my records")),
            (_DENY, gettext_lazy("They may not see my records")),
        ],
    )  # fmt: skip
    hospital = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)
    practitioner = forms.ChoiceField(
        label=gettext_lazy("Only one practitioner"), required=False,
        help_text=gettext_lazy("Choose somebody here instead of a whole hospital."),
    )  # fmt: skip
    purposes = forms.MultipleChoiceField(
        label=gettext_lazy("For what"), required=False, initial=["TREAT"], widget=forms.CheckboxSelectMultiple,
        choices=[(code, PURPOSES[code]) for code in CONSENT_PURPOSES],
        help_text=gettext_lazy("None chosen means: for any purpose."),
    )  # fmt: skip
    start = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )  # fmt: skip
    end = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Which records"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(type, KINDS[type]) for type in CONSENT_KINDS],
        help_text=gettext_lazy("None chosen means: all of them."),
    )  # fmt: skip

    def __init__(self, *args: Any, names: Names, **options: Any) -> None:
        super().__init__(*args, **options)
        anyone = ("", _("anyone"))
        hospitals, people = self.fields["hospital"], self.fields["practitioner"]
        assert isinstance(hospitals, forms.ChoiceField) and isinstance(people, forms.ChoiceField)  # noqa: S101
        hospitals.choices = [("", _("choose a hospital")), *names.hospitals.items()]
        people.choices = [anyone, *((each.reference, f"{each.name}, {each.hospital}") for each in clinicians(names))]

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if chosen.get("decision") == _PERMIT and not chosen.get("hospital") and not chosen.get("practitioner"):
            raise forms.ValidationError(_("Choose whom you let see your records: a hospital or a practitioner."))
        if chosen.get("start") and chosen.get("end") and chosen["end"] < chosen["start"]:
            raise forms.ValidationError(_("“Until” lies before “From”."))
        return chosen

    def grant(self) -> Grant:
        chosen = self.cleaned_data
        one = [chosen["practitioner"]] if chosen["practitioner"] else []
        return Grant(
            permit=chosen["decision"] == _PERMIT,
            # Actors of a provision are alternatives, so a hospital beside its practitioner would open to all of it.
            organizations=[chosen["hospital"]] if chosen["hospital"] and not one else [],
            practitioners=one, purposes=chosen["purposes"], types=chosen["kinds"],
            start=chosen["start"], end=chosen["end"],
        )  # fmt: skip


@page(Role.PATIENT)
def consents(visit: Visit) -> HttpResponse:
    return _show(visit, GrantForm(names=Names()))


@page(Role.PATIENT, methods="POST", back="desk:patient-consents")
def grant(visit: Visit) -> HttpResponse:
    """One consent is about one of her Patients and binds the data of all that are confirmed to be her."""
    form = GrantForm(visit.request.POST, names=Names())
    if not form.is_valid() or not visit.actor.patients:
        return _show(visit, form, status=400)
    grant_consent(actor=visit.actor, at=visit.at, patient=visit.actor.patients[0], grant=form.grant())
    messages.success(visit.request, _("Your decision is in force."))
    return redirect("desk:patient-consents")


@page(Role.PATIENT, methods="POST", back="desk:patient-consents")
def preview(visit: Visit) -> HttpResponse:
    """The form as it was filled in, with what it would change; nothing is saved."""
    form = GrantForm(visit.request.POST, names=Names())
    if not form.is_valid() or not visit.actor.patients:
        return _show(visit, form, status=400)
    found = preview_grant(actor=visit.actor, at=visit.at, patient=visit.actor.patients[0], grant=form.grant())
    return _show(visit, form, previewed=True, effects=effects(found), whole=found.whole)


@page(Role.PATIENT)
def before_revoking(visit: Visit, id: str) -> HttpResponse:
    found = preview_revocation(actor=visit.actor, at=visit.at, consent=id)
    return visit.show("desk/patient/revoke.html", id=id, effects=effects(found), whole=found.whole)


@page(Role.PATIENT, methods="POST", back="desk:patient-consents")
def revoke(visit: Visit, id: str) -> HttpResponse:
    revoke_consent(actor=visit.actor, at=visit.at, consent=id)
    messages.success(visit.request, _("The consent is revoked. It ends with the next request."))
    return redirect("desk:patient-consents")


def _show(visit: Visit, form: GrantForm, status: int = 200, **preview: object) -> HttpResponse:
    names = Names()
    people = clinicians(names)
    found = [
        statement(each, names, people, today=visit.at.date())
        for each in list_consents(actor=visit.actor, at=visit.at)
    ]  # fmt: skip
    return visit.show("desk/patient/consents.html", consents=found, form=form, status=status, **preview)
