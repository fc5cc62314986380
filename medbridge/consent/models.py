"""Rows of the consents in force, read by compile.py's condition inside every query on records; and of those before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Provision(models.Model):
    """One provision bound to one Patient's data at one custodian; the columns are rules.Node's fields.

    reader: one of `actors`, a row for each, so that an index finds what concerns one reader among hundreds of consents;
    "" for everybody, NULL for nobody. since: the Patient's ConsentState.number from which on it is in force.
    """

    consent = models.TextField()
    version = models.IntegerField()
    patient = models.TextField()
    custodian = models.TextField()
    depth = models.SmallIntegerField()
    path = models.TextField()
    permit = models.BooleanField()
    never = models.BooleanField()
    actors = ArrayField(models.TextField(), null=True)
    reader = models.TextField(null=True)
    purposes = ArrayField(models.TextField(), null=True)
    starts = models.DateTimeField(null=True)
    ends = models.DateTimeField(null=True)
    classes = ArrayField(models.TextField(), null=True)
    instances = ArrayField(models.TextField(), null=True)
    data_low = models.DateTimeField(null=True)
    data_high = models.DateTimeField(null=True)
    labels = ArrayField(models.TextField(), null=True)
    labels_within = ArrayField(models.TextField(), null=True)
    codes = ArrayField(models.BigIntegerField(), null=True)
    links = ArrayField(models.BigIntegerField(), null=True)
    sources = ArrayField(models.BigIntegerField(), null=True)
    since = models.BigIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"Consent/{self.consent} {self.path}"


class ConsentNode(Provision):
    """In force. Never changed, only taken away and put again; migration 0002 also keeps the two tables below."""

    class Meta:
        db_table = "consent_node"
        indexes = [
            models.Index(fields=["patient", "reader", "custodian"], name="consent_node_binds"),
            models.Index(fields=["consent"], name="consent_node_consent"),
        ]


class PastNode(Provision):
    """In force until the Patient's ConsentState.number was `until`. For saying later what decided an access."""

    until = models.BigIntegerField()

    class Meta:
        db_table = "consent_past"
        indexes = [models.Index(fields=["patient", "until"], name="consent_past_binds")]


class ConsentState(models.Model):
    """Counts the changes of the rules over one Patient's data: one number, one set of rules. No row: never any."""

    patient = models.TextField(primary_key=True)
    number = models.BigIntegerField()

    class Meta:
        db_table = "consent_state"

    def __str__(self) -> str:
        return f"{self.patient} {self.number}"
