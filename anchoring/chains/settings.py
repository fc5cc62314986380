"""What is wrong with a chain's settings, told before anything is signed. No network is asked."""

from collections.abc import Callable, Iterator, Mapping

from anchoring.chains.bitcoin.rules import RULES as BITCOIN
from anchoring.chains.calendars.chain import GENESIS as CALENDARS
from anchoring.chains.calendars.headers import ESPLORA
from anchoring.chains.ethereum.opening import parse_address
from anchoring.chains.ethereum.rules import RULES as ETHEREUM
from anchoring.chains.http import check_url, place
from anchoring.chains.interface import ChainError

Settings = Mapping[str, str]
ANCHOR_VBYTES = 210  # of an anchor on Bitcoin, one coin in, payload and change out
ANCHOR_GAS = 40_000  # of an anchor in the contract, and some
DEAR_SATOSHI = 1_000_000  # for one anchor; more is rather a slip of the pen
DEAR_GWEI = 100_000_000  # 0.1 ether
LOWEST_PRICE = 1  # gwei for one gas, below which Ethereum has rarely been


def broken(name: str, settings: Settings) -> list[str]:
    """Sentences: with these the chain cannot work."""
    return list(_BROKEN.get(name, _nothing)(settings))


def dubious(name: str, settings: Settings) -> list[str]:
    """Sentences: these are rarely meant."""
    return list(_DUBIOUS.get(name, _nothing)(settings))


def _nothing(_: Settings) -> Iterator[str]:
    return iter(())


def _bad_url(setting: str, url: str) -> Iterator[str]:
    try:
        check_url(url)
    except ValueError as error:
        yield f"{setting}: {error}"


def _bad_network(setting: str, network: str, known: Mapping[str, object]) -> Iterator[str]:
    if network not in known:
        yield f"{setting} is {network!r}, not one of {', '.join(known)}"


def _bitcoin(settings: Settings) -> Iterator[str]:
    yield from _bad_url("BITCOIN_URL", settings["url"])
    yield from _bad_network("BITCOIN_NETWORK", settings["network"], BITCOIN)
    rate, most = int(settings["fee_rate"]), int(settings["max_fee"])
    if rate < 1:
        yield f"BITCOIN_FEE_RATE is {rate}: no node relays less than 1 satoshi a vbyte"
    if most < rate * ANCHOR_VBYTES:
        yield f"BITCOIN_MAX_FEE is {most}, less than an anchor costs at BITCOIN_FEE_RATE ({rate * ANCHOR_VBYTES})"


def _bitcoin_dubious(settings: Settings) -> Iterator[str]:
    if int(settings["max_fee"]) > DEAR_SATOSHI:
        yield f"BITCOIN_MAX_FEE lets one anchor cost {settings['max_fee']} satoshi"
    yield from _unencrypted("BITCOIN_URL", settings["url"])


def _ethereum(settings: Settings) -> Iterator[str]:
    for url in settings["url"].split(","):
        yield from _bad_url("ETHEREUM_URL", url.strip())
    yield from _bad_network("ETHEREUM_NETWORK", settings["network"], ETHEREUM)
    if int(settings["max_fee"]) < ANCHOR_GAS * LOWEST_PRICE:
        yield f"ETHEREUM_MAX_FEE is {settings['max_fee']} gwei, too little for the {ANCHOR_GAS} gas of an anchor"
    try:
        parse_address(settings["contract"])
    except ChainError as error:
        yield f"ETHEREUM_CONTRACT: {error}"


def _ethereum_dubious(settings: Settings) -> Iterator[str]:
    if int(settings["max_fee"]) > DEAR_GWEI:
        yield f"ETHEREUM_MAX_FEE lets one anchor cost {settings['max_fee']} gwei"
    urls = settings["url"].split(",")
    if len(urls) < 2 and settings["network"] == "ethereum":
        yield "ETHEREUM_URL names one node: its word alone decides whether a block exists"
    for url in urls:
        yield from _unencrypted("ETHEREUM_URL", url.strip())


def _calendars(settings: Settings) -> Iterator[str]:
    urls = [url for url in settings["calendars"].split(",") if url]
    if not urls:
        yield "OPENTIMESTAMPS_CALENDARS is empty"
    for url in urls:
        yield from _bad_url("OPENTIMESTAMPS_CALENDARS", url)
    yield from _bad_url("OPENTIMESTAMPS_HEADERS", settings["headers"].removeprefix(ESPLORA))
    yield from _bad_network("OPENTIMESTAMPS_NETWORK", settings["network"], CALENDARS)


def _unencrypted(setting: str, url: str) -> Iterator[str]:
    """A password, or an answer, that anyone on the way can read and change."""
    shown = place(url)
    if shown.startswith("http://") and not shown.startswith(("http://127.", "http://localhost", "http://[::1]")):
        yield f"{setting}: {shown} is neither this machine nor encrypted"


_BROKEN: dict[str, Callable[[Settings], Iterator[str]]] = {
    "bitcoin": _bitcoin,
    "ethereum": _ethereum,
    "opentimestamps": _calendars,
}
_DUBIOUS: dict[str, Callable[[Settings], Iterator[str]]] = {
    "bitcoin": _bitcoin_dubious,
    "ethereum": _ethereum_dubious,
}
