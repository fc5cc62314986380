from medbridge.normalize.identity import reference, resource_id


def test_an_id_depends_on_each_of_its_parts() -> None:
    ids = {
        resource_id("north", "Patient", "1"),
        resource_id("south", "Patient", "1"),
        resource_id("north", "Encounter", "1"),
        resource_id("north", "Patient", "2"),
        resource_id("north", "Patient", "1", ""),
    }
    assert len(ids) == 5


def test_ids_never_change_for_they_are_stored() -> None:
    assert reference("north", "Patient", "urn:x|1") == "Patient/" + resource_id("north", "Patient", "urn:x|1")
    assert resource_id("north", "Patient", "urn:x|1") == "165e0f50-e8bd-50d1-8f54-ecd073ee96ee"
