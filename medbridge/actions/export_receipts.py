"""Export a hospital's receipts of a period as one stream, for whoever keeps or checks them elsewhere."""

from collections.abc import Iterator
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.record import Deed
from medbridge.evidence import export
from medbridge.records import read


def export_receipts(*, actor: Actor, at: datetime, hospital: str, since: datetime, until: datetime) -> Iterator[bytes]:
    """Lines of docs/formats.md section 12. Receipts hold salts, so they are the hospital's own: raises FhirError 403
    for anybody else. The access record is written first, and counts the export as one."""
    if actor.hospital != hospital:
        refuse(actor, "operation", "Organization", f"The receipts are those of {hospital}.", at=at)
    period = f"since={since.isoformat()}&until={until.isoformat()}"
    note(
        actor,
        [Deed("operation", "Organization", f"Organization/{hospital}", query=f"$export-receipts?{period}")],
        at=at,
    )
    return export.lines(
        hospital=hospital, since=since, until=until, subjects=lambda low, high: read.subjects(hospital, low, high)
    )
