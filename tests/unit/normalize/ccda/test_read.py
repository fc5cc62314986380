"""Reading: what is no safe, readable CDA document is refused with a reason."""

import pytest

from medbridge.normalize.ccda import reader
from medbridge.normalize.conversion import NormalizeError, Source
from tests.unit.normalize.ccda.documents import NORTH, RENJI, converted, document, one


def refused(raw: bytes, source: Source = NORTH) -> str:
    with pytest.raises(NormalizeError) as error:
        converted(raw, source)
    assert error.value.problem.stage == "parse"
    return error.value.problem.reason


def with_prolog(prolog: str) -> bytes:
    return document().replace(b"?>", b"?>" + prolog.encode(), 1)


EXTERNAL = '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE z [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize("prolog", [EXTERNAL, LAUGHS, '<!DOCTYPE z SYSTEM "http://mallory.example/z.dtd">'])
def test_a_doctype_is_refused(prolog: str) -> None:
    assert "DOCTYPE" in refused(with_prolog(prolog))


def test_a_doctype_behind_a_comment_is_refused() -> None:
    assert "DOCTYPE" in refused(with_prolog(f"<!-- harmless -->\n<?x y?> {EXTERNAL}"))


def test_a_doctype_in_utf_16_is_refused() -> None:
    assert "DOCTYPE" in refused(with_prolog(LAUGHS).decode().replace("UTF-8", "UTF-16").encode("utf-16"))


def test_an_undeclared_entity_is_refused() -> None:
    assert "well-formed" in refused(document(person="<name>&alice;</name>"))


def test_the_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 100)
    assert "at most 100" in refused(document())


def test_bytes_outside_the_declared_encoding_are_named() -> None:
    assert "UTF-8" in refused(document().replace(b"Alice", b"Al\xffce"))


def test_an_encoding_that_is_no_character_set_is_refused() -> None:
    assert "unicode_escape" in refused(document().replace(b"UTF-8", b"unicode_escape"))


def test_another_root_is_refused() -> None:
    assert "ClinicalDocument" in refused(b"<Bundle xmlns='http://hl7.org/fhir'/>")


@pytest.mark.parametrize("encoding", ["GB18030", "GBK", "UTF-16", "UTF-8"])
def test_chinese_names_in_every_encoding(encoding: str) -> None:
    raw = document(person="<name>张爱丽</name>", encoding=encoding)
    assert one(raw, "Patient", RENJI)["name"] == [{"text": "张爱丽"}]


def test_the_configured_charset_overrides_the_declared_one() -> None:
    raw = document(person="<name>张爱丽</name>", encoding="GB18030").replace(b"GB18030", b"UTF-8")
    assert one(raw, "Patient", Source("renji", charset="gb18030"))["name"] == [{"text": "张爱丽"}]
