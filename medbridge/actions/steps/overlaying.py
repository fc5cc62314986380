"""What a message says of a record, laid over what is stored of it, where the message does not know the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from medbridge.actions.steps.freshness import Key, Word
from medbridge.fhir.parse import parse
from medbridge.records import store

Json = dict[str, Any]


def overlaid(words: Sequence[Word], amends: Mapping[Key, frozenset[str]]) -> list[Word]:
    """The words with whole resources. amends: of these the rest stays as stored, without the members named.

    A merge (Patient.link, active) is told once, by ADT A40; a later snapshot of the record does not take it back.
    The records are locked by fresh().
    """
    wanted = {word.key for word in words if _needs_stored(word, amends)}
    heads = {key: head for key, head in store.heads(wanted).items() if not head.deleted}
    bodies = store.bodies([head.pk for head in heads.values()]) if heads else {}
    stored = {key: parse(bodies[head.pk]) for key, head in heads.items()}
    return [_over(word, stored[word.key], amends.get(word.key)) if word.key in stored else word for word in words]


def _needs_stored(word: Word, amends: Mapping[Key, frozenset[str]]) -> bool:
    snapshot = word.intent.type == "Patient" and word.message.kind == "hl7v2"
    return not word.intent.only_if_absent and (snapshot or word.key in amends)


def _over(word: Word, stored: Json, deleted: frozenset[str] | None) -> Word:
    said = word.intent.resource or {}
    if deleted is None:
        kept = ("active", "link") if "link" in stored else ()
        resource = {name: stored[name] for name in kept if name in stored} | said
    else:
        gone = deleted | {"meta", "text"}
        resource = {name: value for name, value in stored.items() if name not in gone} | said
    if "link" in stored and "link" in said:
        resource["link"] = [*stored["link"], *(link for link in said["link"] if link not in stored["link"])]
    return replace(word, intent=replace(word.intent, resource=resource))
