"""Who acts, for whom, and for what purpose: made from a token, a session or a listener, never from a message."""

from dataclasses import dataclass, field

from medbridge.accounts.scopes import Scopes


@dataclass(frozen=True)
class Actor:
    """One authenticated party.

    `patients` are the Patient ids whose custodians confirmed this account to be that person. `request` is the request
    id that access records carry, `reason` why the glass was broken, `address` where the request came from.
    """

    username: str
    name: str
    role: str
    hospital: str
    purpose: str
    scopes: Scopes
    practitioner: str = ""
    groups: tuple[str, ...] = ()
    patients: tuple[str, ...] = ()
    request: str = field(default="", compare=False)
    reason: str = ""
    address: str = field(default="", compare=False)
