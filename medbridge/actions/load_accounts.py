"""Load hospitals and people from a file, and the directory resources that stand for them. For development and tests."""

import codecs
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, ConfirmedPatient, Hospital, Role
from medbridge.accounts.scopes import EVERYTHING
from medbridge.actions.issue_token import Refused
from medbridge.actions.steps.checking import check
from medbridge.actions.steps.intent import Intent
from medbridge.actions.steps.writing import write

_HOSPITAL_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9\-.]{0,23}$")
_DIRECTORY = Actor("load_accounts", "Directory", Role.OPERATOR, "", "HSYSADMIN", EVERYTHING)


def load_accounts(*, at: datetime, content: bytes) -> tuple[int, int]:
    """Returns how many hospitals and people there are in the file. Loading it again changes nothing else.

    content: {"hospitals": [{id, name, timezone?, charset?}], "people": [{username, hospital, role, practitioner?,
    patient?, groups?, name?, password?}]}. Raises Refused, with the place of what is wrong; then nothing is loaded.
    """
    if not settings.DEVELOPMENT:
        raise Refused("manage.py load_accounts works in development only.")
    hospitals, people = _read(content)
    with transaction.atomic():
        for hospital in hospitals:
            chosen = _hospital(hospital)
            born = {**chosen, "created_at": at}
            Hospital.objects.update_or_create(id=hospital["id"], defaults=chosen, create_defaults=born)
        for person in people:
            _account(person, at)
        _directory(hospitals, people, at)
    return len(hospitals), len(people)


def _read(content: bytes) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    try:
        loaded = orjson.loads(content)
        hospitals, people = _listed(loaded, "hospitals"), _listed(loaded, "people")
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise Refused(f"The file is not a JSON object with hospitals and people: {error}") from None
    if not all(isinstance(each, dict) for each in (*hospitals, *people)):
        raise Refused("hospitals and people are lists of JSON objects.")
    for number, hospital in enumerate(hospitals):
        if not _HOSPITAL_ID.match(str(hospital.get("id", ""))) or not hospital.get("name"):
            raise Refused(f"hospitals[{number}]: id (up to 24 of A-Z a-z 0-9 - .) and name are needed.")
        _check_conventions(hospital, f"hospitals[{number}]")
    for number, person in enumerate(people):
        if not person.get("username") or person.get("role") not in Role.values:
            raise Refused(f"people[{number}]: username is needed, and role is one of {', '.join(Role.values)}.")
        _check_texts(person, f"people[{number}]")
    known = {hospital["id"] for hospital in hospitals} | set(Hospital.objects.values_list("id", flat=True))
    for number, person in enumerate(people):
        if person.get("hospital") and person["hospital"] not in known:
            raise Refused(f"people[{number}]: there is no hospital “{person['hospital']}”, here or loaded before.")
    return hospitals, people


def _listed(loaded: Any, name: str) -> list[dict[str, Any]]:
    listed = loaded.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Refused(f"{name} must be a list of objects.")
    return listed


def _check_texts(person: dict[str, Any], place: str) -> None:
    groups = person.get("groups", [])
    texts = [value for name, value in person.items() if name != "groups" and value is not None]
    if not isinstance(groups, list) or not all(isinstance(t, str) and t.isprintable() for t in (*texts, *groups)):
        raise Refused(f"{place}: groups is a list of texts, everything else is a text of one line.")


def _check_conventions(hospital: dict[str, Any], place: str) -> None:
    try:
        if zone := hospital.get("timezone"):
            ZoneInfo(zone)
        if charset := hospital.get("charset"):
            codecs.lookup(charset)
    except (LookupError, ValueError, TypeError, OSError):
        raise Refused(f"{place}: timezone is an IANA name (Asia/Shanghai), charset a codec (gb18030).") from None


def _hospital(hospital: dict[str, Any]) -> dict[str, str]:
    return {name: str(hospital.get(name) or "") for name in ("name", "timezone", "charset")}


def _account(person: dict[str, Any], at: datetime) -> None:
    account, created = Account.objects.get_or_create(username=person["username"], defaults={"role": person["role"]})
    account.role, account.hospital = person["role"], person.get("hospital") or ""
    account.name = person.get("name", "") or account.name or person["username"]
    account.practitioner = _reference(person.get("practitioner"), "Practitioner")
    account.member_of = [_reference(group, "Group") for group in person.get("groups", [])]
    if person.get("password"):
        account.set_password(person["password"])
    elif created:
        account.set_unusable_password()
    account.save()
    if patient := person.get("patient"):
        # The file speaks for the hospital it names: as custodian it confirms whose account this is (DESIGN 5.9).
        ConfirmedPatient.objects.get_or_create(
            account=account, patient=_reference(patient, "Patient").removeprefix("Patient/"),
            defaults={"hospital": account.hospital, "confirmed_by": "load_accounts", "confirmed_at": at},
        )  # fmt: skip


def _reference(text: str | None, type: str) -> str:
    return "" if not text else text if "/" in text else f"{type}/{text}"


def _directory(hospitals: Iterable[dict[str, Any]], people: Iterable[dict[str, Any]], at: datetime) -> None:
    """Organization, Practitioner and Group resources with no custodian: the directory that everyone may read."""
    resources: dict[str, dict[str, Any]] = {
        f"Organization/{h['id']}": {"resourceType": "Organization", "id": h["id"], "active": True, "name": h["name"]}
        for h in hospitals
    }
    for person in people:
        name = person.get("name") or person["username"]
        if reference := _reference(person.get("practitioner"), "Practitioner"):
            id = reference.partition("/")[2]
            resources[reference] = {"resourceType": "Practitioner", "id": id, "active": True, "name": [{"text": name}]}
        for group in person.get("groups", []):
            type, _, id = _reference(group, "Group").partition("/")
            if type != "Group":
                continue  # roles, teams, relatives and devices are records of their hospitals
            resources[f"Group/{id}"] = {
                "resourceType": "Group", "id": id, "active": True, "type": "practitioner", "actual": True, "name": id,
            }  # fmt: skip
    for resource in resources.values():
        check(resource, resource["resourceType"])
    intents = [Intent(r["resourceType"], "PUT", r["resourceType"], r, id=r["id"]) for r in resources.values()]
    write(intents, actor=_DIRECTORY, at=at, chooses_ids=True, skip_unchanged=True)
