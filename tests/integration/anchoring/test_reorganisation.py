"""Blocks that held an anchor leave the chain."""

import pytest

from anchoring import services
from anchoring.models import Anchor
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified


def anchored():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.confirm(now=NOON)
    return one


def test_a_reorganised_anchor_is_published_again_and_the_receipt_is_valid_again(local):
    one = anchored()
    before = Anchor.objects.get()
    local.reorganise(1, now=later(1))
    services.confirm(now=later(2))
    assert Anchor.objects.get().state == "REORGED"
    assert verified(one).result.value == "VALID_UNANCHORED"
    services.publish(now=later(3))
    services.confirm(now=later(4))
    after = Anchor.objects.get()
    assert after.block_hash != before.block_hash
    assert verified(one).result.value == "VALID"


@pytest.mark.parametrize("polls", [0, 1, 6], ids=["mined", "confirmed", "final"])
def test_however_deep_it_was(local, polls):
    one = anchored()
    for minute in range(polls):
        services.confirm(now=later(minute))
    local.reorganise(Anchor.objects.get().confirmations, now=later(10))
    services.confirm(now=later(11))
    assert Anchor.objects.get().state == "REORGED"
    services.publish(now=later(12))
    services.confirm(now=later(13))
    assert verified(one).result.value == "VALID"


def test_a_transaction_whose_coin_was_spent_meanwhile_is_built_anew(local, pending):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    displaced = Anchor.objects.get()
    for waiting in pending.iterdir():
        waiting.unlink()
    local.send(local.build(b"another payload of the same wallet").raw)
    local.mine(now=later(1))
    services.publish(now=later(2))
    assert Anchor.objects.get().txid != displaced.txid
    services.confirm(now=later(3))
    assert verified(one).result.value == "VALID"


def test_a_transaction_the_network_forgot_is_sent_again(pending):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    for waiting in pending.iterdir():
        waiting.unlink()
    services.publish(now=later(1))
    services.confirm(now=later(2))
    assert verified(one).result.value == "VALID"
