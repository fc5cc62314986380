"""The bytes of a document: whatever they are, a tree that is safe to walk, or a refusal that says why."""

import pytest

from medbridge.normalize.ccda import convert
from medbridge.normalize.conversion import NormalizeError, Source
from tests.unit.normalize.cda import ALICE, NORTH, document, only

ENTITY = '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'
CHINESE = ALICE.replace("<given>Alice</given><family>Zhang</family>", "张爱丽")


def refusal(raw: bytes, source: Source = NORTH) -> str:
    with pytest.raises(NormalizeError) as refused:
        convert(raw, source)
    assert refused.value.problem.stage in ("parse", "convert", "validate")
    return str(refused.value)


@pytest.mark.parametrize("prolog", [ENTITY, LAUGHS, "<!DOCTYPE a>", f"<!-- a -->\n<?a b?>{ENTITY}"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_doctype_is_refused_before_anything_is_expanded(prolog: str, charset: str) -> None:
    assert "DOCTYPE" in refusal(document(prolog=prolog).encode(charset))


def test_an_entity_without_doctype_is_refused() -> None:
    assert "not well-formed" in refusal(document(header="<title>&secret;</title>").encode())


@pytest.mark.parametrize("declared", ["GB18030", "GBK", "gb2312"])
def test_chinese_documents_are_read_in_the_charset_they_declare(declared: str) -> None:
    raw = document(target=CHINESE, prolog=f'<?xml version="1.0" encoding="{declared}"?>').encode("gb18030")
    assert only(convert(raw, NORTH), "Patient")["name"] == [{"text": "张爱丽"}]


def test_the_charset_configured_for_a_source_overrides_the_declaration() -> None:
    raw = document(target=CHINESE, prolog='<?xml version="1.0" encoding="UTF-8"?>').encode("gb18030")
    assert only(convert(raw, Source("renji", charset="gb18030")), "Patient")["name"] == [{"text": "张爱丽"}]
    assert "byte" in refusal(raw)


@pytest.mark.parametrize("declared", ["rot13", "unicode_escape", "x-unknown"])
def test_what_is_no_character_set_is_refused(declared: str) -> None:
    assert declared in refusal(document(prolog=f'<?xml version="1.0" encoding="{declared}"?>').encode())


def test_another_root_is_refused() -> None:
    assert "ClinicalDocument" in refusal(b"<Bundle/>")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ('<patientRole nullFlavor="UNK"/>', "a patient is required"),
        (ALICE + ALICE, "one patient per document"),
        ('<patientRole><id nullFlavor="UNK"/></patientRole>', "a patient identifier is required"),
    ],
    ids=["patient_unknown", "two_patients", "patient_without_identifier"],
)
def test_a_document_without_one_identified_patient_is_refused(target: str, sentence: str) -> None:
    said = refusal(document(target=target).encode())
    assert sentence in said
    assert "/ClinicalDocument/recordTarget" in said


def test_an_unstructured_document_is_kept_whole() -> None:
    raw = document(header="<title>Scanned letter</title>").encode()
    conversion = convert(raw, NORTH)
    binary, reference = only(conversion, "Binary"), only(conversion, "DocumentReference")
    assert reference["content"][0]["attachment"]["url"] == f"Binary/{binary['id']}"
    assert reference["content"][0]["attachment"]["size"] == len(raw)
    assert (
        binary["securityContext"]
        == reference["subject"]
        == {"reference": f"Patient/{only(conversion, 'Patient')['id']}"}
    )
