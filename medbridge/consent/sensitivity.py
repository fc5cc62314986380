"""Which codes make a record sensitive: tables of code sets, of which a hospital may add its own (setting LABEL_TABLE).

{"sets": [{"label": "HIV", "source": "...", "systems": ["http://hl7.org/fhir/sid/icd-10"], "codes": ["B20*", "Z21"]}]}

`label`: a code of v3 ActCode, or `system|code`. A code that ends with `*` stands for all that begin so.
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from medbridge.consent.labels import LEVELS

Coding = tuple[str | None, str]
# Characters of a beginning: a category of ICD has three to five.
LONGEST_BEGINNING = 16
# system -> code, or beginning of codes with its `*` -> labels
Table = dict[str, dict[str, tuple[str, ...]]]


class BadTable(Exception):
    """The table cannot be read; the sentence says where and why."""


def shipped() -> Table:
    return read(files("medbridge.consent").joinpath("tables/sensitivity.json").read_bytes(), "sensitivity.json")


def load(path: str) -> Table:
    """The shipped table, and the file's where a path is given. Raises BadTable."""
    table = shipped()
    if not path:
        return table
    try:
        added = read(Path(path).read_bytes(), path)
    except OSError as error:
        raise BadTable(f"LABEL_TABLE: {path} cannot be read ({error.strerror}).") from error
    for system, codes in added.items():
        for code, labels in codes.items():
            _add(table, system, code, labels)
    return table


def read(content: bytes, name: str) -> Table:
    """Raises BadTable: a table that is half understood would leave records without their labels."""
    found: Table = {}
    try:
        for number, each in enumerate(json.loads(content)["sets"]):
            _check(each, f"{name}: sets[{number}]")
            for system in each["systems"]:
                for code in each["codes"]:
                    _add(found, system, code, (each["label"],))
    except (ValueError, KeyError, TypeError) as error:
        raise BadTable(f'{name} is not {{"sets": [{{label, source, systems, codes}}]}}: {error!r}.') from error
    return found


def _add(table: Table, system: str, code: str, labels: tuple[str, ...]) -> None:
    codes = table.setdefault(system, {})
    codes[code] = tuple(dict.fromkeys((*codes.get(code, ()), *labels)))


def _check(each: Any, place: str) -> None:
    texts = [each["label"], each["source"], *each["systems"], *each["codes"]]
    lists = isinstance(each["systems"], list) and isinstance(each["codes"], list)
    if not lists or not all(isinstance(text, str) and text.strip("*") for text in texts):
        raise BadTable(f"{place}: label and source are texts, systems and codes lists of texts.")
    if any(len(code) > LONGEST_BEGINNING for code in each["codes"] if code.endswith("*")):
        raise BadTable(f"{place}: a beginning of codes has at most {LONGEST_BEGINNING - 1} characters.")
    if each["label"] in LEVELS or not each["label"].isprintable():
        raise BadTable(f"{place}: {each['label']!r} is not a sensitivity.")


def labels_of(codings: Iterable[Coding], table: Table) -> set[str]:
    """The labels that these codes bring."""
    found: set[str] = set()
    for system, code in codings:
        if codes := table.get(system or ""):
            found.update(codes.get(code, ()))
            for end in range(1, min(len(code), LONGEST_BEGINNING) + 1):
                found.update(codes.get(f"{code[:end]}*", ()))
    return found
