"""The operator's overview."""

from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from medbridge.accounts.models import Account
from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.integration.conftest import Voice
from tests.integration.custom.conftest import define, reindexed
from tests.integration.desk.conftest import text

URL = "http://example.org/SearchParameter/wristband"


def olga() -> Client:
    load_accounts(at=timezone.now(), content=build.raw({"people": [{"username": "olga", "role": "operator"}]}))
    client = Client()
    client.force_login(Account.objects.get(username="olga"))
    return client


def test_it_counts(records: Voice) -> None:
    page = text(olga().get("/desk/operator/").content)
    assert "Hospitals 3" in page
    assert "Nothing was sealed yet" in page


def test_it_shows_how_far_a_reindex_is(records: Voice, voice: Callable[..., Voice]) -> None:
    define(voice("dana"), "wristband", "token", "Patient.maritalStatus", "Patient")
    assert f"{URL} 0 % 0 / 0" in text(olga().get("/desk/operator/").content)
    done = reindexed()
    assert f"{URL} 100 % {done} / {done}" in text(olga().get("/desk/operator/").content)
