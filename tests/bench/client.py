"""Keep-alive connections for the closed loop: HTTP/1.1 and MLLP, small, so that the client costs little of the CPU."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

FHIR_JSON = "application/fhir+json"
START, END = b"\x0b", b"\x1c\r"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


@dataclass
class Http:
    """`url` is the base; requests name a path below it. One that meets a dropped idle connection goes again."""

    url: str
    token: str = ""
    content_type: str = FHIR_JSON
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, init=False)

    async def request(self, method: str, path: str, body: bytes = b"") -> Answer:
        for last in (False, True):
            try:
                return await self._exchange(method, path, body)
            except (OSError, asyncio.IncompleteReadError):
                self.close()
                if last:
                    raise
        raise AssertionError

    async def _exchange(self, method: str, path: str, body: bytes) -> Answer:
        base = urlsplit(self.url)
        if self.streams is None:
            self.streams = await asyncio.open_connection(base.hostname, base.port)
        reader, writer = self.streams
        target = f"{base.path}/{path}" if path else base.path or "/"
        head = f"{method} {target} HTTP/1.1\r\nHost: {base.netloc}\r\nContent-Type: {self.content_type}\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await _response(reader)

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
        self.streams = None


async def _response(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    chunked = headers.get("transfer-encoding") == "chunked"
    body = await (_chunks(reader) if chunked else reader.readexactly(int(headers.get("content-length", 0))))
    return Answer(int(first.split(" ", 2)[1]), body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """RFC 9112 section 7.1, as a server without trailers writes it."""
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


@dataclass
class Mllp:
    """Method and path mean nothing here. Status 200 for an accepting acknowledgement (MSA-1 AA or CA), else 422."""

    address: str
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, init=False)

    async def request(self, method: str, path: str, body: bytes = b"") -> Answer:
        if self.streams is None:
            host, _, port = self.address.rpartition(":")
            self.streams = await asyncio.open_connection(host, int(port))
        self.streams[1].write(START + body + END)
        answer = await self.streams[0].readuntil(END)
        return Answer(200 if b"MSA|AA" in answer or b"MSA|CA" in answer else 422, answer)

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
