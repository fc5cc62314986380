"""The chains of ANCHOR_CHAINS, each worked on alone: one that is down stops neither another nor sealing."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from anchoring import chains
from anchoring.chains.interface import Chain, ChainError
from anchoring.conf import conf
from anchoring.models import Condition
from anchoring.services.condition import note_answer
from anchoring.services.locks import only_worker_on

logger = logging.getLogger(__name__)


def each_chain(work: Callable[[Chain], bool], now: datetime) -> None:
    """Run `work` on every configured chain that no other worker is at; it answers whether it asked the chain anything.
    A chain's failure is logged and noted in its Condition, and the next run tries again."""
    for name in conf.ANCHOR_CHAINS:
        with only_worker_on(name) as taken:
            if taken:
                Condition.objects.get_or_create(chain=name, defaults={"tried": now})
                if (reason := _work_on(name, work)) is not None:
                    note_answer(name, reason, now)


def _work_on(name: str, work: Callable[[Chain], bool]) -> str | None:
    """The reason why it failed, '' when the chain answered, None when it was not asked."""
    try:
        asked = work(_open(name, tuple(conf.KNOWN_CHAINS.get(name, {}).items())))
    except Exception as error:  # an adapter's bug must not keep the roots from the other chains either
        _open.cache_clear()
        expected = isinstance(error, ChainError | OSError)
        logger.warning("chain %s: %s", name, error, exc_info=not expected)
        return str(error) or type(error).__name__
    return "" if asked else None


@lru_cache(maxsize=8)
def _open(name: str, settings: tuple[tuple[str, str], ...]) -> Chain:
    """Kept open: the local chain reads all its blocks when it is opened. Opened anew after any failure."""
    return chains.open_chain(name, dict(settings))
