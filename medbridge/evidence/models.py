"""What ties a record version or an access record to its entry in the log, and the salt that hides it there."""

from hashlib import sha256
from uuid import UUID

from django.db import models


class Chain(models.Model):
    """A hospital's stream -> its random chain id. Never derived from anything about people."""

    id = models.AutoField(primary_key=True)  # each commitment holds one: four bytes, not eight
    hospital = models.TextField()
    stream = models.TextField()
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "stream"], name="one_chain_per_stream")]

    def __str__(self) -> str:
        return f"{self.hospital}/{self.stream}"


class Commitment(models.Model):
    """name_of(subject) -> entry, with the salt. Destroying the salt is erasure.

    One row a version for ever, so it is kept narrow: columns of one width first, the chain by its number, one index.
    """

    entry = models.BigIntegerField()
    at = models.DateTimeField()
    # Chains are never deleted; a constraint would lock the chain's row for each commitment.
    chain = models.ForeignKey(Chain, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    name = models.UUIDField(primary_key=True)
    digest = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32, null=True)

    class Meta:
        db_table = "evidence_commitment"

    def __str__(self) -> str:
        return str(self.name)


def name_of(subject: str) -> UUID:
    """ "Type/id/_history/n" or "AuditEvent/id" -> the first 16 bytes of its SHA-256.

    A quarter of the text's bytes, in the row and in its index; and the table alone tells of nobody.
    """
    return UUID(bytes=sha256(subject.encode()).digest()[:16])
