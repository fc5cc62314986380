"""manage.py anchors: the newest anchors of each chain, their state and age."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from anchoring.models import Anchor, Submission
from anchoring.states import mermaid

LINE = "{:<12} {:>9} {:<10} {:>6} {:>10}  {:<16} {}"


class Command(BaseCommand):
    help = "Show the newest anchors: chain, log size, state, confirmations, age, transaction, last error."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--diagram", action="store_true", help="print the state diagram (mermaid) instead")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["diagram"]:
            self.stdout.write(mermaid(), ending="")
            return
        now = timezone.now()
        self.stdout.write(LINE.format("chain", "log size", "state", "conf.", "age", "transaction", ""))
        for anchor in Anchor.objects.order_by("-id")[: options["limit"]]:
            age = str(now - anchor.created).split(".")[0]
            shown = (anchor.chain, anchor.checkpoint_id, anchor.state, anchor.confirmations, age, anchor.txid[:16])
            self.stdout.write(LINE.format(*shown, anchor.error).rstrip())
        self.stdout.write(f"{Submission.objects.count()} entries wait to be sealed")
