"""What to do when another transaction wrote the same record in the same instant: look again, and write what follows."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected

# The second attempt sees the winner's record and waits for its row lock; more are needed only when a bundle loses to
# a different winner each time.
ATTEMPTS = 5

Result = TypeVar("Result")


class Overtaken(IntegrityError):
    """A record that a condition has found was changed before it was locked: as lost a race as a lost unique key."""


def settled(transaction: Callable[[], Result]) -> Result:
    """Run this transaction, again when it lost a race. Raises IntegrityError when it loses every time.

    It must be the outermost one: a transaction around it would keep what it saw and locked.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return transaction()
        except IntegrityError:
            continue
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
    return transaction()
