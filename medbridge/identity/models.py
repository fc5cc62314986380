"""The person index. No foreign keys: Patients are records of another package and are held by id."""

from django.db import models


class Person(models.Model):
    """The human that one or more Patients are about."""

    id = models.UUIDField(primary_key=True)

    class Meta:
        db_table = "identity_person"

    def __str__(self) -> str:
        return str(self.id)


class Link(models.Model):
    """A Patient's person, why it is that person, and the traits by which others are compared with it."""

    patient = models.TextField(primary_key=True)
    hospital = models.TextField()
    person = models.UUIDField(db_index=True)
    how = models.CharField(max_length=6)
    reasons = models.JSONField(default=list)
    traits = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "identity_link"

    def __str__(self) -> str:
        return f"Patient/{self.patient} is {self.person}"


class Key(models.Model):
    """A blocking key of a Patient: only Patients that share one are compared."""

    key = models.TextField()
    patient = models.TextField(db_index=True)

    class Meta:
        db_table = "identity_key"
        constraints = [models.UniqueConstraint(fields=["key", "patient"], name="identity_key_once")]

    def __str__(self) -> str:
        return f"{self.key} of Patient/{self.patient}"


class State(models.TextChoices):
    OPEN = "OPEN"
    LINKED = "LINKED"
    REJECTED = "REJECTED"


# A reviewer may take a word back; nothing becomes open again.
TRANSITIONS: dict[str, frozenset[str]] = {
    State.OPEN: frozenset({State.LINKED, State.REJECTED}),
    State.LINKED: frozenset({State.REJECTED}),
    State.REJECTED: frozenset({State.LINKED}),
}


class Candidate(models.Model):
    """Two Patients (a before b by code points) that may be one person: open, or what the reviewer said."""

    a = models.TextField()
    b = models.TextField(db_index=True)
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField()
    settled_by = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "identity_candidate"
        constraints = [models.UniqueConstraint(fields=["a", "b"], name="identity_candidate_once")]
        indexes = [models.Index(fields=["at"], name="identity_candidate_open", condition=models.Q(state="OPEN"))]

    def __str__(self) -> str:
        return f"Patient/{self.a} and Patient/{self.b}: {self.state}"
