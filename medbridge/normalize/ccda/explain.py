"""Which row put an element of the output there, and which bytes of the document it came from."""

from __future__ import annotations

from dataclasses import replace

from medbridge.normalize.ccda.charset import Decoder
from medbridge.normalize.ccda.convert import convert
from medbridge.normalize.ccda.pack import standard_pack
from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2 import explain as traces
from medbridge.normalize.hl7v2.explain import Explanation
from medbridge.normalize.packs import Pack


def explain(raw: bytes, source: Source, path: str, pack: Pack | None = None) -> list[Explanation]:
    """What put the element of `path` ("Condition[0].code") there. Spans are of the document as received.

    Raises ValueError with a sentence when there is no such element, NormalizeError as convert() does.
    """
    pack = pack or standard_pack()
    found = traces.explain(convert(raw, source, pack, traced=True), pack, path)
    text = _Text(raw, source.charset)
    return [replace(each, span=text.received(*each.span)) if each.place else each for each in found]


class _Text:
    """A document as received, as text, and as the UTF-8 that the reader saw."""

    def __init__(self, raw: bytes, charset: str | None) -> None:
        decoder = Decoder(charset)
        self._text = decoder.decode(raw) + decoder.decode(b"", last=True)
        self._seen = self._text.encode()
        self._codec = decoder.codec
        # A byte order mark, and blanks before the declaration.
        self._before = len(raw) - len(self._text.encode(self._codec))

    def received(self, start: int, end: int) -> tuple[int, int]:
        """Where the element stands in the bytes received. `end`: where its end tag begins, as the reader noted it."""
        if not self._seen[start:end].endswith(b"/>"):
            end = self._seen.index(b">", end) + 1
        return self._at(start), self._at(end)

    def _at(self, position: int) -> int:
        return self._before + len(self._seen[:position].decode().encode(self._codec))
