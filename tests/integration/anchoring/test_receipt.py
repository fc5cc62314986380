import pytest

from anchoring import services
from anchoring.core.opentimestamps import HEADER_MAGIC
from anchoring.models import Entry
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified
from tests.integration.anchoring.test_seal import unprotected


def test_an_entry_in_the_outbox_has_no_receipt_yet():
    (one,) = commit("a", chain=open_chain())
    with pytest.raises(services.NotSealed, match="waits to be sealed"):
        services.receipt(entry=one.entry)


def test_an_entry_that_never_was_has_none():
    with pytest.raises(services.NotSealed, match="there is no entry 7"):
        services.receipt(entry=7)


def test_before_an_anchor_it_says_so():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    assert verified(one).result.value == "VALID_UNANCHORED"


def test_salt_and_document_are_the_callers_to_add():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    assert not {"salt", "document"} & services.receipt(entry=one.entry).keys()


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 300, 512, 513, 1000])
def test_every_place_of_an_entry_block_has_a_valid_path(count):
    committed = commit(*map(str, range(count)), chain=open_chain())
    services.seal(now=NOON)
    for place in {0, count // 2, min(255, count - 1), min(256, count - 1), count - 1}:
        assert verified(committed[place]).result.value == "VALID_UNANCHORED"


def test_an_entry_of_any_chain_is_proved_through_the_directory():
    committed = [commit(f"of hospital {number}", chain=open_chain())[0] for number in range(7)]
    services.seal(now=NOON)
    assert {verified(one).result.value for one in committed} == {"VALID_UNANCHORED"}


def test_a_later_anchor_covers_an_earlier_entry():
    (one,) = commit("a", chain=open_chain())
    for minute in (0, 10, 20):
        services.seal(now=later(minute))
    services.publish(now=later(21))
    services.confirm(now=later(21))
    assert verified(one).result.value == "VALID"


def test_reads_do_not_grow_with_the_block(django_assert_max_num_queries):
    committed = commit(*map(str, range(2000)), chain=open_chain())
    services.seal(now=NOON)
    with django_assert_max_num_queries(10):
        services.receipt(entry=committed[1234].entry)


def test_an_altered_entry_gets_no_receipt():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    with unprotected("anchoring_entry"):
        Entry.objects.update(commitment=bytes(32))
    with pytest.raises(services.LogBroken, match="is not what was sealed"):
        services.receipt(entry=one.entry)


def test_the_same_proof_as_ots():
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    assert services.ots(entry=one.entry, salt=one.salt, document=one.digest) is None
    services.publish(now=NOON)
    services.confirm(now=NOON)
    file = services.ots(entry=one.entry, salt=one.salt, document=one.digest)
    assert file is not None
    assert file.startswith(HEADER_MAGIC)
