"""Senders that remember every answer: what was acknowledged must be there afterwards, whatever was killed meanwhile."""

import http.client
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests import build

MARK = "urn:medbridge:test:mark"
PAUSE_SECONDS = 0.1  # before what got no answer is sent again
BREATH_SECONDS = 0.02  # keeps the number of records, each of which is read back, within the test's time
ANSWER_SECONDS = 15  # a worker killed in the middle closes the connection; this is for one that hangs


@dataclass
class Sent:
    """One logical record: its mark, and where an answer of 2xx said that it is ("" as long as none did)."""

    mark: str
    kind: str
    location: str = ""
    attempts: int = 0


@dataclass
class Sender(threading.Thread):
    """Sends transactions (new ids), PUTs (own ids) and single creates by turns, until told to stop.

    What got no answer is sent again, byte for byte, except the single create: FHIR has no way to repeat that safely
    (without If-None-Exist), so it counts as lost when not acknowledged.
    """

    number: int
    port: int
    token: str
    sent: list[Sent] = field(default_factory=list)
    refused: list[tuple[int, bytes]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        count = 0
        while not self.stopping.is_set():
            (self._bundle, self._put, self._create)[count % 3](f"{self.number}-{count}")
            count += 1
            self.stopping.wait(BREATH_SECONDS)

    def _bundle(self, mark: str) -> None:
        resources = [
            patient(mark),
            *(result("urn:uuid:00000000-0000-4000-8000-000000000000", f"{mark}-{n}") for n in range(5)),
        ]
        records = [Sent(resource["identifier"][0]["value"], "bundle") for resource in resources]
        self.sent += records
        if answer := self._until_answered("POST", "/fhir", build.transaction(*resources), records):
            for record, entry in zip(records, json.loads(answer)["entry"], strict=True):
                record.location = entry["response"]["location"]

    def _put(self, mark: str) -> None:
        record = Sent(mark, "put")
        self.sent.append(record)
        if self._until_answered("PUT", f"/fhir/Patient/north-{mark}", patient(mark, f"north-{mark}"), [record]):
            record.location = f"Patient/north-{mark}"

    def _create(self, mark: str) -> None:
        record = Sent(mark, "create", attempts=1)
        self.sent.append(record)
        status, answer = self._send("POST", "/fhir/Patient", build.raw(patient(mark)))
        if status == 201:
            record.location = f"Patient/{json.loads(answer)['id']}"

    def _until_answered(self, method: str, path: str, resource: dict[str, Any], records: list[Sent]) -> bytes:
        """The answer's body; b"" when told to stop in the middle of an outage."""
        body, status = build.raw(resource), 0
        while not 200 <= status < 300:
            if records[0].attempts and self.stopping.wait(PAUSE_SECONDS):
                return b""
            for record in records:
                record.attempts += 1
            status, answer = self._send(method, path, body)
        return answer

    def _send(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """(0, b"") when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()
        if status not in (200, 201):
            self.refused.append((status, text))
        return status, text


class Listener(Sender):
    """Sends ADT^A04 over MLLP; each message again, byte for byte, until it is acknowledged with AA."""

    kind, asks, accepted, pause = "mllp", "|", b"\rMSA|AA|", PAUSE_SECONDS

    def run(self) -> None:
        count = 0
        while not self.stopping.is_set():
            record = Sent(f"{self.number}-{count}", self.kind)
            self.sent.append(record)
            while not record.location and not (record.attempts and self.stopping.wait(PAUSE_SECONDS)):
                record.attempts += 1
                if self.accepted in self._exchange(ADT.format(record.mark, self.asks).replace("\n", "\r").encode()):
                    record.location = f"Patient?identifier={MARK}|{record.mark}"
            count += 1
            self.stopping.wait(self.pause)

    def _exchange(self, message: bytes) -> bytes:
        """b"" when there was no answer."""
        answer = b""
        try:
            with socket.create_connection(("127.0.0.1", self.port), ANSWER_SECONDS) as connection:
                connection.sendall(b"\x0b" + message + b"\x1c\r")
                while not answer.endswith(b"\x1c\r") and (part := connection.recv(65536)):
                    answer += part
        except OSError:
            return b""
        return answer


class Flood(Listener):
    """Is told only that its messages are kept (enhanced mode): what becomes of them comes later, kills or not."""

    kind, asks, accepted, pause = "kept", "AL|NE", b"\rMSA|CA|", BREATH_SECONDS


ADT = """MSH|^~\\&|ADT1|NORTH|MEDBRIDGE|MEDBRIDGE|20260312084711-0700||ADT^A04^ADT_A01|LOAD-{0}|P|2.5.1|||{1}
EVN|A04|20260312084700-0700
PID|1||{0}^^^&urn:medbridge:test:mark&URI^MR||F{0}^Alice||19850314|F
PV1|1|O|DIAB^3^^NORTH
"""


def patient(mark: str, id: str | None = None) -> dict[str, Any]:
    """Nobody like anybody else, so that the person index stays out of the way."""
    return build.patient(id, identifier=[{"system": MARK, "value": mark}], name=[{"family": f"F{mark}"}])


def result(subject: str, mark: str) -> dict[str, Any]:
    return build.observation(subject, identifier=[{"system": MARK, "value": mark}])


def eventually(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
