"""A second verifier, written from docs/formats.md alone: standard library and cryptography, nothing of ours."""

import base64
import io
import json
import re
import struct
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EASIEST = {"local": (0x7FFFFF << 232, 1), "bitcoin": (0x1FFFFF << 160, 6)}
FIELDS = {
    "entry": "chain sequence previous time commitment",
    "entry_block": "chain sequence height previous first count root",
    "directory_block": "height previous time count root",
    **dict.fromkeys(("entry_path", "directory_path", "log_path"), "index path"),
}


def has(thing, names):
    assert thing.keys() == set(names.split())


def H(*parts):
    return sha256(b"".join(parts)).digest()


def x(text, size=None):
    assert re.fullmatch("([0-9a-f]{2})*", text) and (size is None or len(text) == 2 * size)
    return bytes.fromhex(text)


def hashed(kind, thing):
    values = (thing[name] for name in FIELDS[kind.replace("-", "_")].split())
    packed = (x(value, 32) if type(value) is str else struct.pack(">Q", value) for value in values)
    return H(f"MedBridge/{kind}/v1\0".encode(), *packed)


def include(leaf, proof, size, root):
    def walk(index, size, path):
        if size == 1:
            assert not path
            return H(b"\0", leaf)
        split, sibling = 1 << (size - 1).bit_length() - 1, x(path[-1], 32)
        if index < split:
            return H(b"\1", walk(index, split, path[:-1]), sibling)
        return H(b"\1", sibling, walk(index - split, size - split, path[:-1]))

    assert 0 <= proof["index"] < size and walk(proof["index"], size, proof["path"]) == root


def consistent(m, n, old, new, path):
    def walk(m, n, path, whole):
        if m == n:
            assert len(path) == (0 if whole else 1)
            return (old, old) if whole else (path[0], path[0])
        if m <= (split := 1 << (n - 1).bit_length() - 1):
            a, b = walk(m, split, path[:-1], whole)
            return a, H(b"\1", b, path[-1])
        a, b = walk(m - split, n - split, path[:-1], False)
        return H(b"\1", path[-1], a), H(b"\1", path[-1], b)

    assert 0 < m <= n and walk(m, n, [x(p, 32) for p in path], True) == (old, new)


def b64(text):
    assert base64.b64encode(base64.b64decode(text)).decode() == text
    return base64.b64decode(text)


def checkpoint(note, vkey):
    name, key_id, key = vkey.split("+", 2)
    public = b64(key)
    assert public[:1] == b"\1" and len(public) == 33 and H(name.encode(), b"\n", public)[:4] == x(key_id, 4)
    body, signature = note.split("\n\n")
    origin, size, root = body.split("\n")
    dash, signer, encoded = signature.removesuffix("\n").split(" ")
    raw = b64(encoded)
    assert signature.endswith("\n") and (dash, signer, origin) == ("\u2014", name, name) and raw[:4] == x(key_id, 4)
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], (body + "\n").encode())
    assert re.fullmatch("0|[1-9][0-9]*", size) and len(b64(root)) == 32
    return int(size), b64(root), H((body + "\n").encode())


def outputs(tx):
    stream = io.BytesIO(tx[4:-4])

    def size():
        n = stream.read(1)[0]
        return n if n < 253 else int.from_bytes(stream.read(2 ** (n - 252)), "little")

    ins = [(stream.read(36), stream.read(size()), stream.read(4))[:2] for _ in range(size())]
    outs = [(stream.read(8), stream.read(size()))[1] for _ in range(size())]
    assert ins and stream.tell() == len(tx) - 8 and len(tx) != 64
    return ins, outs


def climb(tx, index, path, root):
    node = H(H(tx))
    assert 0 <= index < 1 << len(path)
    for n, sibling in enumerate(x(p, 32) for p in path):
        assert not (index >> n & 1 and sibling == node)
        node = H(H(sibling + node if index >> n & 1 else node + sibling))
    assert node == root


def anchor(a, receipt, mine):
    p, there = a["proof"], checkpoint(a["checkpoint"], receipt["log_key"])
    has(a, "kind network checkpoint consistency proof")
    has(p, "transaction index path coinbase coinbase_path headers tip")
    assert a["kind"] == "bitcoin" and there[0] > receipt["log_path"]["index"]
    (m, old, _), (n, new, _) = sorted((mine, there))
    consistent(m, n, old, new, a["consistency"])
    payload = b"\x4d\xb1" + there[0].to_bytes(6, "big") + there[2] + there[1]
    pushes = [s for s in outputs(x(p["transaction"]))[1] if s[:1] == b"\x6a" and s[2:4] == b"\x4d\xb1"]
    assert pushes == [b"\x6a\x48" + payload]
    headers = [x(h, 80) for h in p["headers"]]
    climb(x(p["transaction"]), p["index"], p["path"], headers[0][36:68])
    climb(x(p["coinbase"]), 0, p["coinbase_path"], headers[0][36:68])
    ((outpoint, script),) = outputs(x(p["coinbase"]))[0]
    assert len(p["path"]) == len(p["coinbase_path"]) and outpoint == bytes(32) + b"\xff" * 4
    assert script[0] in (1, 2, 3, 4, *range(0x51, 0x61))
    for n, header in enumerate(headers):
        bits = int.from_bytes(header[72:76], "little")
        target = (bits & 0x7FFFFF) << 8 * ((bits >> 24) - 3)
        assert int.from_bytes(H(H(header)), "little") <= target <= EASIEST[a["network"]][0] and not bits & 0x800000
        assert n == 0 or header[4:36] == H(H(headers[n - 1]))
    assert x(p["tip"], 32)[::-1] == H(H(headers[-1]))
    return len(headers) >= EASIEST[a["network"]][1]


def verify(raw, document):
    try:
        once = {"object_pairs_hook": lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else None}
        r = json.loads(raw, parse_float=x, **once)
        e, b, d = r["entry"], r["entry_block"], r["directory_block"]
        has(r, "format document salt checkpoint log_key anchors " + " ".join(FIELDS))
        [has(r[field], names) for field, names in FIELDS.items()]
        assert r["format"] == "medbridge-receipt/v1" and len(raw) <= 1 << 20
        assert H(document) == x(r["document"], 32) and e["chain"] == b["chain"] and b["height"] == d["height"]
        assert H(b"MedBridge/leaf/v1\0", x(r["salt"], 32), H(document)) == x(e["commitment"], 32)
        assert e["sequence"] == b["first"] + r["entry_path"]["index"] and r["log_path"]["index"] == d["height"]
        mine = checkpoint(r["checkpoint"], r["log_key"])
        include(hashed("entry", e), r["entry_path"], b["count"], x(b["root"], 32))
        include(x(b["chain"]) + hashed("entry-block", b), r["directory_path"], d["count"], x(d["root"], 32))
        include(hashed("directory-block", d), r["log_path"], mine[0], mine[1])
        return "VALID" if True in [anchor(a, r, mine) for a in r["anchors"]] else "VALID_UNANCHORED"
    except Exception:
        return "INVALID"
