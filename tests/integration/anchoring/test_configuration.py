from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from anchoring.checks import check_chains, check_log, check_public_chain
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
