from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from anchoring.checks import (
    check_chain_settings,
    check_chains,
    check_chains_once,
    check_confirmations,
    check_log,
    check_public_chain,
)
from anchoring.keys import log_signer
from anchoring.states import TRANSITIONS, mermaid

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "anchoring.md"


def test_the_document_shows_the_state_machine_as_it_is():
    assert f"```mermaid\n{mermaid()}```" in DOCUMENT.read_text(), "paste the output of manage.py anchors --diagram"


def test_the_diagram_is_printed_for_the_document(capsys):
    call_command("anchors", "--diagram")
    assert capsys.readouterr().out == mermaid()


def test_every_state_can_be_left_and_reached():
    assert {state for successors in TRANSITIONS.values() for state in successors} == TRANSITIONS.keys() - {"PENDING"}


def test_in_development_a_log_key_is_made_once_and_only_its_owner_reads_it(settings):
    first = log_signer()
    assert log_signer().verifier.vkey == first.verifier.vkey
    assert settings.LOG_KEY_FILE.stat().st_mode & 0o777 == 0o600


def test_outside_development_a_missing_log_key_is_refused(settings):
    settings.DEVELOPMENT = False
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        log_signer()
    assert [error.id for error in check_log()] == ["anchoring.E001"]


def test_a_key_of_another_kind_is_refused(settings):
    settings.LOG_KEY_FILE.write_text("-----BEGIN NONSENSE-----")
    with pytest.raises(ImproperlyConfigured, match="not an unencrypted PEM private key"):
        log_signer()


def test_a_misspelt_chain_is_found_at_start(settings):
    settings.ANCHOR_CHAINS = ["local", "bitcion"]
    assert [error.id for error in check_chains()] == ["anchoring.E002"]


def test_a_deployment_with_the_local_chain_alone_is_warned():
    assert [warning.id for warning in check_public_chain()] == ["anchoring.W003"]


NONSENSE = {
    "an address without a scheme": ("bitcoin", "BITCOIN_URL", "127.0.0.1:8332", "E004"),
    "an unknown network": ("bitcoin", "BITCOIN_NETWORK", "bitcoin-mainnet", "E004"),
    "a limit below one anchor": ("bitcoin", "BITCOIN_MAX_FEE", 100, "E004"),
    "a rate that no node relays": ("bitcoin", "BITCOIN_FEE_RATE", 0, "E004"),
    "a fee with too many zeros": ("bitcoin", "BITCOIN_MAX_FEE", 50_000_000, "W005"),
    "a node across the network unencrypted": ("bitcoin", "BITCOIN_URL", "http://u:p@node.example:8332", "W005"),
    "a contract that is no address": ("ethereum", "ETHEREUM_CONTRACT", "0x1234", "E004"),
    "a limit in ether instead of gwei": ("ethereum", "ETHEREUM_MAX_FEE", 1, "E004"),
    "one node of ethereum": ("ethereum", "ETHEREUM_URL", "https://node.example", "W005"),
    "one of two nodes is no address": ("ethereum", "ETHEREUM_URL", "https://a.example,b.example", "E004"),
    "no calendar": ("opentimestamps", "OPENTIMESTAMPS_CALENDARS", [], "E004"),
    "headers from a file": ("opentimestamps", "OPENTIMESTAMPS_HEADERS", "file:///etc/passwd", "E004"),
    "one confirmation on bitcoin": ("bitcoin", "ANCHOR_CONFIRMATIONS", {"bitcoin": (1, 6)}, "W007"),
    "final before confirmed": ("bitcoin", "ANCHOR_CONFIRMATIONS", {"bitcoin": (6, 2)}, "E006"),
    "a chain twice": ("local", "ANCHOR_CHAINS", ["local", "local"], "W008"),
}


@pytest.mark.parametrize(("chain", "setting", "value", "identifier"), NONSENSE.values(), ids=NONSENSE)
def test_nonsense_in_the_settings_of_a_chain_is_found_at_start(settings, chain, setting, value, identifier):
    settings.ANCHOR_CHAINS = [chain]
    settings.ETHEREUM_URL = "https://a.example,https://b.example"
    assert chain_messages() == []
    setattr(settings, setting, value)
    assert f"anchoring.{identifier}" in chain_messages()


def test_a_password_is_not_repeated(settings):
    settings.ANCHOR_CHAINS = ["bitcoin"]
    settings.BITCOIN_URL = "http://user:hidden@node.example:8332"
    assert not any("hidden" in message.msg for message in check_chain_settings())


def chain_messages():
    found = (*check_chain_settings(), *check_confirmations(), *check_chains_once())
    return [message.id for message in found]
