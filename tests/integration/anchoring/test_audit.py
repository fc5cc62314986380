"""`services.audit` names each thing that is not as it was signed."""

import pytest

from anchoring import services
from anchoring.core.entry import Entry as CoreEntry
from anchoring.models import Chain, Checkpoint, DirectoryBlock, Entry, EntryBlock, LogNode
from anchoring.services.audit import Defect, Finding, audit, held_checkpoint, held_promise
from anchoring.services.time import milliseconds
from tests.integration.anchoring.build import NOON, commit, later, open_chain
from tests.integration.anchoring.test_seal import unprotected


@pytest.fixture
def chain():
    """Two blocks of three entries, a chain beside it, and an anchor."""
    chain = open_chain()
    for minute, documents in enumerate(["abc", "def"]):
        commit(*documents, chain=chain)
        commit("beside", chain=open_chain())
        services.seal(now=later(minute))
    services.publish(now=later(2))
    services.confirm(now=later(2))
    return chain


def found() -> list[Finding]:
    return list(audit(now=later(3)))


def defects() -> set[tuple[Defect, str]]:
    return {(finding.defect, finding.what.split(" of chain")[0]) for finding in found()}


def of(chain: bytes, sequence: int):
    return Entry.objects.filter(chain__identifier=chain, sequence=sequence)


def test_an_untouched_log_has_no_findings(chain):
    assert found() == []


def test_an_altered_commitment_is_named(chain):
    with unprotected("anchoring_entry"):
        of(chain, 4).update(commitment=bytes(32))
    assert defects() == {(Defect.ALTERED, "entry 4")}


def test_a_backdated_entry_is_named(chain):
    with unprotected("anchoring_entry"):
        of(chain, 1).update(time=1)
    assert (Defect.ALTERED, "entry 1") in defects()
    assert any(finding.defect is Defect.PROMISE for finding in found())


def test_an_alteration_with_all_hashes_recomputed_is_seen_in_the_block(chain):
    with unprotected("anchoring_entry"):
        row = of(chain, 2).get()
        before = bytes(of(chain, 1).get().hash)
        forged = CoreEntry(chain, 2, before, row.time, bytes(32))
        of(chain, 2).update(commitment=bytes(32), hash=forged.hash())
    assert (Defect.ALTERED, "entry block 0") in defects()


def test_a_removed_entry_is_named(chain):
    with unprotected("anchoring_entry"):
        of(chain, 4).delete()
    assert (Defect.REMOVED, "entry 4") in defects()


def test_an_inserted_entry_is_named(chain):
    last = of(chain, 5).get()
    Entry.objects.create(
        id=10**6, chain=last.chain, sequence=6, block=last.block, time=last.time, commitment=bytes(32), hash=bytes(32)
    )
    assert defects() == {(Defect.INSERTED, "entry 6")}


def test_two_entries_in_each_others_place_are_named_as_reordered(chain):
    with unprotected("anchoring_entry"):
        first, second = of(chain, 0).get(), of(chain, 2).get()
        of(chain, 0).update(time=second.time, commitment=second.commitment)
        of(chain, 2).update(time=first.time, commitment=first.commitment)
    assert defects() == {(Defect.REORDERED, "entry 0"), (Defect.REORDERED, "entry 2")}


def test_a_removed_last_block_of_a_chain_is_named(chain):
    with unprotected("anchoring_entry"), unprotected("anchoring_entryblock"):
        Entry.objects.filter(chain__identifier=chain, sequence__gte=3).delete()
        EntryBlock.objects.filter(chain__identifier=chain, sequence=1).delete()
    assert {defect for defect, _ in defects()} == {Defect.REMOVED}
    assert (Defect.REMOVED, "directory block 1") in defects()


def test_a_truncated_log_is_seen_from_its_checkpoints(chain):
    with unprotected("anchoring_entry"), unprotected("anchoring_entryblock"), unprotected("anchoring_directoryblock"):
        Entry.objects.filter(block__directory=1).delete()
        EntryBlock.objects.filter(directory=1).delete()
        DirectoryBlock.objects.filter(height=1).delete()
    assert (Defect.REMOVED, "checkpoint 2") in defects()


def test_a_directory_block_set_back_in_time_is_named(chain):
    with unprotected("anchoring_directoryblock"):
        DirectoryBlock.objects.filter(height=1).update(time=1)
    assert {(Defect.BACKDATED, "directory block 1"), (Defect.ALTERED, "directory block 1")} <= defects()


def test_a_changed_log_node_is_named(chain):
    with unprotected("anchoring_lognode"):
        LogNode.objects.filter(level=0, index=0).update(hash=bytes(32))
    assert defects() == {(Defect.ALTERED, "log node 0 of level 0")}


def test_a_forged_checkpoint_is_named(chain):
    with unprotected("anchoring_checkpoint"):
        row = Checkpoint.objects.get(size=1)
        Checkpoint.objects.filter(size=1).update(note=row.note.replace("\n1\n", "\n7\n"))
    assert (Defect.ALTERED, "checkpoint 1") in defects()


def test_an_altered_stored_proof_is_named(chain):
    from anchoring.models import Anchor

    row = Anchor.objects.get()
    row.proof["proof"]["index"] = 0
    row.save()
    assert (Defect.ALTERED, "anchor of checkpoint 2 on local") in defects()


def test_an_entry_that_waits_past_its_deadline_is_a_promise_not_kept(chain, settings):
    commit("late", chain=chain)
    settings.PROMISE_SECONDS = 60
    assert {finding.defect for finding in audit(now=later(9))} == {Defect.PROMISE}


def test_a_held_promise_that_was_kept_is_no_finding(chain):
    entry = of(chain, 0).get()
    note = services.promise(chain=chain, commitment=bytes(entry.commitment), at=NOON)
    assert list(held_promise(note, now=milliseconds(later(10_000)))) == []


def test_a_held_promise_of_what_the_log_never_got_is_one(chain):
    note = services.promise(chain=chain, commitment=bytes(32), at=NOON)
    assert list(held_promise(note, now=milliseconds(later(1)))) == []
    (finding,) = held_promise(note, now=milliseconds(later(10_000)))
    assert finding.defect is Defect.PROMISE


def test_a_held_promise_with_another_time_is_backdating(chain):
    entry = of(chain, 0).get()
    note = services.promise(chain=chain, commitment=bytes(entry.commitment), at=later(-60))
    (finding,) = held_promise(note, now=milliseconds(later(10)))
    assert finding.defect is Defect.BACKDATED


def test_a_checkpoint_held_elsewhere_tells_of_a_restored_old_backup(chain):
    newest = Checkpoint.objects.get(size=2).note
    assert list(held_checkpoint(newest)) == []
    with unprotected("anchoring_entry"), unprotected("anchoring_entryblock"), unprotected("anchoring_directoryblock"):
        Entry.objects.filter(block__directory=1).delete()
        EntryBlock.objects.filter(directory=1).delete()
        DirectoryBlock.objects.filter(height=1).delete()
    (finding,) = held_checkpoint(newest)
    assert finding.defect is Defect.ROLLED_BACK


def test_and_of_another_history_after_it(chain):
    newest = Checkpoint.objects.get(size=2).note
    with unprotected("anchoring_lognode"):
        LogNode.objects.filter(level=0, index=1).update(hash=bytes(32))
    (finding,) = held_checkpoint(newest)
    assert finding.defect is Defect.SPLIT


def test_chains_that_hold_nothing_are_fine():
    open_chain()
    services.seal(now=NOON)
    assert Chain.objects.count() == 1
    assert found() == []
