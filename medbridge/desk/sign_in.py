"""Signing in and out. In development each loaded account has a button."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from medbridge.accounts.models import Account
from medbridge.desk.directory import Names
from medbridge.desk.navigation import first_page
from medbridge.desk.page import guarded
from medbridge.desk.words import ROLES, word

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    template_name = "desk/sign_in.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        return guarded(response) if isinstance(response, HttpResponse) else response

    def get_context_data(self, **context: object) -> dict[str, object]:
        return super().get_context_data(people=_people() if settings.DEVELOPMENT else [], **context)


@require_POST
def sign_in_as(request: HttpRequest) -> HttpResponse:
    """One click, no password: development only."""
    if not settings.DEVELOPMENT:
        raise Http404
    username = request.POST.get("username", "").replace("\0", "")
    account = get_object_or_404(Account, username=username, is_active=True)
    login(request, account, backend=_BACKEND)
    return redirect("desk:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("desk:sign-in")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    account = request.user
    return redirect(first_page(account.role) if isinstance(account, Account) else "desk:sign-in")


def _people() -> list[dict[str, str]]:
    names = Names()
    return [
        {
            "username": account.username,
            "name": account.name or account.username,
            "role": word(ROLES, account.role),
            "hospital": names.hospital(account.hospital),
        }
        for account in Account.objects.filter(is_active=True).order_by("role", "username")
    ]
