"""Signed notes, checkpoints and inclusion promises."""

from dataclasses import replace

import pytest

from anchoring.core.checkpoint import Checkpoint, open_checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.note import Note, SignatureError, Signer, Verifier
from anchoring.core.promise import Promise, open_promise
from tests.unit.anchoring.build import MALLORY, SIGNER, TIME, chain_id

CHECKPOINT = Checkpoint(SIGNER.name, 7, sha256(b"root"))
NOTE = CHECKPOINT.sign(SIGNER)
PROMISE = Promise(SIGNER.name, chain_id(0), sha256(b"commitment"), TIME, TIME + 1_200_000)


def test_a_key_of_the_signed_note_specification_is_read() -> None:
    """The example key of Go's golang.org/x/mod/sumdb/note documentation."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert Verifier.parse(vkey).vkey == vkey


def test_a_private_key_reads_back() -> None:
    assert Signer.parse(SIGNER.skey) == SIGNER


def test_a_signed_checkpoint_opens() -> None:
    assert open_checkpoint(NOTE, SIGNER.verifier) == CHECKPOINT


def test_another_key_under_the_same_name_does_not_open_it() -> None:
    with pytest.raises(SignatureError, match="no signature by"):
        open_checkpoint(NOTE, MALLORY.verifier)


def test_a_signature_over_another_text_is_refused() -> None:
    with pytest.raises(SignatureError, match="is wrong"):
        open_checkpoint(NOTE.replace("\n7\n", "\n8\n"), SIGNER.verifier)


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    cosigned = NOTE + Signer("witness.example", sha256(b"w")).sign(CHECKPOINT.body()).split("\n\n")[1]
    assert open_checkpoint(cosigned, SIGNER.verifier) == CHECKPOINT


def test_a_log_does_not_sign_for_another_origin() -> None:
    with pytest.raises(Malformed, match="cannot sign for the log"):
        replace(CHECKPOINT, origin="other.example").sign(SIGNER)


@pytest.mark.parametrize(
    "body",
    ["", "a\n", "a\n1\n", "\n1\nAAAA\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "a\n1\n!\n", "a\n1\nA\nx\n"],
)
def test_bodies_that_are_no_checkpoint_are_refused(body: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(body)


@pytest.mark.parametrize(
    "note",
    [
        "",
        NOTE.split("\n\n")[0],
        NOTE[:-1],
        NOTE.replace("\N{EM DASH}", "-"),
        NOTE.replace("\n7\n", "\n7\r\n"),
        NOTE.replace(" log.example/anchoring", " "),
        NOTE[:-2] + "!\n",
        NOTE + "x" * 20_000,
        "\ud800" + NOTE,
    ],
)
def test_texts_that_are_no_note_are_refused(note: str) -> None:
    with pytest.raises(Malformed):
        Note.parse(note)


@pytest.mark.parametrize(
    "vkey",
    ["", "a+b", "a+00000000+AQ==", "name+zz+AAAA", SIGNER.verifier.vkey.replace("+7c", "+7d"), " +00+AAAA"],
)
def test_texts_that_are_no_key_are_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        Verifier.parse(vkey)


def test_a_promise_opens() -> None:
    assert open_promise(PROMISE.sign(SIGNER), SIGNER.verifier) == PROMISE


def test_a_promise_with_a_later_deadline_is_refused() -> None:
    note = PROMISE.sign(SIGNER).replace(str(PROMISE.deadline), str(PROMISE.deadline + 1))
    with pytest.raises(SignatureError):
        open_promise(note, SIGNER.verifier)


def test_a_promise_is_no_checkpoint_and_a_checkpoint_no_promise() -> None:
    with pytest.raises(Malformed):
        open_checkpoint(PROMISE.sign(SIGNER), SIGNER.verifier)
    with pytest.raises(Malformed):
        open_promise(NOTE, SIGNER.verifier)
