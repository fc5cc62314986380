"""A whole chain's receipts as one file."""

import io

from anchoring import services
from anchoring.core.collection import Collection, Verdict
from anchoring.services.time import milliseconds
from tests.integration.anchoring.build import NOON, Committed, commit, later, open_chain

ALWAYS = {"since": 0, "until": milliseconds(later(10_000))}


def exported(known: list[Committed], *chains: bytes, since: int = 0, until: int = ALWAYS["until"]) -> list[Verdict]:
    def openings(entries):
        wanted = {one.entry: services.Opening(f"document/{one.entry}", one.salt, one.digest) for one in known}
        return {entry: wanted[entry] for entry in entries if entry in wanted}

    lines = services.export(chains=chains, since=since, until=until, openings=openings)
    return list(Collection().verify(io.BytesIO(b"".join(lines))))


def anchor(minute: float) -> None:
    services.seal(now=later(minute))
    services.publish(now=later(minute))
    services.confirm(now=later(minute))


def results(verdicts: list[Verdict]) -> list[str]:
    return [verdict.result.value for verdict in verdicts]


def test_everything_of_a_chain_verifies_and_nothing_of_another(settings):
    first, second = open_chain(), open_chain()
    known = [one for _ in range(3) for one in commit("a", "b", chain=first)]
    commit("other", chain=second)
    anchor(0)
    assert results(exported(known, first)) == ["VALID"] * 6


def test_blocks_above_the_newest_anchor_come_after_as_not_yet_anchored():
    chain = open_chain()
    known = list(commit("a", chain=chain))
    anchor(0)
    known += commit("b", chain=chain)
    anchor(10)
    known += commit("c", chain=chain)
    services.seal(now=later(20))
    assert results(exported(known, chain)) == ["VALID", "VALID", "VALID_UNANCHORED"]


def test_of_two_chains_with_many_blocks(settings):
    settings.SEAL_LIMIT = 3
    chains = [open_chain(), open_chain()]
    known = [one for chain in chains for one in commit(*"abcdefg", chain=chain)]
    anchor(0)
    assert results(exported(known, *chains)) == ["VALID"] * 14


def test_the_period_is_that_of_the_entries():
    chain = open_chain()
    known = commit("a", chain=chain)
    services.seal(now=NOON)
    noon = milliseconds(NOON)
    assert len(exported(known, chain, since=noon, until=noon + 1)) == 1
    assert exported(known, chain, since=noon + 1) == []
    assert exported(known, chain, until=noon) == []


def test_what_was_erased_is_left_out():
    chain = open_chain()
    known = commit("a", "b", chain=chain)
    services.seal(now=NOON)
    assert len(exported(known[:1], chain)) == 1


def test_reads_do_not_grow_with_the_receipts(django_assert_max_num_queries):
    chain = open_chain()
    known = commit(*map(str, range(1000)), chain=chain)
    services.seal(now=NOON)
    with django_assert_max_num_queries(15):
        assert len(exported(known, chain)) == 1000
