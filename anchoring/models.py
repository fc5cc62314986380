"""Tables. Only anchoring.services writes them; all but Chain, Submission and Anchor are append-only by trigger.

Times are milliseconds since 1970, as hashed. Hashes, commitments and chain identifiers are 32 bytes.
"""

from django.db import models

from anchoring import states


class Chain(models.Model):
    """Where the chain stands, kept here so that sealing needs no look back at its entries."""

    identifier = models.BinaryField(unique=True)
    stream = models.TextField()
    opened = models.BigIntegerField()
    next_sequence = models.BigIntegerField(default=0)
    head = models.BinaryField()
    next_block = models.BigIntegerField(default=0)
    block_head = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.stream} {bytes(self.identifier).hex()}"


class Submission(models.Model):
    """The outbox: written in the caller's transaction, moved by seal. Its id becomes the entry's id."""

    # submit joins the chain's row, so there is one; a constraint would lock that row for each commitment.
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    commitment = models.BinaryField()
    time = models.BigIntegerField()

    def __str__(self) -> str:
        return f"submission {self.pk}"


class DirectoryBlock(models.Model):
    height = models.BigIntegerField(primary_key=True)
    previous = models.BinaryField()
    time = models.BigIntegerField()
    count = models.BigIntegerField()
    root = models.BinaryField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"directory block {self.height}"


class EntryBlock(models.Model):
    """`subtrees`: the hashes at level 8 of the entry tree, so that one receipt reads 256 entries, not all."""

    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", db_index=False)
    sequence = models.BigIntegerField()
    directory = models.ForeignKey(DirectoryBlock, models.PROTECT, related_name="blocks", db_column="height")
    previous = models.BinaryField()
    first = models.BigIntegerField()
    count = models.BigIntegerField()
    root = models.BinaryField()
    hash = models.BinaryField()
    subtrees = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="anchoring_one_block_per_sequence")]

    def __str__(self) -> str:
        return f"entry block {self.sequence} in directory block {self.directory_id}"


class Entry(models.Model):
    """`previous` is not stored: it is the hash of the chain's entry one sequence lower."""

    id = models.BigIntegerField(primary_key=True)
    chain = models.ForeignKey(Chain, models.PROTECT, related_name="+", db_index=False)
    sequence = models.BigIntegerField()
    block = models.ForeignKey(EntryBlock, models.PROTECT, related_name="+", db_index=False)
    time = models.BigIntegerField()
    commitment = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="anchoring_one_entry_per_sequence")]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class LogNode(models.Model):
    """The log's complete subtrees of 256^level leaves: level 0 are the leaf hashes (C2SP tlog-tiles)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="anchoring_one_node_per_place")]

    def __str__(self) -> str:
        return f"node {self.index} of level {self.level}"


class Checkpoint(models.Model):
    """`note` is the signed note as published."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class Cosignature(models.Model):
    """A witness's signature line on a checkpoint: it saw this log, and no other history of it. `time` by its clock."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures", db_column="size")
    witness = models.TextField()
    line = models.TextField()
    time = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="anchoring_one_cosignature_per_witness")
        ]

    def __str__(self) -> str:
        return f"{self.witness} on checkpoint {self.checkpoint_id}"


class Anchor(models.Model):
    """One checkpoint on one public chain, in a state of states.TRANSITIONS.

    `txid` is that of the version in a block, before that of the newest one. `height` stays where it was last seen when
    a reorganisation removes it; `lost` is when one did last, `deepest` the most confirmations one took. `proof` is what
    a receipt needs of the chain.
    """

    chain = models.TextField()
    network = models.TextField()
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="anchors", db_column="size")
    state = models.TextField(default=states.PENDING, choices=[(name, name) for name in states.TRANSITIONS])
    txid = models.TextField(default="")
    attempts = models.IntegerField(default=0)
    error = models.TextField(default="")
    height = models.BigIntegerField(null=True)
    block_hash = models.TextField(default="")
    confirmations = models.BigIntegerField(default=0)
    proof = models.JSONField(null=True)
    lost = models.DateTimeField(null=True)
    deepest = models.BigIntegerField(default=0)
    created = models.DateTimeField()
    changed = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "checkpoint"], name="anchoring_one_anchor_per_chain"),
            models.CheckConstraint(
                condition=models.Q(state__in=list(states.TRANSITIONS)), name="anchoring_known_anchor_state"
            ),
        ]
        indexes = [models.Index(fields=["chain", "state"], name="anchoring_anchor_state")]

    def __str__(self) -> str:
        return f"{self.chain}: {self.checkpoint} {self.state}"


class Version(models.Model):
    """A signed transaction of an anchor, committed before it is sent. All are kept until the anchor is FINAL: any of
    them may be the one that is mined. `fee` is the most it can cost, in the unit of the chain's Condition."""

    anchor = models.ForeignKey(Anchor, models.CASCADE, related_name="versions")
    txid = models.TextField()
    raw = models.BinaryField()
    fee = models.BigIntegerField()
    nonce = models.BigIntegerField(null=True)
    ticket = models.BinaryField(default=b"")
    created = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["anchor", "txid"], name="anchoring_one_version_per_transaction")]

    def __str__(self) -> str:
        return f"{self.txid} of {self.anchor}"


class Condition(models.Model):
    """How a chain of ANCHOR_CHAINS was when last worked on; `failing` is since when it fails. `balance` and `reserve`
    (one anchor at most) in `unit`, null where anchors cost nothing."""

    chain = models.TextField(primary_key=True)
    tried = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    failing = models.DateTimeField(null=True)
    error = models.TextField(default="")
    balance = models.BigIntegerField(null=True)
    reserve = models.BigIntegerField(null=True)
    unit = models.TextField(default="")
    address = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.chain}, tried {self.tried}"
