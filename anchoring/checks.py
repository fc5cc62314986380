"""System checks, `manage.py check`."""

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from anchoring.conf import conf
from anchoring.keys import check_log_key


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


@register(deploy=True)
def check_public_chain(**_: Any) -> list[CheckMessage]:
    """W003: the local chain's proof of work is worth nothing to an auditor."""
    if set(conf.ANCHOR_CHAINS) - {"local"}:
        return []
    return [
        Warning("No public chain is configured: anchors bound no time.", hint="Set ANCHOR_CHAINS.", id="anchoring.W003")
    ]
