from datetime import datetime, timedelta, timezone

import pytest

from medbridge.normalize.conversion import NormalizeError
from medbridge.normalize.hl7v2 import acknowledge, convert, parse, refusal_code
from tests.unit.normalize.messages import NORTH, adt, msh

AT = datetime(2026, 3, 12, 16, 0, 5, tzinfo=timezone(timedelta(hours=8)))


def test_the_answer_goes_back_to_the_sender() -> None:
    assert acknowledge(adt(), "AA", control_id="ACK-1", at=AT) == (
        b"MSH|^~\\&|MEDBRIDGE|MB|APP|NORTH|20260312160005+0800||ACK^A01^ACK|ACK-1|P|2.5.1||||||UNICODE UTF-8\r"
        b"MSA|AA|MSG-1\r"
    )


def test_a_refusal_says_where_and_why() -> None:
    error = parse(acknowledge(adt(), "AE", "a | b", "OBX[2]-5.1")).first("ERR")
    assert error is not None
    assert [error.raw(2), error.value(4), error.value(8)] == ["OBX^2^5^1^1", "E", "a | b"]


@pytest.mark.parametrize(("place", "condition"), [("MSH-9", "200"), ("MSH-12", "203"), ("PID-3", "207"), ("", "207")])
def test_the_error_code_is_of_table_0357(place: str, condition: str) -> None:
    assert parse(acknowledge(adt(), "AE", "x", place)).first("ERR").value(3) == condition  # type: ignore[union-attr]


def test_the_answer_is_in_the_delimiters_and_the_character_set_of_the_message() -> None:
    raw = msh(charset="GB18030").replace("NORTH", "仁济").replace("^~\\&", "$%!@").replace("^", "$").encode("gb18030")
    answer = parse(acknowledge(raw, "AE", "缺少标识", "PID-3"))
    assert (answer.header.value(6), answer.header.value(9, 2)) == ("仁济", "A01")
    assert answer.first("MSA").value(3) == "缺少标识"  # type: ignore[union-attr]


@pytest.mark.parametrize("raw", [b"", b"\x00\xff", b"GET / HTTP/1.1", b"MSH", b"MSH|"])
def test_what_has_no_header_is_rejected_anyhow(raw: bytes) -> None:
    answer = parse(acknowledge(raw, "AE", "unreadable", "MSH"))
    assert answer.first("MSA").value(1) == "AR"  # type: ignore[union-attr]


def test_a_broken_message_still_gets_its_control_id_back() -> None:
    answer = parse(acknowledge(msh().encode() + b"\rgarbage", "AR", "x"))
    assert answer.first("MSA").value(2) == "MSG-1"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("raw", "code"), [(adt(event="MFN^M02"), "AR"), (b"junk", "AR"), (adt(pid={3: ""}), "AE"), (b"MSH|^~\\&|", "AR")]
)
def test_rejected_is_what_can_never_be_taken_and_error_what_is_wrong_in_it(raw: bytes, code: str) -> None:
    with pytest.raises(NormalizeError) as refused:
        convert(parse(raw), NORTH)
    assert refusal_code(refused.value.problem) == code
