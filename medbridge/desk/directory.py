"""Hospitals and practitioners by name, for lists to choose from and to say whose a record is."""

from dataclasses import dataclass

from medbridge.accounts.models import Account, Hospital, Role


@dataclass(frozen=True)
class Clinician:
    reference: str
    name: str
    hospital: str


class Names:
    """Hospital ids -> names, read once for a page."""

    def __init__(self) -> None:
        self.hospitals = dict(Hospital.objects.order_by("name").values_list("id", "name"))

    def hospital(self, id: str | None) -> str:
        return self.hospitals.get(id or "", id or "")


def clinicians(names: Names) -> list[Clinician]:
    rows = Account.objects.filter(role=Role.CLINICIAN, is_active=True).exclude(practitioner="").order_by("name")
    return [Clinician(row.practitioner, row.name or row.username, names.hospital(row.hospital)) for row in rows]
