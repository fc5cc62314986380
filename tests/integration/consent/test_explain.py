"""What is told of many records at once is what rules.decide says of each."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings

from medbridge.consent.explain import Policy, Reader, changes, explain
from medbridge.consent.rules import Decision, Node, Request, Row, decide, nodes
from tests.integration.consent.test_predicate import CONSENTS, ROWS

AT = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = Policy(AT, "Group/btg")
READERS = [
    Reader(hospital, role, practitioner, groups, purpose)
    for hospital in ("h1", "h2")
    for role, practitioner, groups in (
        ("clinician", "", ()), ("clinician", "Practitioner/bob", ("Group/btg",)), ("engineer", "", ()),
    )
    for purpose in ("TREAT", "ETREAT", "BTG", "PROJ-7")
]  # fmt: skip


def nodes_of(consents: list) -> list[Node]:  # type: ignore[type-arg]  # what CONSENTS draws
    return [
        node
        for number, (provision, status, bindings) in enumerate(consents)
        for node in nodes({"id": f"k{number}", "status": status, "provision": provision}, bindings=bindings)
    ]


def decided(rules: list[Node], reader: Reader, row: Row) -> Decision:
    request = Request(reader.hospital, reader.practitioner or None, reader.role, reader.groups, (), reader.purpose, AT)
    return decide(rules, request, row)


def breaks_the_glass_uninvited(reader: Reader) -> bool:
    return reader.purpose == "BTG" and "Group/btg" not in reader.groups


@settings(max_examples=100, deadline=None)
@given(CONSENTS)
def test_of_many_records_the_same_is_told_as_of_each(consents: list) -> None:  # type: ignore[type-arg]
    rules = nodes_of(consents)
    for reader, told in explain(rules, ROWS, READERS, POLICY).items():
        if breaks_the_glass_uninvited(reader):
            assert not any(each.decision.visible for each in told)
            continue
        expected = Counter((decided(rules, reader, row), row.custodian, row.type) for row in ROWS)
        assert {(each.decision, each.custodian, each.type): each.count for each in told} == expected


@settings(max_examples=100, deadline=None)
@given(CONSENTS, CONSENTS)
def test_a_change_is_what_is_seen_after_and_not_before(before: list, after: list) -> None:  # type: ignore[type-arg]
    old, new = nodes_of(before), nodes_of(after)
    found = changes(old, new, ROWS, READERS, POLICY)
    for reader in READERS:
        expected: Counter[tuple[bool, str]] = Counter()
        for row in ROWS:
            seen = decided(new, reader, row).visible and not breaks_the_glass_uninvited(reader)
            if seen != (decided(old, reader, row).visible and not breaks_the_glass_uninvited(reader)):
                expected[seen, row.type] += 1
        assert {(each.opened, each.type): each.count for each in found if each.reader == reader} == expected
