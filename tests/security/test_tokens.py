"""Bearer tokens: what is not one, what one does not grant, and who gets none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from medbridge.accounts import scopes, tokens
from medbridge.accounts.models import Account, Token
from medbridge.actions.issue_token import Refused, issue_token
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


def ask(header: str | None) -> Any:
    return Client(headers={"Authorization": header} if header is not None else {}).get("/fhir/Patient")


def test_a_revoked_token_is_refused_at_once(bob: Voice) -> None:
    assert bob.get("Patient").status_code == 200
    assert tokens.revoke(bob.token, at=timezone.now())
    assert bob.get("Patient").status_code == 401


def test_an_expired_token_is_refused(cast: None) -> None:
    bob = Account.objects.get(username="bob")
    secret = tokens.issue(bob, purpose="TREAT", scopes="user/*.rs", at=timezone.now() - timedelta(hours=2), seconds=60)
    assert ask(f"Bearer {secret}").status_code == 401


def test_an_account_that_was_closed_is_refused(bob: Voice) -> None:
    Account.objects.filter(username="bob").update(is_active=False)
    assert bob.get("Patient").status_code == 401


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic {}", "Token {}", "{}", "Bearer {}x", "Bearer x{}", "Bearer {} {}",
     "Bearer \u00e9", "Bearer " + "a" * 100_000, "DPoP {}", "Bearer\t{}"],
)  # fmt: skip
def test_what_is_no_bearer_token_is_401_with_a_challenge(bob: Voice, header: str | None) -> None:
    answer = ask(header and header.replace("{}", bob.token))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_token_in_the_url_or_the_form_is_none(bob: Voice) -> None:
    assert Client().get(f"/fhir/Patient?access_token={bob.token}").status_code == 401


def test_only_the_digest_is_kept(bob: Voice) -> None:
    row = Token.objects.get(account__username="bob")
    assert bob.token.encode() not in bytes(row.digest)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("user/Observation.rs", {"r", "s"}),
        ("user/Observation.read", {"r", "s"}),
        ("user/*.write", {"c", "u", "d"}),
        ("user/*.*", set("cruds")),
        ("system/*.cruds", set("cruds")),
        ("user/Observation.sr", set()),
        ("user/Observation.", set()),
        ("user/Patient.rs", set()),
        ("user/Observation.rs?category=laboratory", set()),
        ("user/Observation.rs?", set()),
        ("User/Observation.rs", set()),
        ("user/observation.rs", set()),
        ("user/Observation.rs\x00", set()),
        ("openid fhirUser launch/patient offline_access", set()),
        ("user/Observation", set()),
        ("*/*.*", set()),
        ("", set()),
    ],
)
def test_a_scope_grants_what_its_letters_say(text: str, allowed: set[str]) -> None:
    assert {letter for letter in "cruds" if scopes.parse(text).allow("Observation", letter)} == allowed


def test_a_patient_scope_without_a_patient_grants_nothing() -> None:
    assert not scopes.parse("patient/*.rs", patient=False).granted


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("user/*.rs", "post", "Patient"),
        ("user/*.rs", "put", "Patient/north-x"),
        ("user/*.c", "put", "Patient/north-x"),
        ("user/*.cu", "delete", "Patient/north-x"),
        ("user/*.s", "get", "Patient/north-x"),
        ("user/*.s", "get", "Patient/north-x/_history"),
        ("user/*.s", "get", "Patient/north-x/_history/1"),
        ("user/*.s", "get", "Patient/north-x/$receipt"),
        ("user/*.s", "get", "Patient/north-x/$everything"),
        ("user/Observation.rs", "get", "Patient/north-x/$everything"),
        ("user/*.r", "get", "Patient"),
        ("user/*.r", "get", "AuditEvent"),
    ],
)
def test_an_interaction_that_the_scopes_do_not_grant_is_403(
    voice: Callable[..., Voice], scope: str, method: str, path: str
) -> None:
    feed = voice("north-feed", scopes=scope)
    body = [build.patient("north-x" if "/" in path else None)] if method in ("post", "put") else []
    assert getattr(feed, method)(path, *body).status_code == 403


@pytest.mark.parametrize("type", ["batch", "transaction"])
def test_entries_of_a_bundle_need_the_same_scopes(voice: Callable[..., Voice], type: str) -> None:
    feed = voice("north-feed", scopes="user/*.rs")
    answer = feed.post("", build.transaction(build.patient("north-x"), type=type))
    assert "403" in answer.content.decode() if type == "batch" else answer.status_code == 403


@pytest.mark.parametrize("door", ["/hl7v2", "/ccda"])
def test_a_message_needs_write_scopes(voice: Callable[..., Voice], door: str) -> None:
    feed = voice("north-feed", scopes="user/*.rs user/Patient.cruds")
    assert feed.client.post(door, b"x", content_type="application/xml").status_code == 403


def test_a_match_needs_the_scope_to_search(voice: Callable[..., Voice], feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    writer = voice("north-feed", scopes="user/*.c")
    answer = writer.post("Patient", build.patient(), If_None_Exist="identifier=11010519491231002X")
    assert answer.status_code == 403


def test_everything_leaves_out_types_that_the_scopes_do_not_name(voice: Callable[..., Voice], feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation("Patient/north-alice", "north-o"))
    assert voice("north-feed", scopes="user/Patient.r").ids("Patient/north-alice/$everything") == [
        "Patient/north-alice"
    ]


@pytest.mark.parametrize("purpose", ["BTG"])
def test_breaking_the_glass_is_for_members_of_the_emergency_group(cast: None, purpose: str) -> None:
    with pytest.raises(Refused, match="btg"):
        issue_token(username="bob", purpose=purpose, scope="user/*.rs", at=timezone.now())


@pytest.mark.parametrize(
    ("user", "purpose", "scope"),
    [
        ("nobody", "TREAT", "user/*.rs"),
        ("bob", "TREAT", "everything"),
        ("bob", "TREAT", "patient/*.rs"),
        ("bob", "x" * 41, "user/*.rs"),
        ("bob", "TR\x00EAT", "user/*.rs"),
        ("bob", "", "user/*.rs"),
        ("bob\x00", "TREAT", "user/*.rs"),
        ("bob", "TREAT", "user/*.rs \x00"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_in_a_sentence(cast: None, user: str, purpose: str, scope: str) -> None:
    with pytest.raises(CommandError):
        call_command("token", user=user, purpose=purpose, scopes=scope)


def test_outside_development_the_commands_refuse(cast: None, settings: Any, tmp_path: Any) -> None:
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="development"):
        call_command("token", user="bob")
    file = tmp_path / "accounts.json"
    file.write_bytes(build.raw(build.ACCOUNTS))
    with pytest.raises(CommandError, match="development"):
        call_command("load_accounts", str(file))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"hospitals":7}', b'{"hospitals":[7]}', b'{"people":[{"username":7,"role":"feed"}]}',
     b'{"hospitals":[{"id":"a/b","name":"x"}]}', b'{"people":[{"username":"x","role":"root"}]}',
     b'{"people":[{"username":"x","role":"patient","patient":["x"]}]}',
     b'{"people":[{"username":"x","role":"clinician","groups":"btg"}]}',
     b'{"people":[{"username":"x","role":"clinician","practitioner":"Practitioner/a b"}]}', b"\xff"],
)  # fmt: skip
def test_an_accounts_file_that_is_wrong_is_refused_in_a_sentence(cast: None, tmp_path: Any, content: bytes) -> None:
    file = tmp_path / "accounts.json"
    file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("load_accounts", str(file))
