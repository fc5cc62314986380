"""What every desk page shares: who may open it, how a refusal is shown, and what the browser may load."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, Role
from medbridge.desk.navigation import pages_of
from medbridge.desk.session import actor_of_session
from medbridge.fhir.outcome import FhirError

# Pages carry no script and load nothing from elsewhere, so nothing that slips into a record can run or call home.
POLICY = (
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Visit:
    """One request to a desk: who asks, and when."""

    request: HttpRequest
    account: Account
    actor: Actor
    at: datetime

    def show(self, template: str, **context: Any) -> HttpResponse:
        return shown(self.request, template, account=self.account, actor=self.actor, **context)


def page(*roles: Role, methods: str = "GET", back: str = "") -> Callable[..., Callable[..., HttpResponse]]:
    """A view that takes a Visit, open to these roles.

    FhirError becomes a page with its sentences; of a POST, a message on the page `back` (a URL name).
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(methods.split())
        @wraps(view)
        def opened(request: HttpRequest, **place: Any) -> HttpResponse:
            return guarded(_answer(view, request, roles, back, place))

        return opened

    return wrap


def guarded(response: HttpResponse) -> HttpResponse:
    """Clinical pages stay in no cache."""
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response


def shown(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    account = context.get("account")
    context["pages"] = pages_of(account.role) if account else []
    return render(request, template, context, status=status)


def _answer(
    view: Callable[..., HttpResponse], request: HttpRequest, roles: tuple[Role, ...], back: str, place: dict[str, Any]
) -> HttpResponse:
    account = request.user
    if not isinstance(account, Account):
        return redirect_to_login(request.get_full_path())
    if account.role not in roles:
        return _problem(request, account, 403, [_("This page belongs to another desk. Use your own.")])
    now = timezone.now()
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # records keep milliseconds
    try:
        return view(Visit(request, account, actor_of_session(request, account), at), **place)
    except FhirError as error:
        sentences = [issue.diagnostics for issue in error.issues]
        if request.method != "POST" or not back:
            return _problem(request, account, error.status, sentences)
        for sentence in sentences:
            messages.error(request, sentence)
        return redirect(back)


def _problem(request: HttpRequest, account: Account, status: int, sentences: list[str]) -> HttpResponse:
    return shown(request, "desk/problem.html", status, account=account, sentences=sentences)
