import pytest

from medbridge.normalize.conversion import NormalizeError
from medbridge.normalize.hl7v2 import event, message_key, parse
from tests.unit.normalize.messages import msh

HEADER = msh().encode()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_segments_end_with_any_line_end(end: bytes) -> None:
    message = parse(HEADER + end + b"PID|1" + end + b"PV1|1" + end)
    assert [segment.name for segment in message.segments] == ["MSH", "PID", "PV1"]


def test_a_line_feed_inside_a_field_stays_in_it() -> None:
    assert parse(HEADER + b"\rNTE|1||line one\nline two\r").segments[1].first(3).whole() == "line one\nline two"


def test_msh_2_is_the_encoding_characters_and_numbers_count_from_msh_1() -> None:
    message = parse(HEADER)
    assert (message.header.raw(1), message.header.raw(2)) == ("|", "^~\\&")
    assert (event(message), message_key(message)) == ("ADT^A01", "MSG-1")


def test_delimiters_are_those_the_message_declares() -> None:
    message = parse(b"MSH$*%!@$APP$$$$$$ADT*A01$K$P$2.5\rPID$1$$A*B@C%D!T!E\r")
    first, second = message.segments[1].all(3)
    assert (first.part(1), first.part(2, 2), second.part(1)) == ("A", "C", "D@E")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"O\T\Brien", "O&Brien"),
        (r"a\F\b\S\c\R\d\E\e", "a|b^c~d\\e"),
        (r"caf\XC3A9\ ", "café"),
        (r"one\.br\two", "one\ntwo"),
        (r"two\.sp2\lines", "two\n\nlines"),
        (r"\H\loud\N\ ", "loud"),
        (r"\Zlocal\ kept", r"\Zlocal\ kept"),
        (r"C:\path", r"C:\path"),
    ],
)
def test_escape_sequences_are_read(written: str, meant: str) -> None:
    assert parse(HEADER + f"\rNTE|1||{written}".encode()).segments[1].value(3) == meant


def test_a_huge_count_in_an_escape_makes_no_huge_text() -> None:
    assert (
        len(parse(HEADER + rb"\rNTE".replace(rb"\r", b"\r") + rb"|1||a\.sp999999\b").segments[1].first(3).whole()) < 300
    )


def test_repetitions_and_subcomponents() -> None:
    pid = parse(HEADER + b"\rPID|||1^^^A&1.2&ISO^MR~~2^^^B").segments[1]
    assert [element.part(1) for element in pid.all(3)] == ["1", "2"]
    assert pid.first(3).component(4).part(2) == "1.2"


def test_null_is_empty() -> None:
    pid = parse(HEADER + b'\rPID|||1||""||""^x').segments[1]
    assert pid.all(5) == []
    assert (pid.value(7, 1), pid.value(7, 2)) == ("", "x")


def test_segments_nobody_defined_are_kept() -> None:
    assert parse(HEADER + b"\rZPV|1|x^y").first("ZPV").value(2, 2) == "y"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("defect", "raw", "place"),
    [
        ("empty", b"", "MSH"),
        ("not a message", b"GET / HTTP/1.1\r\n", "MSH"),
        ("no separator", b"MSH", "MSH-1"),
        ("letters as separator", b"MSHABCDEFGH", "MSH-1"),
        ("no encoding characters", b"MSH|", "MSH-2"),
        ("one mark twice", b"MSH|^^\\&|", "MSH-2"),
        ("a line that is no segment", HEADER + b"\rsome text", "segment 2"),
        ("two messages in one frame", HEADER + b"\r" + HEADER, "MSH[2]"),
        ("a control character", HEADER + b"\rPID|1\x00", ""),
        ("an unknown character set", msh(charset="KLINGON").encode(), "MSH-18"),
        ("bytes that are not the declared set", HEADER + b"\rPID|1|\xff\xfe", "MSH-18"),
    ],
)
def test_what_cannot_be_parsed_is_named(defect: str, raw: bytes, place: str) -> None:
    with pytest.raises(NormalizeError) as refused:
        parse(raw + (b"|x" if defect == "a control character" else b""))
    assert (refused.value.problem.stage, refused.value.problem.place) == ("parse", place), defect


def test_a_message_without_control_id_has_no_key() -> None:
    with pytest.raises(NormalizeError, match="MSH-10: a message control id is required"):
        message_key(parse(HEADER.replace(b"MSG-1", b"")))
