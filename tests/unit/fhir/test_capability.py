"""The CapabilityStatement as a function of what the server can."""

from medbridge.fhir.capability import Ability, Server, statement
from medbridge.fhir.validate import issues

SERVER = Server(
    base="https://here/fhir", version="1", released="2026-01-01", documentation="d", security="s", cors=False
)


def resource(ability: Ability) -> dict[str, object]:
    told = statement(SERVER, {"Basic": ability})
    assert issues(told) == []
    found: dict[str, object] = told["rest"][0]["resource"][0]
    return found


def test_a_type_that_is_only_read_claims_nothing_of_writing() -> None:
    told = resource(Ability(("read",)))
    assert (told["versioning"], told["updateCreate"], told["conditionalCreate"]) == ("no-version", False, False)
    assert "searchParam" not in told


def test_a_type_that_is_written_claims_versions_and_conditions() -> None:
    told = resource(Ability(("read", "vread", "update"), conditional=frozenset({"create", "delete"})))
    assert (told["versioning"], told["readHistory"]) == ("versioned-update", True)
    assert (told["conditionalCreate"], told["conditionalUpdate"], told["conditionalDelete"]) == (True, False, "single")


def test_parameters_and_operations_name_their_definitions() -> None:
    told = resource(Ability(("search-type",), parameters={"code": ("token", "Basic-code")}, operations={"x": "urn:x"}))
    assert told["searchParam"] == [
        {"name": "code", "definition": "http://hl7.org/fhir/SearchParameter/Basic-code", "type": "token"}
    ]
    assert told["operation"] == [{"name": "x", "definition": "urn:x"}]
