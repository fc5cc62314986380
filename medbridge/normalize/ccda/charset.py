"""The character set of a document: configured, marked, declared, or UTF-8; decoded piece by piece."""

from __future__ import annotations

import codecs
import re

from medbridge.normalize.conversion import NormalizeError, Problem

# Python codecs are many, and some ("unicode_escape", "punycode") are no character sets; these are. The GB family is
# read as its superset: senders declare GB2312 and send GBK.
CHARACTER_SETS = {
    **{name: name for name in ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "gb18030", "big5")},
    **{name: name for name in ("shift_jis", "euc_jp", "euc_kr")},
    **{f"iso8859-{n}": f"iso8859-{n}" for n in (*range(1, 12), *range(13, 17))},
    **{f"cp{n}": f"cp{n}" for n in range(1250, 1259)},
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    ("<?".encode("utf-16-le"), "utf-16-le"),
    ("<?".encode("utf-16-be"), "utf-16-be"),
)
DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][\w.\-]{0,40})["']""", re.ASCII)
HEAD = 400  # bytes in which a declaration stands, if there is one


class Decoder:
    """Raises NormalizeError (stage "parse") for what is in no known set, or not in the one it says."""

    def __init__(self, charset: str | None) -> None:
        self._name = charset or ""
        self.codec = "utf-8"
        self._head = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._first = True

    def decode(self, chunk: bytes, *, last: bool = False) -> str:
        if self._decoder is None:
            self._head += chunk
            if len(self._head) < HEAD and not last:
                return ""
            chunk = self._head
            self._name = self._name or _mark(chunk) or _declared(chunk)
            self._decoder = self._begin()
        try:
            text = self._decoder.decode(chunk, last)
        except ValueError as error:
            where = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "/"
            raise self._refuse(where) from None
        if self._first and text:
            self._first = False
            # Some systems put an empty line before the declaration, which XML does not allow.
            text = text.removeprefix("\ufeff").lstrip()
        return text

    def _begin(self) -> codecs.IncrementalDecoder:
        try:
            self.codec = CHARACTER_SETS[codecs.lookup(self._name).name]
            return codecs.getincrementaldecoder(self.codec)()
        except (LookupError, ValueError):
            raise self._refuse("the XML declaration") from None

    def _refuse(self, where: str) -> NormalizeError:
        reason = f"not in the character set {self._name[:40]!r}; declare the one it is in"
        return NormalizeError(Problem("parse", where, reason))


def _mark(raw: bytes) -> str:
    return next((name for mark, name in MARKS if raw.startswith(mark)), "")


def _declared(raw: bytes) -> str:
    found = DECLARATION.match(raw[:HEAD])
    return found[1].decode("ascii") if found else "UTF-8"
