import pytest

from medbridge.mllp.framing import Frame, Framer, framed
from medbridge.mllp.listeners import Listener, listener


def frames(*pieces: bytes, limit: int = 100) -> list[Frame]:
    framer, found = Framer(limit), []
    for piece in pieces:
        framer.feed(piece)
        while frame := framer.next():
            found.append(frame)
    return found


def test_frames_come_out_however_the_bytes_arrive() -> None:
    stream = framed(b"one") + framed(b"two")
    assert frames(stream) == frames(*(bytes([byte]) for byte in stream)) == [Frame(b"one"), Frame(b"two")]


def test_garbage_between_frames_is_dropped_and_counted() -> None:
    framer = Framer(100)
    framer.feed(b"\r\nhello" + framed(b"one") + b"\r\n" + framed(b"two"))
    assert [framer.next(), framer.next(), framer.next()] == [Frame(b"one"), Frame(b"two"), None]
    assert framer.skipped == len(b"hello")


def test_the_last_carriage_return_is_not_waited_for() -> None:
    assert frames(b"\x0bone\x1c") == [Frame(b"one")]


def test_a_frame_whose_end_was_lost_does_not_swallow_the_next() -> None:
    lost, whole = frames(b"\x0bone" + framed(b"two"))
    assert (lost.body, whole) == (b"one", Frame(b"two"))
    assert "no end mark" in lost.fault


def test_repeated_start_marks_begin_one_frame() -> None:
    assert frames(b"\x0b", b"\x0b\x0b", framed(b"one")) == [Frame(b"one")]


@pytest.mark.parametrize("stream", [b"\x0b" + b"x" * 101, framed(b"x" * 101)])
def test_a_frame_over_the_limit_is_cut_there(stream: bytes) -> None:
    assert frames(stream)[0].fault == "the message is longer than 100 bytes"


def test_a_frame_of_just_the_limit_is_whole() -> None:
    assert frames(framed(b"x" * 100)) == [Frame(b"x" * 100)]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("2575=north", Listener("127.0.0.1", 2575, "north")),
        ("0.0.0.0:0=north", Listener("0.0.0.0", 0, "north")),
        ("[::1]:2575=renji", Listener("::1", 2575, "renji")),
    ],
)
def test_listeners(entry: str, expected: Listener) -> None:
    assert listener(entry) == expected


@pytest.mark.parametrize("entry", ["2575", "north=2575", "2575=", "70000=north", "", "²=north"])
def test_a_wrong_listener_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="MLLP_LISTENERS"):
        listener(entry)
