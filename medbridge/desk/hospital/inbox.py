"""What the hospital pushed, what failed and why; replay."""

import unicodedata
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from medbridge.accounts.models import Role
from medbridge.actions.list_messages import count_messages, list_failures, list_messages, read_message, throughput
from medbridge.actions.replay_message import replay_message
from medbridge.actions.replay_messages import Filter, replay_messages
from medbridge.desk.page import Visit, page
from medbridge.desk.words import MESSAGE_KINDS, MESSAGE_STATES, word

# As much of a message as a person looks through; the whole is a download.
SHOWN_BYTES = 64 * 2**10
# As many bytes as fit a line in hexadecimal; what is wrong in a longer piece is not its bytes.
HEX_BYTES = 16
_STAFF = (Role.ENGINEER, Role.FEED)


@page(*_STAFF)
def inbox(visit: Visit) -> HttpResponse:
    state = visit.request.GET.get("state", "")
    counts = count_messages(actor=visit.actor, at=visit.at)
    rows = list_messages(actor=visit.actor, at=visit.at, state=state if state in counts else "")
    return visit.show(
        "desk/hospital/inbox.html",
        state=state, total=sum(counts.values()),
        counts=[(code, word(MESSAGE_STATES, code), count) for code, count in counts.items()],
        rows=[(row, word(MESSAGE_KINDS, row.kind), word(MESSAGE_STATES, row.state)) for row in rows],
        pace=throughput(actor=visit.actor, at=visit.at),
        failures=list_failures(actor=visit.actor, at=visit.at) if state == "DEAD" else [],
    )  # fmt: skip


@page(*_STAFF)
def message(visit: Visit, id: UUID) -> HttpResponse:
    found, body = read_message(actor=visit.actor, at=visit.at, message=id)
    return visit.show(
        "desk/hospital/message.html",
        message=found, kind=word(MESSAGE_KINDS, found.kind), state=word(MESSAGE_STATES, found.state),
        parts=parts(body, found.span_start, found.span_end), size=len(body), cut=len(body) > SHOWN_BYTES,
        fields=(found.mapped or 0) + (found.preserved or 0) + (found.reported or 0),
        digest=bytes(found.digest).hex(),
    )  # fmt: skip


@page(*_STAFF)
def original(visit: Visit, id: UUID) -> HttpResponse:
    """The bytes as received."""
    found, body = read_message(actor=visit.actor, at=visit.at, message=id)
    name = f'attachment; filename="{found.kind}-{found.id}"'
    return HttpResponse(body, content_type="application/octet-stream", headers={"Content-Disposition": name})


@page(*_STAFF, methods="POST", back="desk:hospital-inbox")
def replay(visit: Visit, id: UUID) -> HttpResponse:
    found = replay_message(actor=visit.actor, at=visit.at, message=id)
    if found.state == "DONE":
        messages.success(visit.request, _("Accepted now."))
    else:
        messages.error(visit.request, _("It failed again; the reason is below."))
    return redirect("desk:hospital-message", id=id)


@page(*_STAFF, methods="POST", back="desk:hospital-inbox")
def replay_all(visit: Visit) -> HttpResponse:
    """All dead letters, or those that failed alike."""
    kind, stage, reason = (visit.request.POST.get(name, "") for name in ("kind", "stage", "reason"))
    count = replay_messages(actor=visit.actor, at=visit.at, chosen=Filter(kind, stage, reason))
    messages.success(visit.request, _("%(count)s messages are processed again.") % {"count": count})
    return redirect("desk:hospital-inbox")


def parts(body: bytes, first: int | None, last: int | None) -> tuple[str, str, str, str]:
    """What stands before the bytes that are wrong, those as text and in hexadecimal, and what stands after them."""
    if first is None or last is None:
        return readable(body[:SHOWN_BYTES]), "", "", ""
    begin = max(0, first - SHOWN_BYTES // 2)
    wrong = body[first : min(last, first + SHOWN_BYTES // 2)]
    after = body[last : max(last, begin + SHOWN_BYTES)]
    return readable(body[begin:first]), readable(wrong), wrong[:HEX_BYTES].hex(" "), readable(after)


def readable(raw: bytes) -> str:
    """Bytes of any kind as text that cannot do anything: UTF-8, else GB 18030, else one character a byte.

    HL7 v2 ends its segments with a carriage return; other control characters are shown as their pictures.
    """
    text = _decoded(raw).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_visible(character) for character in text)


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            # A character cut in two at the end of what is shown is no reason to doubt the encoding.
            if error.end == len(raw) and error.start > len(raw) - 4 and error.start:
                return raw[: error.start].decode(encoding)
    return raw.decode("latin-1")


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf"):
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\N{REPLACEMENT CHARACTER}"
