import pytest

from medbridge.normalize.hl7v2.batch import split

ONE, TWO = b"MSH|^~\\&|A\rPID|1", b"MSH|^~\\&|B\rPID|2"


@pytest.mark.parametrize(
    "raw",
    [
        ONE + b"\r" + TWO,
        b"\r\n".join([b"FHS|^~\\&", b"BHS|^~\\&", ONE, TWO, b"BTS|2", b"FTS|1"]),
        b"\xef\xbb\xbfBHS|^~\\&\r" + ONE + b"\r" + TWO + b"\rBTS\r",
        b"\x0b" + ONE + b"\r\x1c\r\x0b" + TWO + b"\r\x1c\r",
    ],
)
def test_the_messages_of_a_file_with_or_without_its_envelope(raw: bytes) -> None:
    assert (split(raw).messages, split(raw).faults) == ([ONE, TWO], [])


def test_a_message_is_cut_out_byte_for_byte() -> None:
    text = b"MSH|^~\\&|A\r\nOBX|1|TX|||a line\nand a bare LF"
    assert split(text + b"\r\n" + TWO).messages[0] == text


def test_a_file_that_was_cut_short_is_told() -> None:
    assert split(b"BHS|\r" + ONE + b"\rBTS|3\r").faults == ["BTS-1 says 3 messages; there are 1"]


def test_what_stands_before_the_first_segment_is_told() -> None:
    assert split(b"garbage\r" + ONE).faults != []


def test_no_message_is_no_message() -> None:
    assert split(b"garbage").messages == []
