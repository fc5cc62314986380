"""Rows of the consents in force, read by compile.py's condition inside every query on records."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ConsentNode(models.Model):
    """One provision bound to one Patient's data at one custodian; the columns are rules.Node's fields.

    reader: one of `actors`, a row for each, so that an index finds what concerns one reader among hundreds of consents;
    "" for everybody, NULL for nobody.
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

    class Meta:
        db_table = "consent_node"
        indexes = [
            models.Index(fields=["patient", "reader", "custodian"], name="consent_node_binds"),
            models.Index(fields=["consent"], name="consent_node_consent"),
        ]

    def __str__(self) -> str:
        return f"Consent/{self.consent} {self.path}"
