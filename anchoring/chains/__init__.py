"""Public chains, Django-free. `open_chain` is the way in."""

from collections.abc import Callable, Mapping
from pathlib import Path

from anchoring.chains.interface import Chain, ChainError


def _local(settings: Mapping[str, str]) -> Chain:
    from anchoring.chains.local import LocalChain

    return LocalChain(Path(settings["path"]))


def _bitcoin(settings: Mapping[str, str]) -> Chain:
    from anchoring.chains.bitcoin.chain import open_bitcoin

    return open_bitcoin(settings)


def _ethereum(settings: Mapping[str, str]) -> Chain:
    from anchoring.chains.ethereum.opening import open_ethereum

    return open_ethereum(settings)


def _opentimestamps(settings: Mapping[str, str]) -> Chain:
    from anchoring.chains.calendars.chain import open_calendars

    return open_calendars(settings)


_OPENERS: dict[str, Callable[[Mapping[str, str]], Chain]] = {
    "local": _local,
    "bitcoin": _bitcoin,
    "ethereum": _ethereum,
    "opentimestamps": _opentimestamps,
}


def open_chain(name: str, settings: Mapping[str, str]) -> Chain:
    """The chain called `name` in ANCHOR_CHAINS.

    settings for `local`: `path`, the directory that keeps its blocks and key (made when absent). For the others see
    their `open_` functions. Raises ChainError for an unknown name, a missing setting, or a node that does not answer.
    """
    try:
        return _OPENERS[name](settings)
    except KeyError as error:
        known = ", ".join(sorted(_OPENERS))
        raise ChainError(f"chain {name!r}: {error} is unknown or not set (known chains: {known})") from error
