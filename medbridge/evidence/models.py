"""What ties a record version or an access record to its entry in the log, and the salt that hides it there."""

from django.db import models


class Chain(models.Model):
    """A hospital's stream -> its random chain id. Never derived from anything about people."""

    hospital = models.TextField()
    stream = models.TextField()
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "stream"], name="one_chain_per_stream")]

    def __str__(self) -> str:
        return f"{self.hospital}/{self.stream}"


class Commitment(models.Model):
    """subject ("Type/id/_history/n" or "AuditEvent/id") -> entry, with the salt. Destroying the salt is erasure."""

    entry = models.BigIntegerField(primary_key=True)
    subject = models.TextField()
    chain = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "evidence_commitment"
        # Not unique=True: for text Django then adds a second index, for LIKE, that nothing asks for.
        constraints = [models.UniqueConstraint(fields=["subject"], name="evidence_subject_once")]

    def __str__(self) -> str:
        return self.subject
