"""Who gets to which desk."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from medbridge.accounts.models import Account
from tests.integration.desk.conftest import Visitor, text

Visit = Callable[[str], Visitor]


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    response = client.get("/desk/patient/")
    assert response.headers["Location"] == "/desk/sign-in?next=/desk/patient/"


def test_a_password_signs_in(cast: None, client: Client) -> None:
    alice = Account.objects.get(username="alice")
    alice.set_password("correct horse battery")
    alice.save()
    response = client.post("/desk/sign-in", {"username": "alice", "password": "correct horse battery"}, follow=True)
    assert response.redirect_chain[-1][0] == "/desk/patient/"


def test_a_wrong_password_does_not(cast: None, client: Client) -> None:
    response = client.post("/desk/sign-in", {"username": "alice", "password": "guess"})
    assert response.status_code == 200
    assert "Please enter a correct username and password" in text(response.content)


def test_one_click_signs_in_during_development(cast: None, client: Client) -> None:
    assert "Alice Zhang" in text(client.get("/desk/sign-in").content)
    response = client.post("/desk/sign-in/as", {"username": "alice"}, follow=True)
    assert response.redirect_chain[-1][0] == "/desk/patient/"


def test_one_click_is_unknown_in_production(cast: None, client: Client, settings: Any) -> None:
    settings.DEVELOPMENT = False
    assert "Alice Zhang" not in text(client.get("/desk/sign-in").content)
    assert client.post("/desk/sign-in/as", {"username": "alice"}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_one_click_is_protected_against_forged_requests(cast: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/desk/sign-in/as", {"username": "alice"}).status_code == 403


def test_signing_out_ends_the_session(visit: Visit) -> None:
    alice = visit("alice")
    assert "Sign in" in alice.do("sign-out")
    assert alice.client.get("/desk/patient/").status_code == 302


@pytest.mark.parametrize(
    ("username", "desk"),
    [
        ("alice", "patient/"),
        ("bob", "clinician/"),
        ("carol", "auditor/"),
        ("dana", "hospital/"),
        ("north-feed", "hospital/"),
    ],
)
def test_home_is_the_desk_of_the_role(visit: Visit, username: str, desk: str) -> None:
    assert visit(username).answer("", 302).headers["Location"] == f"/desk/{desk}"


@pytest.mark.parametrize(
    ("username", "page"),
    [
        ("bob", "patient/"),
        ("alice", "clinician/"),
        ("alice", "auditor/accesses"),
        ("alice", "hospital/"),
        ("north-feed", "hospital/identity"),
        ("dana", "operator/"),
    ],
)
def test_another_roles_desk_is_refused(visit: Visit, username: str, page: str) -> None:
    assert "This page belongs to another desk" in visit(username).see(page, status=403)


@pytest.mark.parametrize("page", ["sign-in", "patient/", "clinician/"])
def test_pages_may_run_and_load_nothing_foreign(visit: Visit, page: str) -> None:
    response = visit("alice").client.get(f"/desk/{page}", follow=True)
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'; script-src 'none'")
    assert response.headers["Cache-Control"] == "no-store"
    assert b"<script" not in response.content and b"style=" not in response.content
