"""Who may see a record: the published rules (DESIGN.md section 5), pure. compile.py says the same in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from medbridge.consent import purpose
from medbridge.consent.provision import Node, nodes
from medbridge.fhir.dates import LATEST

__all__ = ["DIRECTORY", "Decision", "Node", "Request", "Row", "concerns", "decide", "nodes", "readers", "tells_apart"]

DIRECTORY = (
    "Endpoint",
    "HealthcareService",
    "Location",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "SearchParameter",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A signed-in reader, the purpose and the moment.

    `hospital`: bare id. `practitioner`: "Practitioner/x". `groups`: "Group/x". `patients`: Patient ids that their
    custodians confirmed to be this account's person; they count in the role "patient" only.
    """

    hospital: str | None
    practitioner: str | None
    role: str
    groups: tuple[str, ...]
    patients: tuple[str, ...]
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """What the rules need to know of a record. `custodian` None: directory. `low`..`high`: clinical date, or None.

    `labels`: labels.combine. `marks`: marks.mark. `referrers`: terms.key of the records of the same Patient and
    custodian that refer to it.
    """

    type: str
    id: str
    patient: str | None
    custodian: str | None
    low: datetime | None = None
    high: datetime | None = None
    labels: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()
    referrers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """`consent`, `version` and `path` name the provision that decided; None when a standing rule did."""

    visible: bool
    consent: str | None
    path: str | None
    reason: str
    version: int | None = None


def decide(
    nodes: Iterable[Node], request: Request, row: Row, *, custodian_rule: bool = True, btg_default: bool = False
) -> Decision:
    """Whether the reader sees the record, and why. Nodes not bound to its Patient and custodian are passed over.

    `btg_default`: the custodians' policy lets the glass be broken where no consent exists at all.
    """
    if row.patient is None and (row.type in DIRECTORY or (row.type == "Group" and row.custodian is None)):
        return _standing(True, "The directory is open to every signed-in reader.")
    own = bool(request.hospital) and row.custodian == request.hospital
    if request.role == "patient":
        hers = row.patient is not None and row.patient in request.patients
        return _standing(hers, "A person sees her own records." if hers else "A patient sees only her own records.")
    if request.role in ("feed", "engineer"):
        return _standing(own, f"The role {request.role} sees what its own hospital pushed, and nothing else.")
    if request.role != "clinician":
        return _standing(False, f"The role {request.role or 'of this account'} reads no clinical records.")
    binding = [n for n in nodes if (n.patient, n.custodian) == (row.patient, row.custodian)]
    if ruling := _ruling(binding, request, row):
        return ruling
    if custodian_rule and own:
        return _standing(True, "No consent rules on this record; its custodian sees what it pushed.")
    if btg_default and request.purpose == purpose.BREAK_THE_GLASS and row.patient and row.custodian and not binding:
        return _standing(True, "No consent exists; the custodian's policy lets the glass be broken.")
    return _standing(False, "No consent lets this reader see this record for this purpose.")


def readers(request: Request) -> list[str]:
    """The references by which a provision's actor can mean this reader."""
    hospital = [f"Organization/{request.hospital}"] if request.hospital else []
    return [*hospital, *([request.practitioner] if request.practitioner else []), *request.groups]


def _standing(visible: bool, reason: str) -> Decision:
    return Decision(visible, None, None, reason)


def _ruling(binding: list[Node], request: Request, row: Row) -> Decision | None:
    """What the consents say together: any that denies wins over all that permit. None when none rules on this."""
    deciding: dict[str, Node] = {}
    for node in sorted(binding, key=lambda n: (n.consent, -n.depth, n.permit, n.path)):
        if node.consent not in deciding and _matches(node, request, row):
            deciding[node.consent] = node
    if not deciding:
        return None
    node = min(deciding.values(), key=lambda n: n.permit)
    verb = "permits" if node.permit else "denies"
    reason = f"Consent/{node.consent} version {node.version} {verb} this at {node.path}."
    return Decision(node.permit, node.consent, node.path, reason, node.version)


def _matches(node: Node, request: Request, row: Row) -> bool:
    return _is_about_reader(node, request) and _is_about_record(node, row)


def concerns(node: Node, request: Request) -> bool:
    """Whether it can ever be about this reader and purpose; when, is not asked."""
    if node.never or (node.actors is not None and not set(node.actors) & set(readers(request))):
        return False
    if node.purposes is None:
        return purpose.covers_unnamed(request.purpose, permit=node.permit)
    return bool(set(node.purposes) & set(purpose.covering(request.purpose, permit=node.permit)))


def tells_apart(node: Node) -> bool:
    """Whether it depends on more of a record than its type, Patient and custodian."""
    return any(each is not None for each in (node.instances, node.labels, node.codes, node.data_low, node.data_high))


def _is_about_reader(node: Node, request: Request) -> bool:
    if node.starts is not None and node.ends is not None and not node.starts <= request.at <= node.ends:
        return False
    return concerns(node, request)


def _is_about_record(node: Node, row: Row) -> bool:
    if node.classes is not None and row.type not in node.classes:
        return False
    if node.instances is not None and not _reached(node, node.instances, row):
        return False
    if node.labels is not None and not _labelled(node, node.labels, row):
        return False
    if node.codes is not None and not set(row.marks) & set(node.codes):
        return False
    return (
        node.data_low is None or node.data_high is None or _in_period(node.permit, node.data_low, node.data_high, row)
    )


def _reached(node: Node, instances: tuple[str, ...], row: Row) -> bool:
    if f"{row.type}/{row.id}" in instances or set(row.marks) & set(node.links or ()):
        return True
    # What refers to a Patient's record is her care; the Patient is no part of what an Encounter, say, is related to.
    return row.type != "Patient" and bool(set(row.referrers) & set(node.sources or ()))


def _labelled(node: Node, labels: tuple[str, ...], row: Row) -> bool:
    within = node.labels_within is None or set(row.labels) <= set(node.labels_within)
    return within and bool(set(row.labels) & set(labels))


def _in_period(permit: bool, low: datetime, high: datetime, row: Row) -> bool:
    """A permit holds for records wholly inside (if not ended: begun inside), a deny for any that may touch it.

    A record without a date may lie anywhere, so a deny takes it too; a Patient is no event and has none.
    """
    if row.low is None or row.high is None:
        return not permit and row.type != "Patient"
    if permit:
        return low <= row.low <= high and (row.high <= high or row.high >= LATEST)
    return row.low <= high and row.high >= low
