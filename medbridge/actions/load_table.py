"""Load a hospital's table (CSV) of patients or results."""

from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.actions.receive_message import Receipt, receive_message


def load_table(*, actor: Actor, at: datetime, body: bytes) -> Receipt:
    """The file is one message: the same file twice is loaded once. A bad row is reported, the others load."""
    return receive_message(actor=actor, at=at, kind="csv", body=body)
