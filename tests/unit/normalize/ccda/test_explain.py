"""Any element of the output leads back to its row and to its bytes in the document as received."""

import pytest

from medbridge.normalize.ccda import explain
from tests.unit.normalize.ccda.documents import LOINC, NORTH, RENJI, document, observation, section

VALUE = '<value xsi:type="PQ" value="148" unit="mg/dL"/>'
RESULT = section("30954-2", observation(f'<code code="2345-7" {LOINC}/><statusCode code="completed"/>{VALUE}'))


def test_a_status_comes_from_its_row_and_its_bytes() -> None:
    raw = document(RESULT)
    (found, *_) = explain(raw, NORTH, "Observation.status")
    assert found.row.id == "observation.status"
    assert found.place.endswith("/section/entry/observation/statusCode[1]")
    assert raw[slice(*found.span)] == b'<statusCode code="completed"/>'


def test_a_name_in_gb18030_has_the_bytes_that_were_sent() -> None:
    raw = document(person="<name>张爱丽</name>", encoding="GB18030")
    (found, *_) = explain(raw, RENJI, "Patient.name[0]")
    assert raw[slice(*found.span)].decode("gb18030") == "<patient><name>张爱丽</name></patient>"


def test_bytes_are_counted_from_the_byte_order_mark() -> None:
    raw = document(RESULT, encoding="UTF-16")
    (found, *_) = explain(raw, NORTH, "Observation.status")
    assert raw[slice(*found.span)].decode("utf-16-le") == '<statusCode code="completed"/>'


def test_an_element_that_is_not_there_is_said() -> None:
    with pytest.raises(ValueError, match="Observation"):
        explain(document(RESULT), NORTH, "Observation[3].status")
