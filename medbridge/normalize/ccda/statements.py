"""Which map a clinical statement gets: by its template, else by its section, else by what kind of statement it is.

The tables `templates`, `sections`, `kinds` and `moods` of the pack say it. Three targets are no maps: `each` (a
wrapper: what stands inside counts), `patient` (the Patient has it already), `part` (belongs to what is around it).
"""

from __future__ import annotations

from medbridge.normalize.ccda.accounting import STATEMENTS
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.making import make
from medbridge.normalize.ccda.nodes import Node

# What a mapping did not foresee in what somebody sent.
SURPRISES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def convert(document: Document, statement: Node) -> list[str]:
    """References to what the statement and those inside it became. One that cannot be taken costs no other."""
    target = mapping(document, statement)
    document.accounts.met(statement)
    if target in WRAPPERS:
        return WRAPPERS[target](document, statement)
    if target not in document.pack.maps or (statement.all("subject") and target not in OTHERS):
        return _unmapped(document, statement)
    found = _made(document, target, statement)
    return found if target in OTHERS else found + _left(document, statement)


# About relatives: an Observation made of what stands inside would be read as the patient's own.
OTHERS = frozenset({"family[FamilyMemberHistory]"})


def _unmapped(document: Document, statement: Node) -> list[str]:
    mood = statement.get("moodCode")
    about = " about somebody else" if statement.all("subject") else ""
    reason = f"no mapping for this {statement.tag}{about}{f' (mood {mood})' if mood else ''}; kept in the original"
    document.problem(statement, reason, "unmapped")
    document.accounts.failed(statement)
    return []


def _made(document: Document, target: str, statement: Node) -> list[str]:
    try:
        reference = make(document, target, statement)
    except EntryError as error:
        document.problem(statement, f"{error}; left out")
    except SURPRISES as error:
        # The other entries, and the original, are worth more than the surprise.
        document.problem(statement, f"the mapping failed ({type(error).__name__}: {error}); left out")
    else:
        if reference:
            return [reference]
    document.accounts.failed(statement)
    return []


def _left(document: Document, statement: Node) -> list[str]:
    """What stands inside, and no row of the map around it has taken: facts of their own."""
    below = [each for link in statement.all("entryRelationship") for each in inner(link)]
    below += [each for link in statement.all("component") for each in inner(link)]
    return [found for each in below if document.pending(each) for found in convert(document, each)]


def within(document: Document, statement: Node) -> list[str]:
    """The statements inside, each for itself; a wrapper that is empty says something by itself, or is reported."""
    below = [
        each for path in ("entryRelationship", "component") for link in statement.all(path) for each in inner(link)
    ]
    if below:
        return [reference for each in below for reference in convert(document, each)]
    alone = document.pack.codes["alone"].get(f"{statement.tag} {statement.get('moodCode', 'EVN')}")
    name = alone or document.pack.codes["alone"].get(statement.tag)
    if name is None:
        document.problem(statement, "holds no statement; left out")
        document.accounts.failed(statement)
        return []
    return _made(document, name[0], statement)


def inner(link: Node) -> list[Node]:
    """The statement in an entry, entryRelationship or component."""
    return [each for each in link.children if each.tag in STATEMENTS]


def mapping(document: Document, statement: Node) -> str:
    codes = document.pack.codes
    known = {each.get("root") for each in statement.all("templateId")}
    named = next((each for each in codes["templates"] if each in known), "") if known else ""
    found = (
        codes["templates"].get(named)
        or codes["sections"].get(f"{document.section} {statement.tag}")
        or codes["kinds"].get(statement.tag, ("",))
    )
    mood = statement.get("moodCode") or "EVN"
    moods = codes["moods"]
    changed = moods.get(f"{found[0]} {mood}") or (moods.get(f"{found[0]} *") if mood not in ("EVN", "DEF") else None)
    return (changed or found)[0]


def _patient(document: Document, statement: Node) -> list[str]:
    return (
        [document.subject] if document.absorbed(statement) else [make(document, "observation[Observation]", statement)]
    )


def _part(document: Document, statement: Node) -> list[str]:
    return []


WRAPPERS = {"each": within, "patient": _patient, "part": _part}
