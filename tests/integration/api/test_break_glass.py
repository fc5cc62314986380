"""Breaking the glass: a reason that stays with every access, limits with an alarm (DESIGN 5.5 and 5.10)."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.accounts.models import Account
from medbridge.actions.issue_token import Refused, issue_token
from medbridge.audit.models import Access
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
SEARCH = "Observation?patient=north-alice"
REASON = "unconscious, allergies needed"


@pytest.fixture
def north(feed: Voice) -> Voice:
    """Alice's record at North Bay, with a consent that names BTG; Bob is in the emergency group."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    feed.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", purpose=build.purpose("BTG")))
    Account.objects.filter(username="bob").update(member_of=["Group/btg"])
    return feed


def token(reason: str, username: str = "bob") -> str:
    return issue_token(username=username, purpose="BTG", scope="user/*.rs", at=timezone.now(), reason=reason)


def test_with_a_reason_it_opens_what_the_consent_admits(north: Voice, voice: Callable[..., Voice]) -> None:
    assert voice("bob", purpose="BTG").ids(SEARCH) == ["Observation/north-o1"]
    assert voice("bob").ids(SEARCH) == []


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b"], ids=["none", "blank", "long", "unprintable"])
def test_without_a_reason_there_is_no_token(north: Voice, reason: str) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        token(reason)


def test_a_token_without_a_reason_opens_nothing(north: Voice) -> None:
    """However it came to be: membership and reason are looked at at each request."""
    account = Account.objects.get(username="bob")
    secret = tokens.issue(account, purpose="BTG", scopes="user/*.rs", at=timezone.now(), seconds=60)
    found = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/fhir/{SEARCH}")
    assert found.json().get("entry", []) == []


@pytest.mark.parametrize(
    "path", ["Observation/north-o1", SEARCH, "Patient/north-alice/$everything", "Observation/north-o1/_history"]
)
def test_the_reason_stays_with_every_access(north: Voice, voice: Callable[..., Voice], path: str) -> None:
    member = voice("bob", purpose="BTG")
    for _ in range(2):  # the second time by the remembered token
        assert member.get(path).status_code == 200
    found = Access.objects.filter(username="bob", patient="north-alice")
    assert {(each.purpose, each.reason, each.allowed) for each in found} == {("BTG", REASON, True)}
    assert found.count() >= 2


def test_an_ordinary_access_has_no_reason(north: Voice, voice: Callable[..., Voice]) -> None:
    assert north.get("Observation/north-o1").status_code == 200
    assert set(Access.objects.filter(action="read").values_list("reason", flat=True)) == {""}


def test_the_person_reads_the_reason_as_an_auditevent(north: Voice, alice: Voice, voice: Callable[..., Voice]) -> None:
    voice("bob", purpose="BTG").get("Observation/north-o1")
    events = [each["resource"] for each in alice.get("AuditEvent").json()["entry"]]
    told = next(each for each in events if each["agent"][0]["name"] == "bob")
    assert told["outcomeDesc"] == REASON
    assert told["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"


@pytest.mark.parametrize("limit", ["GLASS_LIMIT_ACCOUNT", "GLASS_LIMIT_HOSPITAL"])
def test_past_the_limit_it_is_refused_with_an_alarm(
    north: Voice, settings: Any, caplog: pytest.LogCaptureFixture, limit: str
) -> None:
    setattr(settings, limit, 2)
    token(REASON)
    token(REASON)
    with caplog.at_level(logging.ERROR, "medbridge.alarm"), pytest.raises(Refused, match="limit of 2 in a day"):
        token(REASON)
    assert "alarm: breaking the glass was refused to bob of renji" in caplog.text
    counted = Access.objects.filter(action="break-glass").order_by("id").values_list("allowed", flat=True)
    assert list(counted) == [True, True, False]


def test_one_accounts_limit_is_not_anothers(north: Voice, settings: Any) -> None:
    settings.GLASS_LIMIT_ACCOUNT = 1
    Account.objects.create(username="wei", hospital="renji", role="clinician", member_of=["Group/btg"])
    assert token(REASON) and token(REASON, "wei")


def test_a_stranger_to_the_group_is_refused_and_that_is_recorded(north: Voice) -> None:
    with pytest.raises(Refused, match="no member of Group/btg"):
        token(REASON, "mallory")
    assert Access.objects.filter(username="mallory", action="break-glass", allowed=False).exists()


def test_the_command_takes_the_reason(north: Voice, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="needs a reason"):
        call_command("token", "--user", "bob", "--purpose", "BTG")
    call_command("token", "--user", "bob", "--purpose", "BTG", "--reason", REASON)
    assert capsys.readouterr().out.strip()
