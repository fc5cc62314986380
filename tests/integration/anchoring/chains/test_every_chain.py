"""The same cases for each chain: what the services rely on holds on all of them."""

from unittest.mock import patch

import pytest

from anchoring import services
from anchoring.models import Anchor, Condition
from tests.integration.anchoring.build import NOON, Committed, Killed, commit, killed, later, open_chain, verified
from tests.integration.anchoring.chains.worlds import World

STEPS = [
    "anchoring.services.publish._begin",
    "anchoring.services.publish.note_funds",
    "adapter.build",
    "anchoring.services.versions.keep",
    "anchoring.services.publish._sign",
    "adapter.send",
    "anchoring.services.publish._send",
]


def sealed() -> Committed:
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    return one


def mined(world: World) -> Committed:
    one = sealed()
    services.publish(now=NOON)
    world.mine()
    services.confirm(now=NOON)
    assert state() == "MINED"
    return one


def result(world: World, one: Committed) -> str:
    return verified(one, world.headers()).result.value


def state() -> str:
    return Anchor.objects.get().state


class TestEveryChain:
    def test_an_anchor_is_mined_then_confirmed_then_final_and_the_receipt_is_valid(self, world: World) -> None:
        one = mined(world)
        world.mine(2)
        services.confirm(now=later(1))
        assert state() == "CONFIRMED"
        assert result(world, one) == "VALID"
        world.mine(6)
        services.confirm(now=later(2))
        assert (state(), len(world.payloads())) == ("FINAL", 1)

    def test_a_fresh_anchor_waits_however_often_one_looks(self, world: World) -> None:
        sealed()
        services.publish(now=NOON)
        services.publish(now=later(1))
        assert (state(), Anchor.objects.get().versions.count()) == ("BROADCAST", 1)

    def test_the_next_root_follows_in_a_later_block(self, world: World) -> None:
        mined(world)
        services.seal(now=later(10))
        services.publish(now=later(11))
        world.mine()
        services.confirm(now=later(12))
        services.confirm(now=later(13))
        assert {anchor.state for anchor in Anchor.objects.all()} <= {"MINED", "CONFIRMED"}
        assert len(world.payloads()) == Anchor.objects.count() == 2

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", STEPS)
    def test_a_kill_between_any_two_steps_loses_and_doubles_nothing(self, world: World, step: str, after: bool) -> None:
        one = sealed()
        with dying(world, step, after=after), pytest.raises(Killed):
            services.publish(now=NOON)
        services.publish(now=later(1))
        world.mine(2)
        services.confirm(now=later(2))
        services.publish(now=later(3))
        world.mine()
        assert (len(world.payloads()), Anchor.objects.count()) == (1, 1)
        assert result(world, one) == "VALID"

    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", ["adapter.poll", "adapter.proof", "anchoring.services.confirm._enter"])
    def test_a_kill_while_looking_is_caught_up(self, world: World, step: str, after: bool) -> None:
        sealed()
        services.publish(now=NOON)
        world.mine()
        with dying(world, step, after=after), pytest.raises(Killed):
            services.confirm(now=NOON)
        world.mine(2)
        services.confirm(now=later(1))
        assert state() == "CONFIRMED"

    @pytest.mark.parametrize("confirmed", [False, True], ids=["mined", "confirmed"])
    def test_an_anchor_whose_block_leaves_the_chain_is_anchored_again(self, world: World, confirmed: bool) -> None:
        one, depth = mined(world), 1
        if confirmed:
            world.mine(2)
            services.confirm(now=later(1))
            assert state() == "CONFIRMED"
            depth = Anchor.objects.get().confirmations
        before = Anchor.objects.get().block_hash
        world.reorganise(depth)
        services.confirm(now=later(2))
        assert state() == "REORGED"
        assert result(world, one) == "VALID_UNANCHORED"
        services.publish(now=later(3))
        world.mine(3)
        services.confirm(now=later(4))
        after = Anchor.objects.get()
        assert (after.state, after.block_hash != before, after.deepest) == ("CONFIRMED", True, depth)
        assert (result(world, one), len(world.payloads())) == ("VALID", 1)

    def test_a_chain_that_is_down_stops_neither_sealing_nor_another_chain(
        self, world: World, settings, tmp_path
    ) -> None:
        one = sealed()
        settings.ANCHOR_CHAINS = [world.name, *({"local"} - {world.name})]
        with world.down():
            services.publish(now=NOON)
            services.confirm(now=NOON)
            services.seal(now=later(10))
            assert Condition.objects.get(chain=world.name).error
            others = Anchor.objects.exclude(chain=world.name)
            assert all(anchor.state in ("MINED", "CONFIRMED") for anchor in others)
        services.publish(now=later(20))
        world.mine(3)
        services.confirm(now=later(21))
        services.confirm(now=later(22))
        assert Anchor.objects.filter(chain=world.name).latest("id").state in ("CONFIRMED", "FINAL")
        assert Condition.objects.get(chain=world.name).error == ""
        assert result(world, one) == "VALID"


def dying(world: World, step: str, *, after: bool):
    """A method of the chain's adapter, or a function of a module."""
    if not step.startswith("adapter."):
        return killed(step, after=after)
    name = step.rpartition(".")[2]
    real = getattr(world.adapter, name)

    def dies(self, *args, **kwargs):
        if after:
            real(self, *args, **kwargs)
        raise Killed

    return patch.object(world.adapter, name, dies)
