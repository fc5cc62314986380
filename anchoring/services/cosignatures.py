"""What witnesses signed of our checkpoints: brought to them, or by them, and published with the checkpoint."""

import logging
from collections.abc import Sequence

from anchoring import models
from anchoring.chains.http import exchange
from anchoring.chains.interface import ChainError
from anchoring.conf import conf
from anchoring.core.cosignature import Witness
from anchoring.core.encoding import Malformed
from anchoring.core.note import Note, SignatureError, signature_line
from anchoring.core.witnessing import MAX_REQUEST_BYTES, Request
from anchoring.services.log import stored_log

logger = logging.getLogger(__name__)


def witnesses() -> list[tuple[Witness, str]]:
    """Those of LOG_WITNESSES, each with its URL or "". Raises Malformed."""
    return [(Witness.parse(vkey), url) for vkey, url in conf.LOG_WITNESSES]


def accept(lines: str) -> int:
    """Keep a witness's signature lines on the newest checkpoint; returns how many are new.

    Raises Malformed, or SignatureError when a line is not by a witness of LOG_WITNESSES or not on that checkpoint.
    """
    newest = models.Checkpoint.objects.order_by("-size").first()
    if newest is None:
        raise Malformed("nothing is sealed yet")
    known = {witness.key_id: witness for witness, _ in witnesses()}
    return sum(_keep(newest, known, line) for line in lines.splitlines(keepends=True))


def _keep(checkpoint: models.Checkpoint, known: dict[bytes, Witness], line: str) -> bool:
    name, raw = signature_line(line.removesuffix("\n"))
    witness = known.get(raw[:4])
    if witness is None:
        raise SignatureError(f"{name[:100]} is not one of this log's witnesses")
    time = witness.check(Note.parse(checkpoint.note).text, line)
    values = {"line": line.removesuffix("\n") + "\n", "time": time}
    _, new = models.Cosignature.objects.get_or_create(checkpoint=checkpoint, witness=witness.name, defaults=values)
    return new


def collect() -> None:
    """Bring the newest checkpoint to each witness with a URL. A witness that is down is asked again next time."""
    newest = models.Checkpoint.objects.order_by("-size").first()
    for witness, url in witnesses() if newest else []:
        if url and newest and not newest.cosignatures.filter(witness=witness.name).exists():
            try:
                _bring(newest, witness, url)
            except (ChainError, OSError, Malformed, SignatureError) as error:
                logger.warning("witness %s: %s", witness.name, error)


def _bring(newest: models.Checkpoint, witness: Witness, url: str) -> None:
    """From the size that we think it has; a 409 tells the one it really has."""
    last = models.Cosignature.objects.filter(witness=witness.name).order_by("-checkpoint_id").first()
    status, answer = _add(newest, url, last.checkpoint_id if last else 0)
    if status == 409 and answer.strip().isdigit() and int(answer) < newest.size:
        status, answer = _add(newest, url, int(answer))
    if status != 200:
        raise Malformed(f"it answered {status}: {answer[:200].decode(errors='replace')}")
    _keep(newest, {witness.key_id: witness}, answer.decode().splitlines(keepends=True)[0])


def _add(newest: models.Checkpoint, url: str, old: int) -> tuple[int, bytes]:
    path = stored_log().consistency_proof(old, newest.size) if 0 < old < newest.size else []
    return exchange(
        f"{url.rstrip('/')}/add-checkpoint", Request(old, tuple(path), newest.note).encode(), limit=MAX_REQUEST_BYTES
    )


def cosignature_lines(note: str) -> Sequence[str]:
    """Of the checkpoint in this note, in the order they came."""
    size = int(note.split("\n", 2)[1])
    return list(models.Cosignature.objects.filter(checkpoint_id=size).order_by("id").values_list("line", flat=True))
