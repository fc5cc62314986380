"""How each chain was when last worked on: written beside the work, read by alarms and operators without a network."""

from datetime import datetime

from anchoring.chains.interface import Chain
from anchoring.models import Condition
from anchoring.services import versions


def note_answer(chain: str, error: str, now: datetime) -> None:
    """`error` is empty when the work went through."""
    condition = Condition.objects.get_or_create(chain=chain, defaults={"tried": now})[0]
    condition.tried, condition.error = now, error
    if error:
        condition.failing = condition.failing or now
    else:
        condition.answered, condition.failing = now, None
    condition.save(update_fields=["tried", "error", "failing", "answered"])


def note_funds(chain: Chain) -> None:
    """Raises ChainError."""
    funds = chain.funds(versions.history(chain.name))
    if funds is not None:
        Condition.objects.filter(chain=chain.name).update(
            balance=funds.balance, reserve=funds.reserve, unit=funds.unit, address=funds.address
        )
