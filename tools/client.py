"""A small FHIR client on the standard library, as the demo and the benchmarks need it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """One party's way to a server: `base` is http://host:port, `token` its bearer token."""

    base: str
    token: str

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: bytes | dict[str, Any], media: str = "application/fhir+json") -> Answer:
        return self.send("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode(), media)

    def put(self, path: str, body: bytes | dict[str, Any]) -> Answer:
        return self.send("PUT", path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def send(self, method: str, path: str, body: bytes | None = None, media: str = "application/fhir+json") -> Answer:
        """Any status is an answer; OSError is raised only when nobody answers."""
        request = urllib.request.Request(f"{self.base}/{path}", body, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", media)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def resources(self, path: str) -> list[dict[str, Any]]:
        """The matches of a search or $everything, all pages."""
        found: list[dict[str, Any]] = []
        while path:
            answer = self.get(path)
            if answer.status != 200:
                raise RuntimeError(f"GET {path}: {answer.status} {answer.body.decode()}")
            bundle = answer.json()
            found += [entry["resource"] for entry in bundle.get("entry", [])]
            links = {link["relation"]: link["url"] for link in bundle.get("link", [])}
            path = links.get("next", "").removeprefix(f"{self.base}/")
        return found


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run manage.py; returns what it printed. Raises RuntimeError with its words when it fails."""
    command = [sys.executable, str(BASE / "manage.py"), *arguments]
    done = subprocess.run(command, env={**environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()
