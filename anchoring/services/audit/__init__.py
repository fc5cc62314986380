"""Recomputes the log from its stored entries and names everything that is not as it was signed. Writes nothing."""

from anchoring.services.audit.finding import Defect, Finding
from anchoring.services.audit.held import held_checkpoint, held_promise
from anchoring.services.audit.whole import audit

__all__ = ["Defect", "Finding", "audit", "held_checkpoint", "held_promise"]
