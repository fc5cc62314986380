from medbridge.fhir.search import parse_query
from medbridge.fhir.search_terminology import R4
from tests.unit.fhir.evaluation import found

ISSUE = "http://hl7.org/fhir/issue-type"


def test_the_codes_below_and_above_a_code() -> None:
    assert set(R4.descendants(ISSUE, "security") or ()) == {"login", "unknown", "expired", "forbidden", "suppressed"}
    assert R4.ancestors(ISSUE, "deleted") == ["not-found", "processing"]


def test_what_is_not_known_is_not_empty() -> None:
    assert R4.descendants(ISSUE, "login") == []
    assert R4.descendants("http://snomed.info/sct", "64572001") is None
    assert R4.members("http://nowhere/ValueSet/x") is None


class Hospital:
    """A terminology of one's own: asthma and what is below it."""

    def members(self, value_set: str) -> list[tuple[str, str]] | None:
        return [("urn:s", "asthma")] if value_set == "urn:vs" else None

    def descendants(self, system: str, code: str) -> list[str]:
        return ["allergic-asthma"]

    def ancestors(self, system: str, code: str) -> list[str]:
        return []


def test_a_search_asks_the_terminology_that_it_is_given() -> None:
    row = {"resourceType": "Condition", "id": "c", "code": {"coding": [{"system": "urn:s", "code": "allergic-asthma"}]}}
    assert found([row], "Condition", ("code:below", "urn:s|asthma"), terminology=Hospital()) == ["c"]
    assert found([row], "Condition", ("code:in", "urn:vs"), terminology=Hospital()) == []
    assert not parse_query("Condition", [("code:in", "urn:vs")], terminology=Hospital()).unknown
