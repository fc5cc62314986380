"""What arrived, byte for byte, and what became of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Message(models.Model):
    """One message as received. `body` is compressed with zlib; `digest` is the SHA-256 of the bytes as received.

    `key` settles what "the same message" is: (hospital, kind, key) exists once. `request` is what a FHIR write
    asked for (method, URL, condition); `sender`, `purpose` and `scopes` say with whose power it is carried out,
    whenever that is. `origin`: by which way it came ("mllp", "http", "batch.hl7 #3").

    Ids are ordered by arrival (`store.ordered_id`). Messages that share one of their `lanes` are processed in that
    order (`queue`); None: it is carried out by itself. `event_at`: when what it says happened (EVN-2, MSH-7). `told`:
    the acknowledgement code that was given before it was processed.
    `span_start`, `span_end`: the bytes of the message that a dead letter's `place` is about.
    `mapped`, `preserved`, `reported`: how many of its valued fields became what (normalize.conversion.Accounting).
    """

    class State(models.TextChoices):
        RECEIVED = "RECEIVED"
        DONE = "DONE"
        DEAD = "DEAD"

    id = models.UUIDField(primary_key=True)
    hospital = models.CharField(max_length=40)
    kind = models.CharField(max_length=16)
    key = models.TextField()
    request = models.TextField(default="")
    sender = models.TextField()
    purpose = models.TextField(default="TREAT")
    scopes = models.TextField(default="")
    control_id = models.TextField(default="")
    origin = models.TextField(default="", db_default="")
    lanes = ArrayField(models.SmallIntegerField(), null=True)
    event_at = models.DateTimeField(null=True)
    told = models.CharField(max_length=2, default="", db_default="")
    received_at = models.DateTimeField()
    digest = models.BinaryField(max_length=32)
    body = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    settled_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    answer = models.BinaryField(null=True)
    stage = models.TextField(default="")
    place = models.TextField(default="")
    reason = models.TextField(default="")
    span_start = models.IntegerField(null=True)
    span_end = models.IntegerField(null=True)
    problems = models.JSONField(default=list)
    records = models.IntegerField(default=0)
    mapped = models.IntegerField(null=True)
    preserved = models.IntegerField(null=True)
    reported = models.IntegerField(null=True)
    pack = models.TextField(default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "kind", "key"], name="one_message")]
        indexes = [
            models.Index(fields=["hospital", "-received_at"], name="message_by_hospital"),
            models.Index(fields=["digest"], name="message_digest"),
            models.Index(fields=["id"], name="message_waiting", condition=models.Q(state="RECEIVED")),
            models.Index(fields=["hospital", "control_id"], name="message_control", condition=~models.Q(control_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} of {self.hospital}: {self.state}"


class Source(models.Model):
    """How one sender's messages are read and answered; the hospital's engineer edits it.

    sender: an account's name or "listener:<hospital>", as in Message; "" is every sender of the hospital without a row
    of its own. timezone (IANA) and charset (a Python codec, wins over MSH-18): empty means the hospital's. packs: names
    of mapping packs, later ones override earlier ones.
    """

    class Answers(models.TextChoices):
        """When a message in original mode is answered; enhanced mode says it in MSH-15 and MSH-16."""

        ADAPTIVE = "ADAPTIVE"
        KEPT = "KEPT"
        PROCESSED = "PROCESSED"

    hospital = models.CharField(max_length=40)
    sender = models.TextField(default="", blank=True)
    timezone = models.TextField(default="", blank=True)
    charset = models.TextField(default="", blank=True)
    answers = models.CharField(max_length=9, choices=Answers.choices, default=Answers.ADAPTIVE)
    packs = ArrayField(models.TextField(), default=list)
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "sender"], name="one_source")]

    def __str__(self) -> str:
        return f"{self.hospital} {self.sender or '(all)'}"


class Confirmed(models.Model):
    """Until when a record's newest version is known to hold: a later event said the same and wrote no new version.

    Without it a message of between the two events would look newer than what it would overwrite.
    """

    record = models.UUIDField(primary_key=True)
    event_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.record} as of {self.event_at}"


TRANSITIONS = {
    Message.State.RECEIVED: {Message.State.DONE, Message.State.DEAD},
    Message.State.DEAD: {Message.State.RECEIVED},
    Message.State.DONE: {Message.State.RECEIVED},
}
