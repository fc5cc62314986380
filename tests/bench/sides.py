"""One of the servers that are asked the same: ours, or the peer."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench.client import Answer, Http
from tests.bench.loop import Call
from tests.bench.usage import Usage

Person = tuple[str, dict[str, Any]]  # id on the server, the Patient as sent


@dataclass
class Side:
    """`write` and `read` connect as who may; `people` are in the same order on all sides; `created`: type -> ids."""

    name: str
    write: Callable[[], Http]
    read: Callable[[], Http]
    usage: Usage
    people: list[Person] = field(default_factory=list)
    created: dict[str, list[str]] = field(default_factory=dict)

    def stored(self, call: Call, answer: Answer) -> int:
        """Remember the Patients that a transaction stored; how many of its entries succeeded."""
        sent, answered = orjson.loads(call[2])["entry"], orjson.loads(answer.body).get("entry", [])
        succeeded = 0
        for entry, response in zip(sent, (each.get("response", {}) for each in answered), strict=False):
            if str(response.get("status", ""))[:1] == "2":
                succeeded += 1
                if entry["resource"]["resourceType"] == "Patient":
                    self.people.append((identity(response["location"]), entry["resource"]))
        return succeeded

    def made(self, call: Call, answer: Answer) -> int:
        self.created.setdefault(call[1], []).append(orjson.loads(answer.body)["id"])
        return 1

    def arrange(self) -> None:
        """The same order everywhere, so that the same seed asks for the same people."""
        self.people.sort(key=lambda person: str(person[1]["identifier"][0]["value"]))

    def anyone(self, rng: random.Random) -> Person:
        return rng.choice(self.people)


def identity(location: str) -> str:
    """The id in `http://.../Patient/id/_history/1` or `Patient/id`."""
    return location.partition("/_history")[0].rpartition("/")[2]
