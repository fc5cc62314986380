"""Converted messages become records: several in one write, as long as they do not speak of the same record."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.checking import check
from medbridge.actions.steps.formats import FORMATS
from medbridge.actions.steps.freshness import Key, Word, fresh
from medbridge.actions.steps.intent import Intent, Outcome
from medbridge.actions.steps.overlaying import overlaid
from medbridge.actions.steps.writing import attest_all, write
from medbridge.identity import link
from medbridge.inbox import events, settling
from medbridge.inbox import store as inbox
from medbridge.inbox.models import Message
from medbridge.normalize.conversion import Conversion, Source
from medbridge.records import read

# The kept message says who sent what to whom; a record of that for each message would only grow the store.
_TOLD_BY_THE_INBOX = frozenset({"MessageHeader"})


@dataclass(frozen=True)
class Converted:
    """One message and what it says. `keeps`: types that it only creates."""

    message: Message
    actor: Actor
    source: Source
    body: bytes
    conversion: Conversion
    keeps: tuple[str, ...]

    @property
    def said(self) -> dict[Key, dict[str, Any]]:
        return {(each["resourceType"], each["id"]): each for each in self.conversion.resources
                if each["resourceType"] not in _TOLD_BY_THE_INBOX}  # fmt: skip


def converted(message: Message, *, actor: Actor, source: Source) -> Converted:
    """Raises NormalizeError, or FhirError when what came out is not valid FHIR."""
    body = inbox.body_of(message)
    conversion, keeps = FORMATS[message.kind].convert(body, source)
    for resource in conversion.resources:
        check(resource, resource["resourceType"])
    return Converted(message, actor, source, body, conversion, keeps)


def first_round(waiting: Sequence[Converted]) -> tuple[list[Converted], list[Converted]]:
    """Those from the front that can be stored in one write, and the rest: one sender, each record said once.

    What is put off keeps its place: nothing that shares a lane or a record with it goes before it.
    """
    taken: list[Converted] = []
    rest: list[Converted] = []
    known: dict[Key, dict[str, Any]] = {}
    lanes: set[int] = set()
    barred: set[Key] = set()
    for each in waiting:
        said = each.said
        alike = all(known.get(key, resource) == resource for key, resource in said.items())
        apart = lanes.isdisjoint(each.message.lanes or []) and barred.isdisjoint(said)
        if alike and apart and (not taken or each.actor == taken[0].actor):
            taken.append(each)
            known |= said
        else:
            rest.append(each)
            lanes.update(each.message.lanes or [])
            barred |= said.keys()
    return taken, rest


def store_all(group: Sequence[Converted], *, at: datetime) -> None:
    """Records, their Provenance, and the messages DONE, in the caller's transaction. Raises FhirError, IntegrityError.

    group: what first_round() returned; the messages are locked.
    """
    actor = group[0].actor
    words = _words(group)
    write_now, until = fresh(words)
    write_now = overlaid(write_now, {key: names for each in group for key, names in each.conversion.amends.items()})
    outcomes = write([word.intent for word in write_now], actor=actor, at=at, chooses_ids=True, skip_unchanged=True)
    made: dict[UUID, list[Outcome]] = {each.message.id: [] for each in group}
    for word, outcome in zip(write_now, outcomes, strict=True):
        made[word.message.id].append(outcome)
    _merge(group, actor, at)
    attest_all([(each.message, made[each.message.id]) for each in group], actor=actor, at=at,
               packs={each.message.id: (each.conversion.pack, each.conversion.rows) for each in group})  # fmt: skip
    events.confirm(_confirmed(write_now, outcomes, until))
    _settle(group, made, at)


def _merge(group: Sequence[Converted], actor: Actor, at: datetime) -> None:
    """What a hospital says of its own two records; of another's it has no say, and the index does not know them."""
    for each in group:
        for kept, away in each.conversion.merges:
            link.merge(kept, away, by=f"{actor.hospital} in message {each.message.control_id}", at=at)


def _words(group: Sequence[Converted]) -> list[Word]:
    """A record of which several messages say the same is said by the one that tells of the latest event."""
    words: dict[Key, Word] = {}
    for each in group:
        for intent in _intents(each):
            word = Word(intent, each.message)
            before = words.get(word.key)
            if before is None or _outranks(word, before):
                words[word.key] = word
    return list(words.values())


def _outranks(word: Word, before: Word) -> bool:
    if word.intent.only_if_absent != before.intent.only_if_absent:
        return before.intent.only_if_absent
    mine, theirs = word.message.event_at, before.message.event_at
    return mine is not None and (theirs is None or mine > theirs)


def _intents(each: Converted) -> list[Intent]:
    """Types in `keeps` are only created; a table of people also updates those that a table brought."""
    mine = _brought_by_tables(each) if each.message.kind == "csv" else set()
    return [
        Intent(type, "PUT", type, resource, id=id, message=each.message.id,
               only_if_absent=type in each.keeps and (type, id) not in mine)
        for (type, id), resource in each.said.items()
    ]  # fmt: skip


def _brought_by_tables(each: Converted) -> set[Key]:
    if any(type != "Patient" for type, _ in each.said):
        return set()
    came = read.messages_of(list(each.said))
    tables = set(Message.objects.filter(id__in=came.values(), kind="csv").values_list("id", flat=True))
    return {key for key, message in came.items() if message in tables}


def _confirmed(
    words: Sequence[Word], outcomes: Sequence[Outcome], until: dict[Key, datetime | None]
) -> dict[UUID, datetime]:
    found: dict[UUID, datetime] = {}
    for word, outcome in zip(words, outcomes, strict=True):
        moment, known = word.message.event_at, until.get(word.key)
        unchanged = outcome.stored is None and not word.intent.only_if_absent
        if unchanged and moment and (known is None or moment > known):
            found[UUID(word.intent.id)] = moment
    return found


def _settle(group: Sequence[Converted], made: dict[UUID, list[Outcome]], at: datetime) -> None:
    repeated = events.repeated_control_ids([each.message for each in group])
    settling.done_all([
        settling.Done(
            each.message.id, _answer(each, at), sum(outcome.stored is not None for outcome in made[each.message.id]),
            [*_problems(each.conversion), *_flagged(repeated.get(each.message.id))], **_made(each.conversion),
        )
        for each in group
    ], at=at)  # fmt: skip


def _answer(each: Converted, at: datetime) -> bytes:
    """Who was told something before gets no other answer; it is made anew from what the message says."""
    return b"" if each.message.told else FORMATS[each.message.kind].accept(each.body, each.source, at)


def _made(conversion: Conversion) -> dict[str, Any]:
    counts = asdict(conversion.accounting) if conversion.accounting else {}
    return {**counts, "pack": conversion.pack}


def _problems(conversion: Conversion) -> list[dict[str, str]]:
    return [{"stage": p.stage, "place": p.place, "reason": p.reason} for p in conversion.problems]


def _flagged(earlier: UUID | None) -> list[dict[str, str]]:
    reason = f"Message {earlier} had this control id and said something else; both were processed."
    return [{"stage": "duplicate", "place": "MSH-10", "reason": reason}] if earlier else []
