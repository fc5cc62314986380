"""The process dies between any two steps of seal; the recovery is seal again: nothing lost, nothing doubled."""

import pytest

from anchoring import services
from anchoring.models import DirectoryBlock, Entry
from tests.integration.anchoring.build import Killed, commit, everywhere, killed, later, open_chain, verified

STEPS = [
    "anchoring.services.seal.lock_sealing",
    "anchoring.services.seal._take",
    "anchoring.services.seal._parts",
    "anchoring.services.seal._directory_block",
    "anchoring.services.seal._store_directory",
    "anchoring.services.seal._store_blocks",
    "anchoring.services.seal._store_entries",
    "anchoring.services.seal._advance",
    "anchoring.services.log.append",
    "anchoring.services.log.checkpoint",
    "anchoring.services.seal._seal_block",
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_seal_loses_nothing_and_doubles_nothing(step, after):
    chain = open_chain()
    sealed = commit("earlier", chain=chain)
    services.seal(now=later(0))
    waiting = commit("a", "b", "c", chain=chain)
    with killed(step, after=after), pytest.raises(Killed):
        services.seal(now=later(10))
    submitted = sorted(one.entry for one in sealed + waiting)
    assert everywhere() == submitted
    services.seal(now=later(11))
    assert sorted(Entry.objects.values_list("id", flat=True)) == submitted
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == [0, 1, 2, 3]
    assert DirectoryBlock.objects.count() == 2
    assert verified(waiting[2]).result.value == "VALID_UNANCHORED"
