"""Confirm that an account belongs to one of the hospital's Patients."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medbridge.accounts.models import Role
from medbridge.actions.confirm_patient import confirm_patient
from medbridge.desk.page import Visit, page


class ConfirmForm(forms.Form):
    username = forms.CharField(label=gettext_lazy("Account name"), max_length=150)
    patient = forms.CharField(
        label=gettext_lazy("Patient id"), max_length=64,
        help_text=gettext_lazy("The id of your hospital's Patient record, without “Patient/”."),
    )  # fmt: skip


@page(Role.ENGINEER, methods="GET POST", back="desk:hospital-accounts")
def confirm(visit: Visit) -> HttpResponse:
    form = ConfirmForm(visit.request.POST if visit.request.method == "POST" else None)
    if not form.is_valid():
        return visit.show("desk/hospital/accounts.html", form=form, status=400 if form.is_bound else 200)
    username, patient = form.cleaned_data["username"], form.cleaned_data["patient"].removeprefix("Patient/")
    confirm_patient(actor=visit.actor, at=visit.at, username=username, patient=patient)
    text = _("%(username)s is confirmed to be Patient/%(patient)s and sees these records from now on.")
    messages.success(visit.request, text % {"username": username, "patient": patient})
    return redirect("desk:hospital-accounts")
