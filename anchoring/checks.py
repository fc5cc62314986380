"""System checks, `manage.py check`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from anchoring.chains.settings import broken, dubious
from anchoring.conf import conf
from anchoring.keys import check_log_key

FEWEST_CONFIRMATIONS = 2


@register()
def check_log(**_: Any) -> list[CheckMessage]:
    """E001: outside development the log key must be there; one made on the spot would begin another log."""
    if conf.DEVELOPMENT:
        return []
    try:
        check_log_key()
    except ImproperlyConfigured as error:
        hint = f"Put an Ed25519 key (PKCS 8, PEM) at {conf.LOG_KEY_PATH}."
        return [Error(str(error), hint=hint, id="anchoring.E001")]
    return []


@register()
def check_chains(**_: Any) -> list[CheckMessage]:
    """E002: a misspelt chain would never be anchored to."""
    unknown = [name for name in conf.ANCHOR_CHAINS if name not in conf.KNOWN_CHAINS]
    known = ", ".join(conf.KNOWN_CHAINS)
    return [
        Error(f"ANCHOR_CHAINS names {name!r}.", hint=f"Known chains: {known}.", id="anchoring.E002") for name in unknown
    ]


@register()
def check_chain_settings(**_: Any) -> list[CheckMessage]:
    """E004: the chain would answer each anchor with the same error. W005: works, and is rarely meant."""
    found: list[CheckMessage] = []
    for name in conf.ANCHOR_CHAINS:
        settings = conf.KNOWN_CHAINS.get(name, {})
        found += [Error(sentence, id="anchoring.E004") for sentence in broken(name, settings)]
        found += [Warning(sentence, id="anchoring.W005") for sentence in dubious(name, settings)]
    return found


@register()
def check_confirmations(**_: Any) -> list[CheckMessage]:
    """E006, W007: how deep an anchor must be."""
    found: list[CheckMessage] = []
    for name in conf.ANCHOR_CHAINS:
        confirmed, final = conf.confirmations(name)
        if not 1 <= confirmed <= final:
            sentence = f"ANCHOR_CONFIRMATIONS of {name!r}: {confirmed} to CONFIRMED and {final} to FINAL."
            found.append(Error(sentence, hint="At least 1, and FINAL not before CONFIRMED.", id="anchoring.E006"))
        elif name in ("bitcoin", "opentimestamps") and confirmed < FEWEST_CONFIRMATIONS:
            sentence = f"{confirmed} blocks make an anchor on {name!r} count: reorganisations of one are common."
            found.append(Warning(sentence, hint="Six is usual.", id="anchoring.W007"))
    return found


@register()
def check_chains_once(**_: Any) -> list[CheckMessage]:
    """W008"""
    twice = {name for name in conf.ANCHOR_CHAINS if list(conf.ANCHOR_CHAINS).count(name) > 1}
    return [Warning(f"ANCHOR_CHAINS names {name!r} twice.", id="anchoring.W008") for name in sorted(twice)]


@register(deploy=True)
def check_public_chain(**_: Any) -> list[CheckMessage]:
    """W003: the local chain's proof of work is worth nothing to an auditor."""
    if set(conf.ANCHOR_CHAINS) - {"local"}:
        return []
    return [
        Warning("No public chain is configured: anchors bound no time.", hint="Set ANCHOR_CHAINS.", id="anchoring.W003")
    ]
