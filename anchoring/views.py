"""The public log: read-only, the same for everyone, nothing in it but hashes and times.

What can never change is served as immutable. https://c2sp.org/tlog-tiles
"""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from anchoring import models, services
from anchoring.conf import conf
from anchoring.core.block import DirectoryBlock
from anchoring.core.tiles import TILE_WIDTH
from anchoring.core.witnessing import MAX_REQUEST_BYTES
from anchoring.keys import log_keys, log_signer
from anchoring.services.log import stored_log

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "public, max-age=5"  # checkpoint and anchors: a crowd of monitors costs one query in five seconds
ANCHORS_SHOWN = 100
MAX_HEIGHT = 2**63 - 1  # PostgreSQL bigint


def _cached(response: HttpResponse, how: str) -> HttpResponse:
    response["Cache-Control"] = how
    # Any page may check receipts in its reader's browser: the log is public, and asks for no credentials.
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _text(content: str) -> HttpResponse:
    return _cached(HttpResponse(content, content_type="text/plain; charset=utf-8"), FRESH)


def _bytes(content: bytes) -> HttpResponse:
    return _cached(HttpResponse(content, content_type="application/octet-stream"), IMMUTABLE)


@require_safe
def overview(request: HttpRequest) -> HttpResponseBase:
    newest = models.Checkpoint.objects.order_by("-size").first()
    links = ("checkpoint", "vkey", "anchors", "directory/{height}", "tile/{level}/{index}", "tile/entries/{index}")
    answer = {"origin": conf.LOG_ORIGIN, "size": 0 if newest is None else newest.size, "links": links}
    return _cached(JsonResponse(answer), FRESH)


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponseBase:
    newest = models.Checkpoint.objects.order_by("-size").first()
    if newest is None:
        raise Http404("nothing is sealed yet")
    return _text(newest.note + "".join(newest.cosignatures.order_by("id").values_list("line", flat=True)))


@csrf_exempt
@require_POST
def cosignature(request: HttpRequest) -> HttpResponseBase:
    """A witness of LOG_WITNESSES brings its signature lines on the newest checkpoint: nobody else can sign them."""
    if int(request.headers.get("Content-Length") or 0) > MAX_REQUEST_BYTES:
        return HttpResponse("too long\n", status=413, content_type="text/plain")
    try:
        new = services.accept_cosignatures(request.body.decode())
    except ValueError as error:  # Malformed, SignatureError, no UTF-8
        return HttpResponse(f"{error}\n", status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(f"{new} new\n", content_type="text/plain")


@require_safe
def keys(request: HttpRequest) -> HttpResponseBase:
    """Every key of this log, the one of today first: a witness learns the next one from a checkpoint both signed."""
    return _text("".join(f"{key.vkey}\n" for key in log_keys()))


@require_safe
def vkey(request: HttpRequest) -> HttpResponseBase:
    return _text(log_signer().verifier.vkey + "\n")


@require_safe
def anchors(request: HttpRequest) -> HttpResponseBase:
    """The newest first."""
    shown = ("chain", "network", "state", "txid", "height", "block_hash", "confirmations")
    rows = models.Anchor.objects.order_by("-id").values("checkpoint_id", *shown)[:ANCHORS_SHOWN]
    listed = [{"size": row.pop("checkpoint_id"), **row} for row in map(dict, rows)]
    return _cached(JsonResponse({"anchors": listed}), FRESH)


@require_safe
def directory(request: HttpRequest, height: int) -> HttpResponseBase:
    row = _directory_row(height)
    blocks = [(bytes(b.chain.identifier).hex(), b) for b in row.blocks.select_related("chain")]
    answer = {
        "height": row.height,
        "previous": bytes(row.previous).hex(),
        "time": row.time,
        "count": row.count,
        "root": bytes(row.root).hex(),
        "hash": bytes(row.hash).hex(),
        "blocks": [
            {
                "chain": chain,
                "sequence": block.sequence,
                "previous": bytes(block.previous).hex(),
                "first": block.first,
                "count": block.count,
                "root": bytes(block.root).hex(),
                "hash": bytes(block.hash).hex(),
            }
            for chain, block in sorted(blocks, key=lambda pair: pair[0])
        ],
    }
    return _cached(JsonResponse(answer), IMMUTABLE)


@require_safe
def directory_bytes(request: HttpRequest, height: int) -> HttpResponseBase:
    """The header as hashed: its SHA-256 is leaf `height` of the log."""
    row = _directory_row(height)
    return _bytes(DirectoryBlock(row.height, bytes(row.previous), row.time, row.count, bytes(row.root)).encode())


def _directory_row(height: int) -> models.DirectoryBlock:
    row = models.DirectoryBlock.objects.filter(height=min(height, MAX_HEIGHT)).first()
    if row is None:
        raise Http404(f"the log has no directory block {height}")
    return row


@require_safe
def tile(request: HttpRequest, level: str, number: str, width: str | None = None) -> HttpResponseBase:
    return _bytes(b"".join(_whole(stored_log().tile(int(level), _index(number)), width)))


@require_safe
def entries(request: HttpRequest, number: str, width: str | None = None) -> HttpResponseBase:
    """Entry bundle: each leaf's data (a directory block hash) after its length in two bytes."""
    start = _index(number) * TILE_WIDTH
    rows = models.DirectoryBlock.objects.filter(height__gte=start, height__lt=start + TILE_WIDTH).order_by("height")
    hashes = _whole([bytes(value) for value in rows.values_list("hash", flat=True)], width)
    return _bytes(b"".join(len(value).to_bytes(2, "big") + value for value in hashes))


def _index(number: str) -> int:
    digits = number.replace("x", "").replace("/", "")
    if len(digits) > 15:  # 2^63 leaves are 17 digits of tiles; no log here comes near
        raise Http404("the log has no such tile")
    return int(digits)


def _whole(hashes: list[bytes], width: str | None) -> list[bytes]:
    """Exactly as wide as asked: the full tile exists only when it is full."""
    wanted = TILE_WIDTH if width is None else int(width)
    if len(hashes) < wanted or wanted > TILE_WIDTH or (width is not None and wanted == TILE_WIDTH):
        raise Http404("the log has no tile of that width")
    return hashes[:wanted]
