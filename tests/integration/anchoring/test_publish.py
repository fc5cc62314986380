"""Publishing and confirming on the real local chain."""

from unittest.mock import patch

import pytest
from django.db import transaction

from anchoring import services
from anchoring.chains.interface import ChainError
from anchoring.chains.local import LocalChain
from anchoring.models import Anchor, Version
from anchoring.services.transition import move
from tests.integration.anchoring.build import NOON, Killed, at_once, commit, killed, later, open_chain, verified


def state() -> str:
    return Anchor.objects.get().state


def test_the_newest_root_is_anchored_once():
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.publish(now=NOON)
    assert state() == "BROADCAST"


def test_one_anchor_waits_for_its_block_before_the_next_begins():
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.seal(now=later(10))
    services.publish(now=later(10))
    assert Anchor.objects.count() == 1
    services.confirm(now=later(11))
    services.publish(now=later(12))
    assert list(Anchor.objects.order_by("id").values_list("checkpoint_id", flat=True)) == [1, 2]


def test_an_anchor_grows_from_mined_to_final(settings):
    settings.ANCHOR_CONFIRMATIONS = {"local": (2, 4)}
    services.seal(now=NOON)
    services.publish(now=NOON)
    seen = []
    for minute in range(4):
        services.confirm(now=later(minute))
        seen.append(state())
    assert seen == ["MINED", "CONFIRMED", "CONFIRMED", "FINAL"]


def test_states_of_entries_follow_the_anchor(settings):
    settings.ANCHOR_CONFIRMATIONS = {"local": (2, 3)}
    (one,) = commit("a", chain=open_chain())
    seen = [services.states([one.entry])]
    for step in (services.seal, services.publish, services.confirm, services.confirm):
        step(now=NOON)
        seen.append(services.states([one.entry, 10**9]))
    assert [found[one.entry] for found in seen] == ["WAITING", "SEALED", "SEALED", "ANCHORED", "CONFIRMED"]
    assert all(len(found) == 1 for found in seen)


def test_states_are_one_query(django_assert_num_queries):
    entries = [one.entry for one in commit(*"abcde", chain=open_chain())]
    with django_assert_num_queries(1):
        services.states(entries)


def test_a_chain_that_is_down_keeps_its_reason_and_is_tried_again(monkeypatch):
    services.seal(now=NOON)
    with monkeypatch.context() as down:
        down.setattr(LocalChain, "send", refuse)
        services.publish(now=NOON)
        assert (state(), Anchor.objects.get().error) == ("SIGNED", "the node does not answer")
        assert services.seal(now=later(10)) == [1]
    services.publish(now=later(11))
    assert (state(), Anchor.objects.get().error) == ("BROADCAST", "")


def refuse(self, raw):
    raise ChainError("the node does not answer")


def test_several_publishers_at_once_sign_one_transaction(pending):
    services.seal(now=NOON)
    at_once(lambda: services.publish(now=NOON), workers=4)
    assert (state(), Anchor.objects.get().attempts) == ("BROADCAST", 1)
    assert len(list(pending.iterdir())) == 1


def test_one_chain_that_fails_does_not_stop_the_next(settings):
    settings.ANCHOR_CHAINS = ["no-such-chain", "local"]
    services.seal(now=NOON)
    services.publish(now=NOON)
    assert state() == "BROADCAST"


STEPS = [
    "anchoring.services.publish._begin",
    "anchoring.services.publish._payload",
    "anchoring.chains.local.LocalChain.build",
    "anchoring.services.publish._sign",
    "anchoring.chains.local.LocalChain.send",
    "anchoring.services.publish._send",
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_publish_sends_one_transaction_in_the_end(step, after, pending):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    with killed_method(step, after=after), pytest.raises(Killed):
        services.publish(now=NOON)
    services.publish(now=later(1))
    assert len(list(pending.iterdir())) == 1
    services.confirm(now=later(2))
    assert verified(one).result.value == "VALID"
    assert Anchor.objects.count() == 1


def killed_method(step, *, after):
    """A method of LocalChain, or a function of a module."""
    if ".LocalChain." not in step:
        return killed(step, after=after)
    name = step.rpartition(".")[2]
    real = getattr(LocalChain, name)

    def dying(self, *args):
        if after:
            real(self, *args)
        raise Killed

    return patch.object(LocalChain, name, dying)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["anchoring.services.confirm._enter", "anchoring.services.confirm._look"])
def test_a_killed_confirm_is_caught_up(step, after):
    services.seal(now=NOON)
    services.publish(now=NOON)
    with killed(step, after=after), pytest.raises(Killed):
        services.confirm(now=NOON)
    services.confirm(now=later(1))
    assert state() == "CONFIRMED"


def test_what_is_sent_was_committed_before(monkeypatch):
    services.seal(now=NOON)
    sent = []
    monkeypatch.setattr(LocalChain, "send", lambda self, raw: sent.append((raw, bytes(Version.objects.get().raw))))
    services.publish(now=NOON)
    assert len(sent) == 1
    assert sent[0][0] == sent[0][1]


def test_publish_refuses_to_run_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.publish(now=NOON)


def test_a_step_that_the_state_machine_does_not_have_is_refused():
    services.seal(now=NOON)
    services.publish(now=NOON)
    with pytest.raises(ValueError, match="cannot go from BROADCAST to FINAL"):
        move(Anchor.objects.get(), "FINAL", now=NOON)


def test_of_two_workers_one_makes_the_step():
    services.seal(now=NOON)
    services.publish(now=NOON)
    here, there = Anchor.objects.get(), Anchor.objects.get()
    assert move(here, "MINED", now=NOON)
    assert not move(there, "MINED", now=NOON)
