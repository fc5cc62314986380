"""Token parameters: `code`, `system|code`, and what modifiers make of them (FHIR R4 search.html#token)."""

from collections.abc import Callable, Iterable, Sequence

from medbridge.fhir.parameters import WHOSE, Parameter, stored, supported
from medbridge.fhir.query import Condition, Displays, Either, Ids, Not, Terms
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.search_presence import valued as has_value
from medbridge.fhir.spelling import IDENTIFIER, alternatives, coded, folded, refused, split, unescape
from medbridge.fhir.terms import digest, salt

_CODED = ("CodeableConcept", "Coding", "Identifier")


def token(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """None for a modifier that this parameter does not have."""
    if parameter.name == "_id":
        return _ids(asking, modifier, value)
    if not modifier:
        return plain(asking, type, parameter, value)
    if modifier in ("text", "of-type") and not _reads(parameter, ("Identifier",) if modifier == "of-type" else _CODED):
        return None
    meaning = _MODIFIERS.get(modifier)
    return meaning(asking, type, parameter, value) if meaning else None


def plain(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    spelled = [coded(parameter.name, v) for v in alternatives(asking, parameter.name, value)]
    return _any(asking, type, parameter, spelled)


def implied(parameter: Parameter, spelling: str) -> str:
    """A code element does not repeat its code system, nor does the index: `system|code` is `code`, and `system|`,
    any value, is the empty text (R4: the system is implied)."""
    system, bar, code = spelling.rpartition("|")
    return code if bar and system in parameter.systems else spelling


def _any(asking: Asking, type: str, parameter: Parameter, spelled: Sequence[str]) -> Condition:
    """A value has one of these spellings."""
    terms: list[int] = []
    valued: list[Condition] = []
    paired = parameter.name == "code" and not parameter.marker and any(name in supported(type) for name in WHOSE)
    for own in stored(type, parameter):
        for spelling in spelled:
            system, bar, code = spelling.rpartition("|")
            paired = paired and bool(code) and (not bar or bool(system))
            spelling = implied(own, spelling)
            if spelling:
                terms.append(own.salt ^ digest(spelling))
            else:
                valued += filter(None, [has_value(own)])
    asking.spend(terms=len(terms))
    if not valued:
        return Terms(tuple(terms), paired)
    return Either((*valued, Terms(tuple(terms)))) if terms else valued[0]


def _ids(asking: Asking, modifier: str, value: str) -> Condition | None:
    if modifier not in ("", "not"):
        return None
    wanted = alternatives(asking, "_id", value)
    if bad := next((id for id in wanted if not IDENTIFIER.fullmatch(id)), None):
        raise refused("_id", f"{bad!r} is not an id (letters, digits, '-' and '.', at most 64)")
    return Not(Ids(tuple(wanted))) if modifier else Ids(tuple(wanted))


def _reads(parameter: Parameter, types: tuple[str, ...]) -> bool:
    return any(path.rpartition(":")[2] in types for path in parameter.paths)


def _unless(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    # R4: `:not` also finds what has no value at all.
    return Not(plain(asking, type, parameter, value))


def _text(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    texts = tuple(folded(f"{parameter.name}:text", v) for v in alternatives(asking, parameter.name, value))
    found = [Displays(salt(type, f"{own.name}:text"), texts) for own in stored(type, parameter)]
    return found[0] if len(found) == 1 else Either(tuple(found))


def _of_type(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    name, terms = f"{parameter.name}:of-type", []
    for v in alternatives(asking, name, value):
        parts = [unescape(part) for part in split(v, "|")]
        if len(parts) != 3 or not all(parts):
            raise refused(name, f"{v!r} is not system|code|value: type of the identifier, then its value")
        terms += [salt(type, f"{own.name}:of-type") ^ digest("|".join(parts)) for own in stored(type, parameter)]
    return Terms(tuple(terms))


def _in(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    spelled: list[str] = []
    for v in alternatives(asking, parameter.name, value):
        url = unescape(v).partition("|")[0]
        members = asking.terminology.members(url)
        if members is None:
            raise refused(f"{parameter.name}:in", f"the value set {url!r} is not known here; list its codes instead")
        spelled += [f"{system}|{code}" for system, code in members]
    return _any(asking, type, parameter, spelled)


def _not_in(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    return Not(_in(asking, type, parameter, value))


def _below(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    return _related(asking, type, parameter, value, "below", asking.terminology.descendants)


def _above(asking: Asking, type: str, parameter: Parameter, value: str) -> Condition:
    return _related(asking, type, parameter, value, "above", asking.terminology.ancestors)


def _related(
    asking: Asking, type: str, parameter: Parameter, value: str, modifier: str,
    relatives: Callable[[str, str], Iterable[str] | None],
) -> Condition:  # fmt: skip
    """The codes themselves and their relatives. A code without its system has those of the implied systems."""
    name, spelled = f"{parameter.name}:{modifier}", []
    for v in alternatives(asking, name, value):
        system, _, code = coded(name, v).rpartition("|")
        systems = (system,) if system else parameter.systems
        if not systems or not code:
            raise refused(name, f"{v!r} is not system|code")
        known = [(its, found) for its in systems if (found := relatives(its, code)) is not None]
        if not known:
            raise refused(name, f"the hierarchy of {systems[0]!r} is not known here; list the codes instead")
        spelled += [f"{its}|{each}" for its, found in known for each in (code, *found)]
    return _any(asking, type, parameter, spelled)


_MODIFIERS: dict[str, Callable[[Asking, str, Parameter, str], Condition]] = {
    "not": _unless,
    "text": _text,
    "of-type": _of_type,
    "in": _in,
    "not-in": _not_in,
    "below": _below,
    "above": _above,
}
