"""The versioned store: immutable versions with their exact bytes, and one current row per record that searches run on.

No foreign keys: the current row and its version are written by one statement sequence in one transaction, and both
tables can be partitioned by person later.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q


class Version(models.Model):
    """One version, never changed after its transaction (a trigger refuses it). A deletion's body: id and meta alone."""

    number = models.BigAutoField(primary_key=True, db_column="pk")
    type = models.TextField()
    id = models.TextField()
    version = models.IntegerField()
    hospital = models.TextField(null=True)
    patient = models.TextField(null=True)
    method = models.CharField(max_length=6)
    at = models.DateTimeField()
    author = models.TextField()
    message = models.UUIDField(null=True)
    digest = models.BinaryField(max_length=32, null=True)
    body = models.BinaryField(null=True)

    class Meta:
        db_table = "records_version"
        constraints = [models.UniqueConstraint(fields=["type", "id", "version"], name="version_once")]
        indexes = [
            models.Index(fields=["message"], name="version_message", condition=Q(message__isnull=False)),
            models.Index(fields=["at", "number"], name="version_at"),
            models.Index(fields=["type", "at", "number"], name="version_type_at"),
            models.Index(fields=["author"], name="version_consenting", condition=Q(type="Consent", version=1)),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


class Current(models.Model):
    """The row every search runs on. `hospital` is the custodian (null: the directory); `patient` the compartment."""

    number = models.BigIntegerField(primary_key=True, db_column="pk")
    type = models.TextField()
    id = models.TextField()
    version = models.IntegerField()
    version_pk = models.BigIntegerField()
    hospital = models.TextField(null=True)
    patient = models.TextField(null=True)
    low = models.DateTimeField(null=True)
    high = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    deleted = models.BooleanField(default=False)
    terms = ArrayField(models.TextField(), default=list)

    class Meta:
        db_table = "records_current"
        constraints = [models.UniqueConstraint(fields=["type", "id"], name="current_once")]
        indexes = [
            models.Index(fields=["patient", "type", "low"], name="current_patient", condition=Q(deleted=False)),
            models.Index(fields=["type", "updated_at", "number"], name="current_type", condition=Q(deleted=False)),
            models.Index(fields=["hospital", "type"], name="current_hospital", condition=Q(deleted=False)),
            # A pending list would be read by every search after an import.
            GinIndex(fields=["terms"], name="current_terms", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


class Text(models.Model):
    """A string search parameter's folded value, for prefix search."""

    number = models.BigAutoField(primary_key=True, db_column="pk")
    record = models.BigIntegerField()
    type = models.TextField()
    param = models.TextField()
    value = models.TextField()

    class Meta:
        db_table = "records_text"
        indexes = [
            models.Index(fields=["record"], name="text_record"),
            models.Index("type", "param", OpClass("value", name="text_pattern_ops"), name="text_value"),
        ]

    def __str__(self) -> str:
        return f"{self.type}.{self.param}={self.value}"
