"""Small HL7 v2 messages of north about Alice, told apart by what the test is about."""

from datetime import datetime, timedelta

MORNING = datetime(2026, 3, 12, 8, 0)


def adt(
    key: str = "M-1", *, patient: str = "NB-1", family: str = "Zhang", minutes: int = 0, asks: str = "|",
    event: str = "A08", **more: str,
) -> bytes:  # fmt: skip
    """asks: MSH-15 and MSH-16. minutes: after eight o'clock, when it happened."""
    moment = f"{MORNING + timedelta(minutes=minutes):%Y%m%d%H%M%S}+0000"
    charset = more.get("charset", "UNICODE UTF-8")
    lines = [
        rf"MSH|^~\&|APP|NORTH|MB|MB|{moment}||ADT^{event}|{key}|P|2.5.1|||{asks}||{charset}",
        f"EVN|{event}|{moment}",
        f"PID|1||{patient}^^^NORTH^MR||{family}^Alice||19850314|F",
    ]
    return "\r".join(lines).encode(more.get("codec", "utf-8"))


def code(answer: bytes | None) -> str:
    """MSA-1, "" for no answer."""
    found = [line for line in (answer or b"").split(b"\r") if line.startswith(b"MSA|")]
    return found[0].split(b"|")[1].decode() if found else ""
