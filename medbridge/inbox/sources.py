"""How a sender's messages are read and answered, as its hospital's engineer has set it."""

from collections.abc import Sequence
from datetime import datetime

from medbridge.inbox.models import Source


def source_of(hospital: str, sender: str) -> Source:
    """The row of this sender, else that of all the hospital's senders, else one that says nothing."""
    rows = Source.objects.filter(hospital=hospital, sender__in=("", sender)).order_by("-sender")
    return rows.first() or Source(hospital=hospital, sender=sender)


def sources_of(hospital: str) -> list[Source]:
    return list(Source.objects.filter(hospital=hospital).order_by("sender"))


def save(
    *, hospital: str, sender: str, timezone: str, charset: str, answers: str, packs: Sequence[str], by: str,
    at: datetime,
) -> None:  # fmt: skip
    chosen = {"timezone": timezone, "charset": charset, "answers": answers, "packs": list(packs)}
    said = {**chosen, "changed_by": by, "changed_at": at}
    Source.objects.update_or_create(hospital=hospital, sender=sender, defaults=said)


def remove(*, hospital: str, sender: str) -> None:
    Source.objects.filter(hospital=hospital, sender=sender).delete()
