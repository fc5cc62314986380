"""What a decision would change, in words."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _

from medbridge.actions.preview_consent import Change, Preview
from medbridge.desk.directory import Names, clinicians
from medbridge.desk.patient.sight import who
from medbridge.desk.words import PURPOSES, kind, word


@dataclass(frozen=True)
class Effect:
    """`opened`: else hidden. `kinds`: how many of each, in words."""

    who: str
    opened: bool
    count: int
    kinds: str
    purposes: str


def effects(preview: Preview) -> list[Effect]:
    """One for each reader, and for the purposes for which the same happens."""
    names = Names()
    people = clinicians(names)
    counts: dict[tuple[str, str, bool], Counter[str]] = {}
    for each in preview.changes:
        key = who(each.reader, names, people), _purpose(each), each.opened
        counts.setdefault(key, Counter())[each.type] += each.count
    purposes: dict[tuple[str, bool, tuple[tuple[str, int], ...]], list[str]] = {}
    for (reader, purpose, opened), types in counts.items():
        purposes.setdefault((reader, opened, tuple(sorted(types.items()))), []).append(purpose)
    return [
        Effect(reader, opened, sum(count for _type, count in types), _kinds(types), ", ".join(named))
        for (reader, opened, types), named in sorted(purposes.items())
    ]


def _purpose(change: Change) -> str:
    return word(PURPOSES, change.reader.purpose) if change.reader.purpose else _("any purpose")


def _kinds(types: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{kind(type)} ({count})" for type, count in types)
