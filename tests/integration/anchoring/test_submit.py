import pytest
from django.db import connection, transaction

from anchoring import services
from anchoring.core.encoding import Malformed
from anchoring.core.promise import open_promise
from anchoring.keys import log_signer
from anchoring.models import Submission
from tests.integration.anchoring.build import NOON, open_chain


def test_ids_follow_the_order_of_the_commitments():
    commitments = [number.to_bytes(32, "big") for number in range(3000)]
    ids = services.submit(chain=open_chain(), commitments=commitments, at=NOON)
    stored = {row.id: bytes(row.commitment) for row in Submission.objects.all()}
    assert [stored[number] for number in ids] == commitments


def test_a_record_that_is_rolled_back_takes_its_commitment_with_it():
    chain = open_chain()
    with pytest.raises(RuntimeError), transaction.atomic():
        services.submit(chain=chain, commitments=[bytes(32)], at=NOON)
        raise RuntimeError
    assert not Submission.objects.exists()


def test_an_unknown_chain_is_refused():
    with pytest.raises(services.UnknownChain):
        services.submit(chain=bytes(32), commitments=[bytes(32)], at=NOON)


def test_a_commitment_of_31_bytes_is_refused():
    with pytest.raises(Malformed, match="must be 32 bytes"):
        services.submit(chain=open_chain(), commitments=[bytes(31)], at=NOON)


def test_nothing_to_submit_is_no_work(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert services.submit(chain=bytes(32), commitments=[], at=NOON) == []


def test_a_promise_is_signed_by_the_log_and_names_its_deadline(settings):
    settings.PROMISE_SECONDS = 3600
    note = services.promise(chain=bytes(32), commitment=b"c" * 32, at=NOON)
    promise = open_promise(note, log_signer().verifier)
    assert promise.deadline - promise.time == 3_600_000


@pytest.mark.parametrize("known", [True, False])
def test_inside_another_statement_it_returns_its_entry_and_none_of_an_unknown_chain(known: bool) -> None:
    chain = open_chain() if known else bytes(32)
    sql, values = services.submission(chain=chain, commitment=b"c" * 32, at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH outbox AS ({sql}) SELECT id FROM outbox", values)
        returned = [row[0] for row in cursor.fetchall()]
    stored = {row.id: bytes(row.commitment) for row in Submission.objects.all()}
    assert stored == dict.fromkeys(returned, b"c" * 32)
    assert len(returned) == known
