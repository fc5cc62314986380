from dataclasses import dataclass
from enum import Enum


class Defect(Enum):
    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    BACKDATED = "backdated"
    PROMISE = "promise not kept"
    ROLLED_BACK = "log rolled back"
    SPLIT = "two histories"


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` names the thing ("entry 7 of chain ab12...", "Observation/x/_history/1"); `sentence` says why."""

    defect: Defect
    what: str
    sentence: str
