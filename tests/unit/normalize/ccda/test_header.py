"""The document around the entries: visit, narrative, body without structure."""

from tests.unit.normalize.ccda.documents import C_CDA, LOINC, converted, document, observation, one, section


def test_a_visit_of_header_and_section_is_one() -> None:
    ids = '<id root="2.16.840.1.113883.19" extension="V-1"/><effectiveTime><low value="20260312"/></effectiveTime>'
    header = f"<componentOf><encompassingEncounter>{ids}</encompassingEncounter></componentOf>".encode()
    code = '<code code="EMER" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>'
    entry = f'<encounter moodCode="EVN"><templateId root="{C_CDA}49"/>{ids}{code}</encounter>'
    found = one(document(section("46240-8", entry)).replace(b"<component>", header + b"<component>", 1), "Encounter")
    assert (found["class"]["code"], found["status"]) == ("EMER", "finished")


def unstructured(text: str) -> bytes:
    body = f"<component><nonXMLBody>{text}</nonXMLBody></component></ClinicalDocument>".encode()
    return document().replace(b"</ClinicalDocument>", body)


def test_an_unstructured_document_is_an_attachment() -> None:
    found = one(
        unstructured('<text mediaType="application/pdf" representation="B64">JVBERi0=</text>'), "DocumentReference"
    )
    assert found["content"][1]["attachment"] == {"contentType": "application/pdf", "data": "JVBERi0="}


def test_an_unstructured_document_may_stand_elsewhere() -> None:
    text = '<text mediaType="application/pdf"><reference value="UD_sample.pdf"/></text>'
    found = one(unstructured(text), "DocumentReference")
    assert found["content"][1]["attachment"]["url"] == "UD_sample.pdf"


def test_a_page_that_could_act_is_no_document_of_its_own() -> None:
    found = one(unstructured('<text mediaType="text/html">hello</text>'), "DocumentReference")
    assert found["content"][1]["attachment"]["contentType"].startswith("text/plain")


def test_the_composition_has_the_narrative_and_names_the_entries() -> None:
    entry = observation(f'<code code="2345-7" {LOINC}/><value xsi:type="PQ" value="5"/>')
    raw = document(section("30954-2", entry, narrative='<paragraph styleCode="Bold">Sugar &lt; 6</paragraph>'))
    conversion = converted(raw)
    made = {each["resourceType"]: each for each in conversion.resources}
    (found,) = made["Composition"]["section"]
    assert "<p><b>Sugar &lt; 6</b></p>" in found["text"]["div"]
    assert found["entry"] == [{"reference": f"Observation/{made['Observation']['id']}"}]
    assert (
        made["Provenance"]["entity"][0]["what"]["reference"] == f"DocumentReference/{made['DocumentReference']['id']}"
    )
