"""What access records only point to: the versions that were given, and what decided (audit.render.Background)."""

from collections.abc import Collection, Mapping, Sequence

from medbridge.accounts.models import Role
from medbridge.audit.models import Access
from medbridge.audit.render import VERSIONS_NAMED, Background, Ground, body
from medbridge.consent import inforce
from medbridge.consent.grounds import Kind, grounds
from medbridge.consent.inforce import Dated
from medbridge.consent.rules import Node, Request
from medbridge.fhir.terms import key
from medbridge.records import read
from medbridge.records.read import Given


def backgrounds(rows: Sequence[Access]) -> list[Background]:
    """Of each row, by three statements for all."""
    named = {number for row in rows for number in (row.versions or ())[:VERSIONS_NAMED]}
    given = read.given(named) if named else {}
    judged = [row for row in rows if _is_judged(row)]
    rules = inforce.ever({row.patient for row in judged if row.patient}) if judged else {}
    custodians = read.custodians_of([number for row in judged if (number := _key(row)) is not None]) if judged else {}
    grounds_of = _Grounds(rules)
    return [_background(row, given, grounds_of, custodians) for row in rows]


def bodies(rows: Sequence[Access]) -> list[bytes]:
    """The AuditEvents, as they are committed and served."""
    return [body(row, behind) for row, behind in zip(rows, backgrounds(rows), strict=True)]


def _is_judged(row: Access) -> bool:
    """Whether consents can have had a say."""
    return row.role == Role.CLINICIAN and row.patient is not None and row.state is not None


def _key(row: Access) -> int | None:
    """Of the record that it is about, where it is about one."""
    type, _, id = row.target.partition("/_history/")[0].partition("/")
    return key(type, id) if id and "/" not in id else None


def _background(
    row: Access, given: Mapping[int, Given], grounds_of: "_Grounds", custodians: Mapping[int, str | None]
) -> Background:
    known = [given[number] for number in (row.versions or ())[:VERSIONS_NAMED] if number in given]
    subjects = [each.subject for each in known]
    if not _is_judged(row) or row.patient is None or row.state is None:
        return Background(subjects)
    kinds: set[Kind] = {(each.type, row.patient, each.hospital) for each in known}
    if not row.versions and (number := _key(row)) in custodians:
        kinds = {(row.type, row.patient, custodians[number])}  # type: ignore[index]
    return Background(subjects, grounds_of(row, row.patient, row.state, frozenset(kinds)))


class _Grounds:
    """What decided each row. A page of one person's records leaves many rows that the same rules decided."""

    def __init__(self, rules: Mapping[str, list[Dated]]) -> None:
        self.rules = rules
        self.found: dict[tuple[object, ...], list[Ground]] = {}

    def __call__(self, row: Access, patient: str, state: int, kinds: frozenset[Kind]) -> list[Ground]:
        reader = (row.hospital, row.practitioner, row.role, tuple(row.groups or ()), row.purpose)
        nodes = [each.node for each in self.rules[patient] if each.held(state)]
        # A rule that begins or ends may decide otherwise a moment later.
        moment = row.at if any(node.starts is not None for node in nodes) else None
        asked = (*reader, patient, state, kinds, row.allowed, moment)
        if asked not in self.found:
            self.found[asked] = _grounds(row, nodes, kinds)
        return self.found[asked]


def _grounds(row: Access, nodes: Collection[Node], kinds: frozenset[Kind]) -> list[Ground]:
    request = Request(
        hospital=row.hospital or None, practitioner=row.practitioner or None, role=row.role,
        groups=tuple(row.groups or ()), patients=(), purpose=row.purpose, at=row.at,
    )  # fmt: skip
    found = grounds(nodes, request, kinds, allowed=row.allowed)
    return [Ground(each.consent, each.version, each.path, each.visible, each.reason) for each in found]
