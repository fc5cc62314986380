"""Access records: one compact row per access and patient touched, rendered as an AuditEvent when somebody reads it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Access(models.Model):
    """Who did what to whose record, and how it ended. Holds ids as text, so that it never blocks a deletion.

    groups: other references by which a consent could mean the reader, NULL for none. state: which rules over the
    Patient's data were in force (consent.models.ConsentState). versions: numbers of the versions that were given, of
    what gives several; NULL where `target` says it.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    request = models.TextField()
    username = models.TextField()
    name = models.TextField()
    hospital = models.TextField()
    role = models.TextField()
    practitioner = models.TextField()
    purpose = models.TextField()
    action = models.CharField(max_length=16)
    allowed = models.BooleanField()
    reason = models.TextField()
    type = models.TextField()
    target = models.TextField()
    query = models.TextField()
    patient = models.TextField(null=True)
    count = models.IntegerField()
    address = models.TextField()
    groups = ArrayField(models.TextField(), null=True)
    state = models.BigIntegerField(null=True)
    versions = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        db_table = "audit_access"
        indexes = [
            models.Index(fields=["patient", "-at"], name="access_patient"),
            models.Index(fields=["at"], name="access_glass", condition=models.Q(purpose="BTG")),
            models.Index(fields=["at"], name="access_withheld", condition=models.Q(action="withhold")),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.target}"


class Review(models.Model):
    """An auditor's word on one access for which the glass was broken; never changed (migration 0002)."""

    access = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    username = models.TextField()
    note = models.TextField()

    class Meta:
        db_table = "audit_review"

    def __str__(self) -> str:
        return f"{self.username} on {self.access}"
