"""A custom search parameter whose expression is no plain path: evaluated by fhirpathpy, its values read by their shape.

It costs some 100 microseconds a resource, so what it can cost is bounded when it is defined: only functions and
operators whose work is linear in the resource are let in. `descendants`, `repeat` and `%resource` walk the resource
once per element of it, `matches` can backtrack without end, `&`, `+` and `replace` make texts that double at each
step, and `now` has another value at each reindex.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from medbridge.fhir import extract_references, extract_strings, extract_tokens, extract_values
from medbridge.fhir.extract_found import Found
from medbridge.fhir.fhirpath import Compiled, NotEvaluable, compile_expression, lexed, tokens, typed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parameters import Parameter
from medbridge.fhir.references import classify
from medbridge.fhir.terms import salt

# Characters (custom_definition). The longest of R4's own has 600 for all its types together.
EXPRESSION_LIMIT = 2000
# Names, signs and brackets: the parser recurses, and must come through in whatever depth a process is at.
WORDS_LIMIT = 150
NESTING_LIMIT = 10
# Values of one resource. The path of `Bundle.entry` in a page of a thousand would be the most that one could want.
VALUES_LIMIT = 1000
# Bytes of a resource. fhirpathpy takes about a second for a megabyte that it has to go through.
RESOURCE_LIMIT = 1 << 20
FUNCTIONS = frozenset(
    (
        *("all", "allFalse", "allTrue", "anyFalse", "anyTrue", "as", "contains", "convertsToDate"),
        *("convertsToDateTime", "convertsToDecimal", "count", "distinct", "empty", "endsWith", "exists", "extension"),
        *("first", "iif", "indexOf", "intersect", "is", "last", "length", "lower", "not", "ofType"),
        *("resolve", "select", "skip", "startsWith", "substring", "subsetOf", "supersetOf", "tail", "take"),
        *("toDate", "toDateTime", "toDecimal", "toInteger", "toQuantity", "toString", "upper", "where"),
    )
)
# Words that a bracket may follow without being called.
_WORDS = frozenset(("and", "or", "xor", "implies", "is", "as", "in", "contains"))
_OPERATORS = frozenset("&+*%`")
_CONTACTS = frozenset(("phone", "fax", "email", "pager", "url", "sms", "other"))

Read = Callable[[Any, Found, str, Parameter], None]


def expression(text: str) -> Compiled:
    """Raises FhirError 422, which says what is wrong or not allowed."""
    if (depth := max(accumulate((c == "(") - (c == ")") for c in text), default=0)) > NESTING_LIMIT:
        raise _refused(f"{depth} brackets stand inside each other; {NESTING_LIMIT} may.")
    if (count := len(lexed(text))) > WORDS_LIMIT:
        raise _refused(f"It has {count} names, signs and brackets; {WORDS_LIMIT} are allowed.")
    try:
        words = tokens(text)
        _check_cost(words)
        return compile_expression(text, {"resolve": {"fn": _resolve, "arity": {0: []}}})
    except NotEvaluable as error:
        raise _refused(f"{error}.") from None


def _check_cost(words: list[str]) -> None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if following == "(" and word.isidentifier() and word not in FUNCTIONS | _WORDS:
            raise _refused(f"The function {word}() is not allowed in an index: {', '.join(sorted(FUNCTIONS))} are.")
        if word[:1] in _OPERATORS or word == following == "-":
            raise _refused(f"“{word[:40]}” is not allowed in an index: its cost has no bound that is known beforehand.")


def evaluate(compiled: Compiled, type: str, parameter: Parameter, resource: dict[str, Any], found: Found) -> bool:
    """Add the values to what is found; whether there are any that the kind can hold.

    Raises NotEvaluable, and then nothing was added.
    """
    try:
        values = compiled(resource, {})[:VALUES_LIMIT]
        own = Found()
        for value in values:
            _READERS[parameter.kind](value, own, type, parameter)
    except Exception as error:  # whatever the library raises, on whatever value a sender thought of
        raise NotEvaluable(str(error)) from error
    found.terms += own.terms
    found.refs += own.refs
    found.strings += own.strings
    found.dates += own.dates
    found.numbers += own.numbers
    found.displays |= own.displays
    return any((own.terms, own.refs, own.strings, own.dates, own.numbers, own.displays))


def _resolve(inputs: list[Any]) -> list[Any]:
    """Of a reference only its type is known: enough for `resolve() is Patient`."""
    texts = [value.get("reference") if isinstance(value, dict) else value for value in map(_plain, inputs)]
    found = [classify("", text).type for text in texts if isinstance(text, str)]
    return [typed({"resourceType": type}, type) for type in found if type]


def _plain(value: Any) -> Any:
    return getattr(value, "data", value)


def _token(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    own, texts = parameter.salt, salt(type, f"{parameter.name}:text")
    if not isinstance(value, dict):
        extract_tokens.boolean(value, found, own)
        extract_tokens.code(value, found, own)
    elif "coding" in value or "text" in value:
        extract_tokens.concept(value, found, own, texts)
    elif "value" not in value:
        extract_tokens.coding(value, found, own, texts)
    elif value.get("system") in _CONTACTS:
        extract_tokens.contact(value, found, own)
    else:
        extract_tokens.identifier(value, found, own, salt(type, f"{parameter.name}:of-type"), texts)


def _reference(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    # Its displayed name may be a person's: kept by nobody.
    identifiers, texts = (salt(type, f"{parameter.name}:{part}") for part in ("identifier", "text"))
    extract_references.refer(value, found, parameter.salt, identifiers, texts, extract_references.PERSON)
    extract_references.link(value, found, parameter.salt)


def _string(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    exact = salt(type, f"{parameter.name}:exact")
    extract_strings.string(value, found, parameter.salt, exact)
    if isinstance(value, dict) and {"line", "city", "postalCode", "country", "state", "district"} & value.keys():
        extract_strings.address(value, found, parameter.salt, exact)
    else:
        extract_strings.human_name(value, found, parameter.salt, exact)


def _date(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    text = value if isinstance(value, dict) else str(value)
    for read in (extract_values.date, extract_values.period, extract_values.timing):
        read(text, found, parameter.salt, -1, 0)


def _uri(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    extract_references.canonical(value, found, parameter.salt, salt(type, f"{parameter.name}:below"))


def _number(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    extract_values.span(value, found, parameter.salt)
    extract_values.number(value, found, parameter.salt)


def _quantity(value: Any, found: Found, type: str, parameter: Parameter) -> None:
    for read in (extract_values.span, extract_values.sampled):
        read(value, found, parameter.salt)
    if isinstance(value, dict):
        (extract_values.money if "currency" in value else extract_values.quantity)(value, found, parameter.salt)


_READERS: dict[str, Read] = {
    "token": _token, "reference": _reference, "string": _string, "date": _date, "uri": _uri, "number": _number,
    "quantity": _quantity,
}  # fmt: skip


def _refused(why: str) -> FhirError:
    return FhirError(422, [Issue("business-rule", why, "SearchParameter.expression")])
