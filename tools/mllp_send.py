"""Sends HL7 v2 files over MLLP and prints each answer. Exit 0 when all were accepted (AA, CA), else 1.

python tools/mllp_send.py HOST:PORT FILE...
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

TIMEOUT_SECONDS = 30
START, END = b"\x0b", b"\x1c"


def send(address: str, messages: list[bytes]) -> list[bytes]:
    """The answer to each message, in order, over one connection. Raises OSError when the peer is silent or gone."""
    host, _, port = address.rpartition(":")
    answers = []
    with socket.create_connection((host or "127.0.0.1", int(port)), TIMEOUT_SECONDS) as connection:
        for message in messages:
            connection.sendall(START + message + END + b"\r")
            answers.append(_answer(connection))
    return answers


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while END not in received:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError("the connection was closed without an answer")
        received += data
    return received[received.index(START) + 1 : received.index(END)]


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    answers = send(arguments[0], [Path(name).read_bytes() for name in arguments[1:]])
    for name, answer in zip(arguments[1:], answers, strict=True):
        charset = "gb18030" if b"|GB" in answer.split(b"\r")[0] else "utf-8"
        print(f"{name}\n{answer.decode(charset, 'replace').replace(chr(13), chr(10))}")
    return 0 if all(b"MSA|AA" in answer or b"MSA|CA" in answer for answer in answers) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
