from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from medbridge.actions.issue_token import Refused, issue_token


class Command(BaseCommand):
    help = "Print a bearer token for an account, on the last line (development and tests only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True)
        parser.add_argument(
            "--purpose", default="TREAT", help="v3-ActReason code: TREAT, HPAYMT, HRESCH, PATRQT, BTG ..."
        )
        parser.add_argument("--scopes", default="user/*.rs", help='SMART scopes, such as "user/*.rs"')

        parser.add_argument("--reason", default="", help="why the glass is broken; needed for BTG")

    def handle(self, *args: object, **options: str) -> str:
        try:
            return issue_token(
                username=options["user"],
                purpose=options["purpose"],
                scope=options["scopes"],
                at=timezone.now(),
                reason=options["reason"],
            )
        except Refused as refused:
            raise CommandError(str(refused)) from None
