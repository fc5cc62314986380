import pytest

from medbridge.normalize.conversion import NormalizeError
from medbridge.normalize.hl7v2 import parse
from tests.unit.normalize.messages import msh

DELIMITERS = b"|^~\\"


def two_byte(second: int) -> list[bytes]:
    candidates = [bytes([first, second]) for first in range(0x81, 0xFF)]
    return [each for each in candidates if _is_gbk(each)]


def _is_gbk(pair: bytes) -> bool:
    try:
        return len(pair.decode("gbk")) == 1
    except UnicodeDecodeError:
        return False


TRAPS = [pair for second in DELIMITERS for pair in two_byte(second)]


def test_there_are_471_characters_that_hold_a_delimiter_byte() -> None:
    assert len(TRAPS) == 471


def test_none_of_them_breaks_a_name() -> None:
    for pair in TRAPS:
        name = pair.decode("gbk")
        raw = msh(charset="GB18030").encode() + b"\rPID|||1||" + pair + b"^X"
        assert parse(raw).segments[1].value(5) == name.strip()
        assert parse(raw).segments[1].value(5, 2) == "X"


def test_the_header_itself_may_hold_such_a_character() -> None:
    trap = next(pair for pair in TRAPS if pair[1:] == b"|").decode("gbk")
    raw = msh(charset="GB 18030-2000").replace("NORTH", f"仁济{trap}医院").encode("gb18030")
    assert parse(raw).header.value(4) == f"仁济{trap}医院"


@pytest.mark.parametrize("declared", ["GB18030", "GB 18030-2000", "GBK", "gb2312"])
def test_rare_name_characters_pass_in_every_chinese_set(declared: str) -> None:
    raw = (msh(charset=declared) + "\rPID|||1||王㐀𠮷").encode("gb18030")
    assert parse(raw).segments[1].value(5) == "王㐀𠮷"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("UNICODE UTF-8", "utf-8"),
        ("", "utf-8"),
        ("BIG-5", "big5hkscs"),
    ],
)
def test_the_declared_set_is_used(declared: str, codec: str) -> None:
    name = "林大明" if codec == "big5hkscs" else "Müller"
    assert parse((msh(charset=declared) + f"\rPID|||1||{name}").encode(codec)).segments[1].value(5) == name


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_wins(codec: str) -> None:
    assert parse((msh(charset="") + "\rPID|||1||张").encode(codec)).segments[1].value(5) == "张"


def test_the_source_overrides_what_the_device_declares() -> None:
    raw = (msh(charset="8859/1") + "\rPID|||1||张爱丽").encode("gbk")
    assert parse(raw, "gb18030").segments[1].value(5) == "张爱丽"


def test_undeclared_gbk_is_refused_with_what_to_do() -> None:
    with pytest.raises(NormalizeError, match=r"MSH-18: the bytes are not utf-8 .*set the charset of this source"):
        parse((msh(charset="") + "\rPID|||1||张爱丽").encode("gbk"))


def test_spaces_that_fhir_forbids_become_plain_ones() -> None:
    assert parse((msh() + "\rPID|||1||张　三\u00a0x").encode()).segments[1].value(5) == "张 三 x"
