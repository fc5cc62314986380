"""What arrived, byte for byte, and what became of it."""

from django.db import models


class Message(models.Model):
    """One message as received. `body` is compressed with zlib; `digest` is the SHA-256 of the bytes as received.

    `key` settles what "the same message" is: (hospital, kind, key) exists once. `request` is what a FHIR write
    asked for (method, URL, condition); `sender`, `purpose` and `scopes` say with whose power it is carried out,
    whenever that is.
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
    problems = models.JSONField(default=list)
    records = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "kind", "key"], name="one_message")]
        indexes = [
            models.Index(fields=["hospital", "-received_at"], name="message_by_hospital"),
            models.Index(fields=["digest"], name="message_digest"),
            models.Index(fields=["received_at"], name="message_waiting", condition=models.Q(state="RECEIVED")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} of {self.hospital}: {self.state}"


TRANSITIONS = {
    Message.State.RECEIVED: {Message.State.DONE, Message.State.DEAD},
    Message.State.DEAD: {Message.State.RECEIVED},
    Message.State.DONE: set[Message.State](),
}
