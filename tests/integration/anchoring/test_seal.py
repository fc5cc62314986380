import pytest
from django.db import DatabaseError, connection, transaction

from anchoring import services
from anchoring.core.checkpoint import open_checkpoint
from anchoring.keys import log_signer
from anchoring.models import Checkpoint, DirectoryBlock, Entry, EntryBlock, LogNode, Submission
from tests.integration.anchoring.build import NOON, at_once, commit, later, open_chain, verified


def test_an_entry_is_sealed_with_the_entries_of_its_chain():
    first, second = open_chain(), open_chain()
    commit("a", "b", chain=first)
    commit("c", chain=second)
    assert services.seal(now=NOON) == [0]
    assert sorted(EntryBlock.objects.values_list("count", flat=True)) == [1, 2]
    assert not Submission.objects.exists()


def test_sequence_and_previous_hash_go_on_across_blocks():
    chain = open_chain()
    for minute, documents in enumerate(["ab", "c", "de"]):
        commit(*documents, chain=chain)
        services.seal(now=later(minute))
    assert list(Entry.objects.order_by("id").values_list("sequence", flat=True)) == [0, 1, 2, 3, 4]
    blocks = EntryBlock.objects.order_by("sequence")
    assert [(b.sequence, b.first, b.count) for b in blocks] == [(0, 0, 2), (1, 2, 1), (2, 3, 2)]
    assert [bytes(b.previous) for b in blocks] == [bytes(32), *(bytes(b.hash) for b in blocks[:2])]


def test_an_empty_interval_is_sealed_too():
    assert services.seal(now=NOON) == [0]
    assert services.seal(now=later(10)) == [1]
    assert list(DirectoryBlock.objects.values_list("count", flat=True)) == [0, 0]


def test_a_second_seal_in_the_same_interval_makes_no_empty_block():
    services.seal(now=NOON)
    assert services.seal(now=later(4)) == []


def test_a_backlog_is_sealed_at_once_in_blocks_of_the_limit(settings):
    settings.SEAL_LIMIT = 2
    commit("a", "b", "c", "d", "e", chain=open_chain())
    assert services.seal(now=NOON) == [0, 1, 2]


def test_time_in_the_log_never_goes_back():
    services.seal(now=NOON)
    commit("a", chain=open_chain())
    services.seal(now=later(-5))
    assert len(set(DirectoryBlock.objects.values_list("time", flat=True))) == 1


def test_each_block_has_a_checkpoint_that_the_log_signed():
    services.seal(now=NOON)
    services.seal(now=later(10))
    newest = open_checkpoint(Checkpoint.objects.latest("size").note, log_signer().verifier)
    assert (newest.origin, newest.size) == ("hospital.example/log", 2)


def test_a_log_past_its_first_tile_still_proves_everything(settings):
    """257 blocks: one complete tile and one leaf."""
    settings.SEAL_LIMIT = 1
    committed = commit(*map(str, range(257)), chain=open_chain())
    assert len(services.seal(now=NOON)) == 257
    assert LogNode.objects.filter(level=1).count() == 1
    services.publish(now=NOON)
    services.confirm(now=NOON)
    assert {verified(committed[place]).result.value for place in (0, 128, 255, 256)} == {"VALID"}


def test_two_seals_at_once_share_nothing_and_lose_nothing():
    commit(*map(str, range(500)), chain=open_chain())
    at_once(lambda: services.seal(now=NOON), workers=4)
    assert DirectoryBlock.objects.count() == 1
    assert list(Entry.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(500))


def test_a_log_that_no_longer_matches_its_last_checkpoint_is_not_signed():
    for minute in (0, 10, 20):
        services.seal(now=later(minute))
    with unprotected("anchoring_lognode"):
        LogNode.objects.filter(level=0, index=1).update(hash=bytes(32))
    with pytest.raises(services.LogBroken, match="does not continue checkpoint 3"):
        services.seal(now=later(30))
    assert Checkpoint.objects.count() == 3


@pytest.mark.parametrize("model", [Entry, EntryBlock, DirectoryBlock, LogNode, Checkpoint])
@pytest.mark.parametrize("tampering", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_tables_of_the_log_are_append_only(model, tampering):
    commit("a", chain=open_chain())
    services.seal(now=NOON)
    key = model._meta.pk.column
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(tampering.format(model._meta.db_table, key, key))
    assert model.objects.exists()


def unprotected(table: str):
    """An intruder with the rights of the table's owner."""

    class Open:
        def __enter__(self):
            connection.cursor().execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")

        def __exit__(self, *_):
            connection.cursor().execute(f"ALTER TABLE {table} ENABLE TRIGGER append_only")

    return Open()


def test_seal_refuses_to_run_inside_a_transaction():
    """It would hold its lock, and an unsigned log, for as long as the caller likes."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.seal(now=NOON)
