"""What the measurements share: the running stack, who speaks, and what has been stored so far."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.utils import timezone

from medbridge.actions.issue_token import issue_token
from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.bench.bundles import Load
from tests.bench.client import Answer, Http
from tests.bench.loop import Call, Row
from tests.bench.usage import Usage
from tools.stack.stack import Stack

FEED, OWN, OTHER = "north-feed", "erin", "bob"  # the hospital's engine, its clinician, a clinician elsewhere
ERIN = {"username": OWN, "hospital": "north", "role": "clinician", "practitioner": "Practitioner/erin"}


@dataclass(frozen=True)
class Size:
    """How much of everything. seconds: of each step on a fixed set of data; others: people with a consent elsewhere;

    rounds: of each step beside the peer, `compared` seconds each; none: no peer. entries: of one large transaction.
    """

    people: int
    seconds: float
    sealed: tuple[int, ...]
    verified: int
    explained: int
    profiled: int
    others: int
    rounds: int
    compared: float
    entries: int


USUAL = Size(
    people=59, seconds=4.0, sealed=(10_000, 100_000), verified=1000, explained=300, profiled=300, others=20_000,
    rounds=1, compared=2.0, entries=10_000,
)  # fmt: skip
FULL = replace(USUAL, seconds=10.0, rounds=3, compared=5.0)
QUICK = Size(
    people=4, seconds=0.5, sealed=(500,), verified=20, explained=3, profiled=10, others=200, rounds=0, compared=0.5,
    entries=100,
)  # fmt: skip
SIZES = {"quick": QUICK, "usual": USUAL, "full": FULL}


@dataclass
class World:
    """`stored`: type -> ids on the server; `patients`: (id on the server, Patient as sent); `notes` go to the JSON."""

    stack: Stack
    size: Size
    load: Load
    usage: Usage
    say: Callable[[str], None]
    tokens: dict[str, str] = field(default_factory=dict)
    stored: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    patients: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def connect(self, who: str) -> Callable[[], Http]:
        return lambda: Http(str(self.stack.addresses["fhir"]), self.tokens[who])

    def add(self, row: Row) -> Row:
        self.rows.append(row)
        beside = f"  {row.beside}" if row.beside else ""
        failed = f"  FAILED {row.failed}: {row.statuses}" if row.failed else ""
        times = f"p50 {row.p50_ms:g} p99 {row.p99_ms:g} ms"
        self.say(f"{row.step:<52} {row.rate:>10,.1f} {row.unit}/s  {times}{beside}{failed}")
        return row

    def count_entries(self, call: Call, answer: Answer) -> int:
        """Remember what a transaction or batch stored; the number of its entries that succeeded."""
        sent, answered = orjson.loads(call[2])["entry"], orjson.loads(answer.body)["entry"]
        succeeded = 0
        for entry, response in zip(sent, (each["response"] for each in answered), strict=True):
            if response["status"][:1] == "2":
                succeeded += 1
                self._remember(entry["resource"], response["location"].split("/")[1])
        return succeeded

    def _remember(self, resource: dict[str, Any], id: str) -> None:
        self.stored[resource["resourceType"]].append(id)
        if resource["resourceType"] == "Patient":
            self.patients.append((id, resource))


def people_and_tokens(world: World) -> None:
    accounts = {**build.ACCOUNTS, "people": [*build.ACCOUNTS["people"], ERIN]}
    load_accounts(at=timezone.now(), content=orjson.dumps(accounts))
    sign_in(world)


def sign_in(world: World) -> None:
    """Tokens last an hour; what takes longer signs in again."""
    at = timezone.now()
    for who in (FEED, OWN, OTHER):
        world.tokens[who] = issue_token(username=who, purpose="TREAT", scope="user/*.cruds", at=at)
