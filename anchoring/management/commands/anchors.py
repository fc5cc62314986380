"""manage.py anchors: the newest anchors of each chain, what they cost, and what needs a look."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, F, Sum
from django.utils import timezone

from anchoring import services
from anchoring.chains.interface import ChainError
from anchoring.models import Anchor, Condition, Submission, Version
from anchoring.states import IN_A_BLOCK, mermaid

LINE = "{:<15} {:>9} {:<10} {:>6} {:>10} {:>17}  {:<18} {}"


class Command(BaseCommand):
    help = "Show the newest anchors (state, confirmations, age, highest cost), each chain's funds, and alarms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--diagram", action="store_true", help="print the state diagram (mermaid) instead")
        parser.add_argument("--deploy", action="store_true", help="put the anchoring contract on ethereum instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["diagram"]:
            self.stdout.write(mermaid(), ending="")
        elif options["deploy"]:
            self._deploy()
        else:
            self._show(timezone.now(), options["limit"])

    def _deploy(self) -> None:
        try:
            done = services.deploy_contract()
        except ChainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"transaction {done.txid} makes contract {done.address}: once mined, set ETHEREUM_CONTRACT")

    def _show(self, now: datetime, limit: int) -> None:
        units = dict(Condition.objects.values_list("chain", "unit"))
        anchors = list(Anchor.objects.order_by("-id")[:limit])
        fees = _fees(anchors)
        self.stdout.write(LINE.format("chain", "log size", "state", "conf.", "age", "cost, at most", "transaction", ""))
        for anchor in anchors:
            age = str(now - anchor.created).split(".")[0]
            cost = f"{fees.get((anchor.pk, anchor.txid), 0)} {units.get(anchor.chain, '')}".strip()
            shown = (anchor.chain, anchor.checkpoint_id, anchor.state, anchor.confirmations, age, cost)
            self.stdout.write(LINE.format(*shown, anchor.txid[:18], anchor.error).rstrip())
        self.stdout.write(f"{Submission.objects.count()} entries wait to be sealed")
        for condition in Condition.objects.order_by("chain"):
            self.stdout.write(_condition(condition))
        for alarm in services.alarms(now=now):
            self.stdout.write(f"ALARM {alarm.kind} on {alarm.chain}: {alarm.sentence}")


def _fees(anchors: list[Anchor]) -> dict[tuple[int, str], int]:
    versions = Version.objects.filter(anchor__in=anchors).values_list("anchor_id", "txid", "fee")
    return {(anchor, txid): fee for anchor, txid, fee in versions}


def _condition(condition: Condition) -> str:
    """What the mined anchors of a chain cost together, and what is left."""
    mined = Version.objects.filter(anchor__chain=condition.chain, anchor__state__in=IN_A_BLOCK, txid=F("anchor__txid"))
    total = mined.aggregate(anchors=Count("id"), cost=Sum("fee"))
    sentence = f"{condition.chain}: {total['anchors']} anchors in blocks"
    if condition.balance is not None:
        sentence += f" for at most {total['cost'] or 0} {condition.unit}, {condition.balance} at {condition.address}"
    return sentence
