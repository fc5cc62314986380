"""Addresses and forms that no page made: a sentence, never a crash."""

from collections.abc import Callable

import pytest

from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]
HUGE = "99999999999999999999"


@pytest.mark.parametrize(
    ("username", "address"),
    [
        ("alice", f"patient/records/Observation/north-o1/{HUGE}/document"),
        ("alice", f"patient/records/Observation/north-o1/{HUGE}/receipt"),
        ("alice", "patient/records/AuditEvent/not-a-uuid/1/document"),
        ("alice", "patient/records/Obser%00vation/%00/1/document"),
        ("alice", "patient/?patient=%00"),
        ("alice", "patient/?patient=north-alice&cursor=rubbish"),
        ("alice", "patient/accesses?before=rubbish"),
        ("alice", "patient/accesses?before=%00"),
        ("bob", "clinician/?name=%00"),
        ("bob", "clinician/?identifier=%00|%00"),
        ("bob", "clinician/?birthdate=%00"),
        ("bob", "clinician/patients/%00"),
        ("bob", "clinician/patients/north-alice?cursor=rubbish&kind=%00"),
        ("dana", "hospital/?state=%00"),
        ("dana", "hospital/messages/00000000-0000-0000-0000-000000000000"),
        ("carol", "auditor/accesses?before=" + HUGE),
    ],
)
def test_an_odd_address_is_no_crash(records: Voice, visit: Visit, username: str, address: str) -> None:
    assert visit(username).client.get(f"/desk/{address}").status_code in (200, 400, 404)


@pytest.mark.parametrize(
    ("username", "address", "form"),
    [
        ("dana", f"hospital/identity/{HUGE}", {"same": "yes"}),
        ("dana", "hospital/messages/00000000-0000-0000-0000-000000000000/replay", {}),
        ("dana", "hospital/accounts", {"username": "a\0b", "patient": "\0"}),
        ("alice", "patient/consents/%00/revoke", {}),
        ("alice", "patient/consents/grant", {"decision": "\0", "hospital": "\0"}),
        ("bob", "clinician/purpose", {"purpose": "\0", "next": "//evil.example"}),
        ("bob", "sign-in/as", {"username": "\0"}),
    ],
)
def test_an_odd_form_is_no_crash(
    records: Voice, visit: Visit, username: str, address: str, form: dict[str, str]
) -> None:
    response = visit(username).client.post(f"/desk/{address}", form, follow=True)
    assert response.status_code in (200, 400, 404)
    assert all(url.startswith("/desk/") for url, _ in response.redirect_chain)
