"""What the operator must look at, from what is stored: no chain is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max

from anchoring.chains.interface import LOW_FUNDS
from anchoring.conf import conf
from anchoring.models import Anchor, Condition, DirectoryBlock
from anchoring.states import IN_A_BLOCK

DOWN_SECONDS = 3600  # a node is restarted and upgraded without anyone being called
REMEMBERED = timedelta(days=7)  # a reorganisation is told for this long


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind` is BEHIND, LOW_FUNDS, REORGANISED or DOWN."""

    chain: str
    kind: str
    sentence: str


def alarms(*, now: datetime) -> list[Alarm]:
    """Of the chains in ANCHOR_CHAINS, in their order."""
    conditions = Condition.objects.in_bulk()
    return [alarm for chain in conf.ANCHOR_CHAINS for alarm in _of(chain, conditions.get(chain), now)]


def _of(chain: str, condition: Condition | None, now: datetime) -> Iterator[Alarm]:
    yield from _behind(chain, now)
    yield from _reorganised(chain, now)
    if condition is not None:
        yield from _low_funds(condition)
        yield from _down(condition)


def _behind(chain: str, now: datetime) -> Iterator[Alarm]:
    """The first directory block that no anchor in a block covers."""
    reach = Anchor.objects.filter(chain=chain, state__in=IN_A_BLOCK).aggregate(size=Max("checkpoint_id"))["size"] or 0
    first = DirectoryBlock.objects.filter(height=reach).first()
    if first is None:
        return
    sealed = datetime.fromtimestamp(first.time / 1000, UTC)
    if now - sealed > timedelta(seconds=conf.late_seconds(chain)):
        sentence = f"directory block {first.height}, sealed {sealed:%Y-%m-%d %H:%M} UTC, is in no block of {chain}"
        yield Alarm(chain, "BEHIND", sentence)


def _reorganised(chain: str, now: datetime) -> Iterator[Alarm]:
    confirmed, _ = conf.confirmations(chain)
    lost = Anchor.objects.filter(chain=chain, lost__gte=now - REMEMBERED, deepest__gte=confirmed)
    for anchor in lost.order_by("id"):
        sentence = f"the anchor of log size {anchor.checkpoint_id} lost its block at {anchor.deepest} confirmations"
        yield Alarm(chain, "REORGANISED", f"{sentence} on {anchor.lost:%Y-%m-%d %H:%M} UTC; it is {anchor.state} now")


def _low_funds(condition: Condition) -> Iterator[Alarm]:
    if condition.balance is None or condition.reserve is None:
        return
    if condition.balance < LOW_FUNDS * condition.reserve:
        left = condition.balance // condition.reserve if condition.reserve else 0
        sentence = f"{condition.balance} {condition.unit} pay for {left} anchors at the highest fee"
        yield Alarm(condition.chain, "LOW_FUNDS", f"{sentence}: send more to {condition.address}")


def _down(condition: Condition) -> Iterator[Alarm]:
    since = condition.failing
    if since is not None and condition.tried - since >= timedelta(seconds=DOWN_SECONDS):
        yield Alarm(condition.chain, "DOWN", f"fails since {since:%Y-%m-%d %H:%M} UTC: {condition.error}")
