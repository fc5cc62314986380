"""What this app reads from django.conf.settings, with its defaults. docs/anchoring.md lists them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings

PUBLIC_CALENDARS = ("https://a.pool.opentimestamps.org", "https://b.pool.opentimestamps.org")


class Configuration:
    @property
    def DEVELOPMENT(self) -> bool:
        """Allows a log key to be made on first use."""
        return bool(getattr(settings, "DEVELOPMENT", False))

    @property
    def LOG_ORIGIN(self) -> str:
        """Names the log and its key in every checkpoint; never changes once a checkpoint is published."""
        return str(getattr(settings, "LOG_ORIGIN", "anchoring.example/log"))

    @property
    def LOG_KEY_PATH(self) -> Path:
        """Ed25519 private key, PKCS 8 in PEM."""
        return Path(getattr(settings, "LOG_KEY_FILE", "var/keys/log.pem"))

    @property
    def LOG_NEXT_KEY_PATH(self) -> Path | None:
        """While a new key is introduced: it signs beside the old one, and witnesses learn it from both signatures."""
        found = getattr(settings, "LOG_NEXT_KEY_FILE", None)
        return Path(found) if found else None

    @property
    def LOG_OLD_VKEYS(self) -> Sequence[str]:
        """Keys that signed earlier checkpoints of this log and sign no more."""
        return tuple(getattr(settings, "LOG_OLD_VKEYS", ()))

    @property
    def LOG_WITNESSES(self) -> Sequence[tuple[str, str]]:
        """(vkey of type 04, URL or "") of each witness: its cosignatures are taken and published. With a URL, new
        checkpoints are brought to it (C2SP tlog-witness); without, it comes and posts them."""
        pairs = (entry.partition(" ") for entry in getattr(settings, "LOG_WITNESSES", ()))
        return tuple((vkey, url.strip()) for vkey, _, url in pairs)

    @property
    def SEAL_INTERVAL_SECONDS(self) -> int:
        """An empty directory block is made no more often than half of this."""
        return int(getattr(settings, "SEAL_INTERVAL_SECONDS", 600))

    @property
    def SEAL_LIMIT(self) -> int:
        """Entries per directory block: bounds memory and the transaction; the rest follows at once in the next."""
        return int(getattr(settings, "SEAL_LIMIT", 200_000))

    @property
    def PROMISE_SECONDS(self) -> int:
        """From submission to the deadline of the inclusion promise."""
        return int(getattr(settings, "PROMISE_SECONDS", 86_400))

    @property
    def ANCHOR_CHAINS(self) -> Sequence[str]:
        return tuple(getattr(settings, "ANCHOR_CHAINS", ["local"]))

    @property
    def LOCAL_CHAIN_DIR(self) -> Path:
        return Path(getattr(settings, "LOCAL_CHAIN_DIR", "var/chain"))

    def replace_seconds(self, chain: str) -> int:
        """After this long without a block an anchor is signed again with a higher fee; calendars take up to half a
        day as it is, and get four times that before a digest is submitted again."""
        return int(getattr(settings, "ANCHOR_REPLACE_SECONDS", 3600)) if chain != "opentimestamps" else 172_800

    def interval_seconds(self, chain: str) -> int:
        """From one anchor to the next at the least, where anchors cost money."""
        free = chain in ("local", "opentimestamps")
        return 0 if free else int(getattr(settings, "ANCHOR_INTERVAL_SECONDS", 3600))

    def late_seconds(self, chain: str) -> int:
        """A directory block that is in no block of the chain after this long raises an alarm; calendars get four times
        as long."""
        return int(getattr(settings, "ANCHOR_LATE_SECONDS", 21_600)) * (4 if chain == "opentimestamps" else 1)

    @property
    def KNOWN_CHAINS(self) -> Mapping[str, Mapping[str, str]]:
        """What chains.open_chain wants for each chain that ANCHOR_CHAINS may name."""
        return {
            "local": {"path": str(self.LOCAL_CHAIN_DIR)},
            "bitcoin": self._bitcoin(),
            "ethereum": self._ethereum(),
            "opentimestamps": self._opentimestamps(),
        }

    def _bitcoin(self) -> dict[str, str]:
        return {
            "url": str(getattr(settings, "BITCOIN_URL", "http://127.0.0.1:8332")),
            "network": str(getattr(settings, "BITCOIN_NETWORK", "bitcoin")),
            "key": str(getattr(settings, "BITCOIN_KEY_FILE", "var/keys/bitcoin")),
            "max_fee": str(getattr(settings, "BITCOIN_MAX_FEE", 50_000)),
            "fee_rate": str(getattr(settings, "BITCOIN_FEE_RATE", 2)),
        }

    def _ethereum(self) -> dict[str, str]:
        return {
            "url": str(getattr(settings, "ETHEREUM_URL", "http://127.0.0.1:8545")),
            "network": str(getattr(settings, "ETHEREUM_NETWORK", "ethereum")),
            "key": str(getattr(settings, "ETHEREUM_KEY_FILE", "var/keys/ethereum")),
            "max_fee": str(getattr(settings, "ETHEREUM_MAX_FEE", 3_000_000)),
            "contract": str(getattr(settings, "ETHEREUM_CONTRACT", "")),
        }

    def _opentimestamps(self) -> dict[str, str]:
        return {
            "calendars": ",".join(getattr(settings, "OPENTIMESTAMPS_CALENDARS", PUBLIC_CALENDARS)),
            "headers": str(getattr(settings, "OPENTIMESTAMPS_HEADERS", "") or self._bitcoin()["url"]),
            "network": str(getattr(settings, "OPENTIMESTAMPS_NETWORK", "bitcoin")),
        }

    def confirmations(self, chain: str) -> tuple[int, int]:
        """(to CONFIRMED, to FINAL), in blocks including the anchor's own; ANCHOR_CONFIRMATIONS overrides by chain.
        On `ethereum` neither is reached before the chain itself calls the block final."""
        chosen = getattr(settings, "ANCHOR_CONFIRMATIONS", {}).get(chain)
        return chosen or {"local": (1, 6), "ethereum": (1, 100)}.get(chain, (6, 100))


conf = Configuration()
