"""Which provisions decided an access: worked out afterwards, from the rules that were in force then. Pure."""

from collections.abc import Collection, Iterable

from medbridge.consent.rules import Decision, Node, Request, Row, concerns, decide, tells_apart

# Type, Patient and custodian of what was given or refused.
Kind = tuple[str, str, str | None]


def grounds(nodes: Collection[Node], request: Request, kinds: Iterable[Kind], *, allowed: bool) -> list[Decision]:
    """Each decision once. nodes: those in force over the Patient's data.

    Where provisions tell records of one kind apart, by date, label, code or reference, these are all that may have
    decided: what the records were like then is not kept.
    """
    about = [node for node in nodes if concerns(node, request) and _is_begun(node, request)]
    found: dict[tuple[str | None, str | None, str], Decision] = {}
    for type, patient, custodian in sorted(kinds, key=repr):
        near = [node for node in about if (node.patient, node.custodian) == (patient, custodian)]
        if any(tells_apart(node) for node in near):
            decided = [_may_be(node) for node in near if node.permit == allowed and _is_of(node, type)]
        else:
            decided = [decide(near, request, Row(type, "", patient, custodian))]
        for each in decided:
            found.setdefault((each.consent, each.path, each.reason), each)
    return list(found.values())


def _is_begun(node: Node, request: Request) -> bool:
    return node.starts is None or node.ends is None or node.starts <= request.at <= node.ends


def _is_of(node: Node, type: str) -> bool:
    return node.classes is None or type in node.classes


def _may_be(node: Node) -> Decision:
    verb = "permits" if node.permit else "denies"
    reason = f"Consent/{node.consent} version {node.version} {verb} some of these at {node.path}."
    return Decision(node.permit, node.consent, node.path, reason, node.version)
