"""What one search may ask for, and the account of what it has asked for."""

from dataclasses import dataclass, field

from medbridge.fhir.custom import NONE, Custom
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parameters import Parameter, supported
from medbridge.fhir.search_terminology import R4, Terminology

# Characters of a name that go back to the caller.
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond `count_max` the page is smaller; beyond the others the search is refused.

    parameters: of one search; each is a condition on every row.
    or_values: alternatives of one parameter, separated by commas.
    value_length: characters of one value; `_filter` has the longest.
    chain_depth: hops of a chain and of `_has` together; each is a join.
    conditions: after chains are spread over the types that a reference can have; each is a subquery.
    terms: after alternatives, value sets and targets are spelled out; each is a probe of the index.
    filter_depth: brackets and `not` inside each other; the parser recurses.
    includes: `_include` and `_revinclude` together; each is a query of its own.
    sort_keys: of one `_sort`; beyond a few the order no longer changes.
    """

    count_default: int = 50
    count_max: int = 1000
    parameters: int = 40
    or_values: int = 200
    value_length: int = 8000
    chain_depth: int = 4
    conditions: int = 100
    terms: int = 10_000
    filter_depth: int = 20
    includes: int = 20
    sort_keys: int = 5


LIMITS = Limits()


@dataclass(slots=True)
class Asking:
    """What the parsers of one search share: limits, this server's URL, terminology, custom parameters; the whole name
    of the parameter that is being read (of a chain only the rest goes from hand to hand); what is spent so far; and
    the URLs of the custom parameters that were used."""

    limits: Limits = LIMITS
    base: str | None = None
    terminology: Terminology = field(default=R4)
    custom: Custom = NONE
    name: str = ""
    conditions: int = 0
    terms: int = 0
    used: dict[str, None] = field(default_factory=dict)

    def knows(self, type: str, name: str) -> bool:
        return name in supported(type) or name in self.custom.of(type)

    def parameter(self, type: str, name: str) -> Parameter | None:
        """R4's, or a custom one, which is then remembered as used."""
        found = supported(type).get(name)
        if found is None and (found := self.custom.of(type).get(name)):
            self.used[found.definition] = None
        return found

    def spend(self, *, conditions: int = 0, terms: int = 0) -> None:
        """Raises FhirError 400 where the search comes to ask for too much."""
        self.conditions += conditions
        self.terms += terms
        if self.conditions > self.limits.conditions:
            raise too_costly(
                self.name, f"the search comes to more than {self.limits.conditions} conditions; "
                "ask for less, or name the types of references (subject:Patient.name)"
            )  # fmt: skip
        if self.terms > self.limits.terms:
            raise too_costly(
                self.name, f"the search comes to more than {self.limits.terms} values; "
                "give fewer, and write references as Type/id"
            )  # fmt: skip


def too_costly(parameter: str, why: str) -> FhirError:
    shown = parameter[:SHOWN]
    return FhirError(400, [Issue("too-costly", f"Search parameter {shown!r}: {why}", f"http.{shown}")])
