"""The versioned store: immutable versions with their exact bytes, and one current row per record that searches run on.

No foreign keys: the current row and its version are written by one statement sequence in one transaction, and both
tables can be partitioned by person later.

What the one row per record cannot hold, values with an order of their own, is in tables beside it. Their rows come by
COPY, go by `record` (Current.number) and are never addressed one by one: the key that Django asks for is in no database
(migration 0003). `salt`: fhir.terms.salt of the parameter, or of the composite where `pair` is its term.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce


class Numeric(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """A decimal of any length: Django's own has a fixed number of digits."""

    def db_type(self, connection: object) -> str:
        return "numeric"


class Version(models.Model):
    """One version, never changed after its transaction (a trigger refuses it). A deletion's body: id and meta alone."""

    number = models.BigAutoField(primary_key=True, db_column="pk")
    key = models.BigIntegerField()
    at = models.DateTimeField()
    version = models.IntegerField()
    type = models.TextField()
    id = models.TextField()
    hospital = models.TextField(null=True)
    patient = models.TextField(null=True)
    method = models.CharField(max_length=6)
    author = models.TextField()
    message = models.UUIDField(null=True)
    body = models.BinaryField(null=True)

    class Meta:
        db_table = "records_version"
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="version_once")]
        indexes = [
            models.Index(fields=["message"], name="version_message", condition=Q(message__isnull=False)),
            # One transaction's rows share one moment: these indexes store it once for all of them.
            models.Index(fields=["at"], name="version_at"),
            models.Index(fields=["type", "at"], name="version_type_at"),
            models.Index(fields=["author"], name="version_consenting", condition=Q(type="Consent", version=1)),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.id}/_history/{self.version}"


class Current(models.Model):
    """The row every search runs on. `hospital` is the custodian (null: the directory); `patient` the compartment.

    `key`, `present`, `terms`, `refs`: fhir.index.Index. `labels`, `marks`: what consents ask of it.
    Columns of one width first: PostgreSQL pads between widths.
    """

    number = models.BigIntegerField(primary_key=True, db_column="pk")
    key = models.BigIntegerField(unique=True)
    version_pk = models.BigIntegerField()
    low = models.DateTimeField(null=True)
    high = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    present = models.BigIntegerField(default=0)
    version = models.IntegerField()
    deleted = models.BooleanField(default=False)
    type = models.TextField()
    id = models.TextField()
    hospital = models.TextField(null=True)
    patient = models.TextField(null=True)
    terms = ArrayField(models.BigIntegerField(), default=list)
    refs = ArrayField(models.BigIntegerField(), default=list)
    labels = ArrayField(models.TextField(), default=list)
    marks = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        db_table = "records_current"
        indexes = [
            models.Index("patient", "type", F("low").desc(nulls_last=True), name="current_patient",
                         condition=Q(deleted=False, patient__isnull=False)),
            models.Index(fields=["type", "number"], name="current_type", condition=Q(deleted=False)),
            models.Index(fields=["type", "updated_at"], name="current_updated", condition=Q(deleted=False)),
            models.Index(fields=["hospital", "type"], name="current_hospital", condition=Q(deleted=False)),
            # A pending list would be read by every search after an import.
            GinIndex(fields=["terms", "refs"], name="current_terms", fastupdate=False),
            # What speaks of several people, beside the rows of current_patient (search_rows).
            GinIndex(fields=["refs"], name="current_nobodys", fastupdate=False,
                     condition=Q(deleted=False, patient__isnull=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.type}/{self.id}"


class Text(models.Model):
    """A folded string, for prefix search; in byte order whatever the database's language."""

    pk = models.CompositePrimaryKey("record", "salt", "value")
    record = models.BigIntegerField()
    salt = models.BigIntegerField()
    value = models.TextField(db_collation="C")

    class Meta:
        db_table = "records_text"
        indexes = [
            models.Index(fields=["record"], name="text_record"),
            models.Index(fields=["salt", "value"], name="text_value"),
        ]

    def __str__(self) -> str:
        return self.value


class Date(models.Model):
    """An interval of a date parameter other than the clinical date, which is in the current row itself."""

    pk = models.CompositePrimaryKey("record", "salt", "low", "high")
    record = models.BigIntegerField()
    salt = models.BigIntegerField()
    low = models.DateTimeField()
    high = models.DateTimeField()
    pair = models.BigIntegerField(null=True)

    class Meta:
        db_table = "records_date"
        indexes = [
            models.Index(fields=["record"], name="date_record"),
            models.Index(fields=["salt", "low"], name="date_value"),
        ]

    def __str__(self) -> str:
        return f"{self.low} {self.high}"


class Number(models.Model):
    """A number or quantity as sent, with every digit, and in UCUM base units (fhir.index.Number).

    high null: the same as low. units: digests of its spellings. unit, base_low, base_high: the canonical form.
    """

    pk = models.CompositePrimaryKey("record", "salt", "low")
    record = models.BigIntegerField()
    salt = models.BigIntegerField()
    pair = models.BigIntegerField(null=True)
    unit = models.BigIntegerField(null=True)
    low = Numeric()
    high = Numeric(null=True)
    base_low = Numeric(null=True)
    base_high = Numeric(null=True)
    units = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        db_table = "records_number"
        indexes = [
            models.Index(fields=["record"], name="number_record"),
            models.Index("salt", "unit", Coalesce("base_low", "low"), name="number_value"),
        ]

    def __str__(self) -> str:
        return str(self.low)


class Definition(models.Model):
    """A custom search parameter that is in use (fhir.custom.Definition). `id`: of its SearchParameter record."""

    id = models.TextField(primary_key=True)
    url = models.TextField(unique=True)
    code = models.TextField()
    kind = models.TextField()
    bases = ArrayField(models.TextField())
    targets = ArrayField(models.TextField(), default=list)
    expression = models.TextField()

    class Meta:
        db_table = "records_definition"

    def __str__(self) -> str:
        return self.url


class Generation(models.Model):
    """One row: a number that is another one after every change of the definitions (docs/search.md)."""

    number = models.IntegerField()

    class Meta:
        db_table = "records_generation"

    def __str__(self) -> str:
        return str(self.number)


class Walk(models.Model):
    """A walk over the current rows that indexes them anew, and how far it has come.

    `name`: URL of the parameter that it is for; "" is for everything. `types`: none is all. `since`: it begins when no
    writer of an earlier generation is left. `position`: the last pk that is done; `last`: the last that is to be done.
    """

    name = models.TextField(primary_key=True)
    types = ArrayField(models.TextField(), default=list)
    since = models.IntegerField(default=0)
    position = models.BigIntegerField(default=0)
    last = models.BigIntegerField(null=True)
    total = models.BigIntegerField(default=0)
    done = models.BigIntegerField(default=0)
    started = models.DateTimeField()
    updated = models.DateTimeField()
    finished = models.DateTimeField(null=True)

    class Meta:
        db_table = "records_walk"

    def __str__(self) -> str:
        return self.name or "everything"


class Display(models.Model):
    """Each text of a code once, for :text. Never a person's own words.

    Two writers at once may store one text twice, which harms no search; else one would wait for the other's commit.
    """

    pk = models.CompositePrimaryKey("term", "salt")
    term = models.BigIntegerField()
    salt = models.BigIntegerField()
    value = models.TextField(db_collation="C")

    class Meta:
        db_table = "records_display"
        indexes = [
            models.Index(fields=["term"], name="display_term"),
            models.Index(fields=["salt"], name="display_salt"),
        ]

    def __str__(self) -> str:
        return self.value
