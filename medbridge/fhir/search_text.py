"""String and uri parameters, and words anywhere (FHIR R4 search.html#string, #uri, #content)."""

import re

from medbridge.fhir.parameters import Parameter, stored
from medbridge.fhir.query import All, Condition, Either, Match, Strings, Terms, Words
from medbridge.fhir.search_limits import Asking
from medbridge.fhir.spelling import alternatives, folded, refused, unescape
from medbridge.fhir.terms import digest, fold, prefixes, salt, sounds

_LETTERS = re.compile(r"\w+")
# Names that the index also keeps by their sound.
PHONETIC = "phonetic"
_MATCHES: dict[str, Match] = {"": "starts", "contains": "contains"}


def string(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """None for a modifier that strings do not have."""
    values = alternatives(asking, parameter.name, value)
    if parameter.name == PHONETIC:
        # Chinese is looked up in a dictionary, character by character.
        asking.spend(terms=len(value))
        return None if modifier else either([_sounding(type, parameter, v) for v in values])
    if modifier == "exact":
        exact = [unescape(v) for v in values]
        return Terms(
            tuple(salt(type, f"{own.name}:exact") ^ digest(v) for own in stored(type, parameter) for v in exact)
        )
    if modifier not in _MATCHES:
        return None
    return matching(type, parameter, tuple(folded(parameter.name, v) for v in values), _MATCHES[modifier])


def matching(type: str, parameter: Parameter, texts: tuple[str, ...], how: Match) -> Condition:
    """A value of the string parameter, folded, is matched by one of the folded texts."""
    return either([Strings(own.salt, texts, how) for own in stored(type, parameter)])


def either(of: list[Condition]) -> Condition:
    return of[0] if len(of) == 1 else Either(tuple(of))


def _sounding(type: str, parameter: Parameter, value: str) -> Condition:
    """Every word sounds like a word of the name."""
    keys = sounds(folded(parameter.name, value))
    return All(tuple(Terms(tuple(own.salt ^ digest(key) for own in stored(type, parameter))) for key in keys))


def uri(asking: Asking, type: str, parameter: Parameter, modifier: str, value: str) -> Condition | None:
    """Uris are compared letter by letter; `:below` and `:above` by whole segments of the path."""
    values = [unescape(v) for v in alternatives(asking, parameter.name, value)]
    own = stored(type, parameter)
    if not modifier:
        terms = [each.salt ^ digest(v) for each in own for v in values]
    elif modifier == "below":
        terms = [salt(type, f"{each.name}:below") ^ digest(v.rstrip("/")) for each in own for v in values]
    elif modifier == "above":
        terms = [each.salt ^ digest(prefix) for each in own for v in values for prefix in prefixes(v)]
    else:
        return None
    asking.spend(terms=len(terms))
    return Terms(tuple(terms))


def words(asking: Asking, name: str, value: str, *, whole: bool) -> Condition:
    """`_text` (the narrative) and `_content` (all of it): every word of one of the alternatives."""
    found = [tuple(dict.fromkeys(_LETTERS.findall(fold(unescape(v))))) for v in alternatives(asking, name, value)]
    if not all(found):
        raise refused(name, "give a word")
    asking.spend(terms=sum(len(each) for each in found))
    return either([Words(each, whole) for each in found])
