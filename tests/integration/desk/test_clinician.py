"""Bob at his desk: he finds whom he may find, and nothing hints at the rest."""

from collections.abc import Callable

import pytest

from tests import build
from tests.integration.conftest import Voice
from tests.integration.desk.conftest import Visitor

Visit = Callable[[str], Visitor]


@pytest.fixture
def opened(records: Voice) -> Voice:
    """Alice's record, opened to Renji for treatment."""
    records.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c", purpose=build.purpose("TREAT")))
    return records


@pytest.mark.parametrize(
    "asked", [{"name": "zhang"}, {"birthdate": "1949-12-31"}, {"identifier": "11010519491231002X"}]
)
def test_he_finds_a_patient(opened: Voice, visit: Visit, asked: dict[str, str]) -> None:
    assert "Alice Zhang 1949-12-31 North Bay General Hospital" in visit("bob").see("clinician/", **asked)


def test_he_does_not_find_whom_nobody_opened_to_him(records: Voice, visit: Visit) -> None:
    assert "No patient found." in visit("bob").see("clinician/", name="zhang")


def test_the_history_is_newest_first_with_the_hospital(opened: Voice, visit: Visit) -> None:
    earlier = build.observation("Patient/north-alice", "north-o0", effectiveDateTime="2019-05-05")
    opened.put("Observation/north-o0", earlier)
    page = visit("bob").see("clinician/patients/north-alice")
    assert page.index("2024-03-01 08:30") < page.index("2019-05-05")
    assert "Measurements and results · North Bay General Hospital" in page


def test_linked_patients_have_one_history(opened: Voice, visit: Visit, voice: Callable[..., Voice]) -> None:
    renji = voice("renji-feed")
    renji.put("Patient/renji-a", build.patient("renji-a"))
    renji.put("Observation/renji-o", build.observation("Patient/renji-a", "renji-o"))
    page = visit("bob").see("clinician/patients/north-alice")
    assert "North Bay General Hospital" in page and "Renji East Hospital" in page


def test_a_hidden_patient_answers_like_an_unknown_one(records: Voice, visit: Visit) -> None:
    bob = visit("bob")
    hidden = bob.see("clinician/patients/north-alice", status=404)
    assert hidden == bob.see("clinician/patients/north-nobody", status=404).replace("north-nobody", "north-alice")


def test_what_is_withheld_is_not_hinted_at(opened: Voice, visit: Visit) -> None:
    before = visit("bob").see("clinician/patients/north-alice")
    opened.put("Observation/north-o2", build.observation("Patient/north-alice", "north-o2"))
    kinds = [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]
    opened.put("Consent/north-d", build.consent("Patient/north-alice", id="north-d", permit=False, **{"class": kinds}))
    opened.put("Condition/north-x", condition("Patient/north-alice"))
    opened.delete("Observation/north-o2")
    assert visit("bob").see("clinician/patients/north-alice") == before


def condition(subject: str) -> dict[str, object]:
    return {
        "resourceType": "Condition",
        "id": "north-x",
        "code": {"text": "Depression"},
        "subject": {"reference": subject},
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
    }


def test_he_narrows_the_history_to_a_kind(opened: Voice, visit: Visit) -> None:
    assert "Hemoglobin" in visit("bob").see("clinician/patients/north-alice", kind="Observation")
    assert "Hemoglobin" not in visit("bob").see("clinician/patients/north-alice", kind="Condition")


def test_the_purpose_he_chooses_decides_what_he_sees(opened: Voice, visit: Visit) -> None:
    bob = visit("bob")
    bob.do("clinician/purpose", purpose="HRESCH")
    assert "No patient found." in bob.see("clinician/", name="zhang")
    bob.do("clinician/purpose", purpose="TREAT")
    assert "Alice Zhang" in bob.see("clinician/", name="zhang")


def test_breaking_the_glass_is_no_choice_in_a_list(opened: Voice, visit: Visit) -> None:
    bob = visit("bob")
    assert "Choose a purpose from the list." in bob.do("clinician/purpose", purpose="BTG")
    assert bob.answer("clinician/").context["actor"].purpose == "TREAT"


def test_choosing_a_purpose_leads_nowhere_else(visit: Visit) -> None:
    bob = visit("bob")
    response = bob.client.post("/desk/clinician/purpose", {"purpose": "TREAT", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/desk/clinician/"


def test_a_search_that_cannot_be_understood_is_a_sentence(visit: Visit) -> None:
    assert "This did not work" in visit("bob").see("clinician/", status=400, birthdate="yesterday")
