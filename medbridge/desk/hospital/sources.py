"""How each sender's messages are read and answered."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medbridge.accounts.models import Role
from medbridge.actions.edit_sources import edit_source, list_sources, remove_source
from medbridge.desk.page import Visit, page
from medbridge.desk.words import ANSWERS, word
from medbridge.inbox.models import Source


class SourceForm(forms.Form):
    sender = forms.CharField(
        label=gettext_lazy("Sender"), max_length=150, required=False,
        help_text=gettext_lazy("The account name, or listener:<hospital>. Empty: all senders of your hospital."),
    )  # fmt: skip
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=64, required=False,
        help_text=gettext_lazy("Of times without an offset, such as Asia/Shanghai. Empty: the hospital’s."),
    )  # fmt: skip
    charset = forms.CharField(
        label=gettext_lazy("Character set"), max_length=32, required=False,
        help_text=gettext_lazy("Wins over what the messages declare: gb18030 for GBK and GB 2312. Empty: as declared."),
    )  # fmt: skip
    answers = forms.ChoiceField(
        label=gettext_lazy("Answer"), choices=list(ANSWERS.items()), initial=Source.Answers.ADAPTIVE
    )
    packs = forms.CharField(
        label=gettext_lazy("Mapping packs"), max_length=500, required=False,
        help_text=gettext_lazy("Names, separated by commas; later ones override earlier ones."),
    )  # fmt: skip


@page(Role.ENGINEER, methods="GET POST", back="desk:hospital-sources")
def edit(visit: Visit) -> HttpResponse:
    posted = visit.request.POST if visit.request.method == "POST" else None
    if posted is not None and posted.get("remove"):
        remove_source(actor=visit.actor, at=visit.at, sender=posted.get("sender", ""))
        messages.success(visit.request, _("Removed; the hospital’s settings hold again."))
        return redirect("desk:hospital-sources")
    form = SourceForm(posted)
    if not form.is_valid():
        rows = [(row, word(ANSWERS, row.answers)) for row in list_sources(actor=visit.actor, at=visit.at)]
        return visit.show("desk/hospital/sources.html", form=form, rows=rows, status=400 if form.is_bound else 200)
    chosen = form.cleaned_data
    packs = [name.strip() for name in chosen.pop("packs").split(",") if name.strip()]
    edit_source(actor=visit.actor, at=visit.at, packs=packs, **chosen)
    messages.success(
        visit.request, _("Saved. Messages that come from now on are read so; dead letters can be replayed.")
    )
    return redirect("desk:hospital-sources")
