"""How the public log stands: its newest checkpoint and its anchors. For auditors and operators."""

from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.evidence import log
from medbridge.evidence.log import AnchorState
from medbridge.fhir.outcome import FhirError, Issue

ANCHORS_SHOWN = 50


@dataclass(frozen=True)
class LogView:
    """`checkpoint`: the signed note (C2SP tlog-checkpoint), or None while nothing was sealed."""

    checkpoint: str | None
    anchors: list[AnchorState]


def read_log(*, actor: Actor, at: datetime) -> LogView:
    """Raises FhirError 403 for other roles. The same stands at /log/ for everyone; it names no person."""
    if actor.role not in (Role.AUDITOR, Role.OPERATOR):
        raise FhirError(403, [Issue("forbidden", f"The role {actor.role} may not see the log's anchors here.")])
    return LogView(log.newest_checkpoint(), log.anchors(limit=ANCHORS_SHOWN))
