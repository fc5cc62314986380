"""The operator's overview."""

from django.test import Client
from django.utils import timezone

from medbridge.accounts.models import Account
from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import text


def test_it_counts(records: Voice) -> None:
    load_accounts(at=timezone.now(), content=build.raw({"people": [{"username": "olga", "role": "operator"}]}))
    client = Client()
    client.force_login(Account.objects.get(username="olga"))
    page = text(client.get("/desk/operator/").content)
    assert "Hospitals 3" in page
    assert "Nothing was sealed yet" in page
