"""python -m tools.ccda_corpus FOLDER: converts every CDA document (and fragment of one) in a folder, and counts.

Fragments (a section, an entry, a statement, as HL7's guides print them) are put into a minimal document of their own.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from medbridge.fhir.validate import issues
from medbridge.normalize.ccda.convert import counted
from medbridge.normalize.conversion import NormalizeError, Source

STATEMENTS = {"act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply"}
AROUND = """<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id root="1.2.3" extension="FRAGMENT"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20260312170000-0700"/>
<recordTarget><patientRole><id root="1.2.3.4" extension="7"/></patientRole></recordTarget>
<component><structuredBody><component>{}</component></structuredBody></component></ClinicalDocument>"""
PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)
QUOTED = re.compile(r"'[^']*'")
FIRST = re.compile(r"\s*<(?:\w+:)?(\w+)")


@dataclass
class Survey:
    """Of one kind of input. entries and reached: statements in entries, and those that became a resource."""

    tried: int = 0
    converted: int = 0
    invalid: int = 0
    entries: int = 0
    reached: int = 0
    mapped: int = 0
    valued: int = 0
    refused: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, raw: bytes, source: Source) -> None:
        self.tried += 1
        try:
            made, accounts = counted(raw, source)
        except NormalizeError as refused:
            self.refused.append(f"{name}: {refused}")
            return
        self.converted += 1
        self.invalid += sum(bool(issues(each)) for each in made.resources)
        self.kinds.update(each["resourceType"] for each in made.resources)
        self.problems.update(f"{each.stage}: {QUOTED.sub('...', each.reason)}" for each in made.problems)
        self.mapped += accounts.mapped
        self.valued += accounts.mapped + accounts.preserved + accounts.reported
        self.entries += accounts.entries
        self.reached += accounts.entries_reached

    def lines(self) -> Iterator[str]:
        yield f"converted {self.converted} of {self.tried}"
        yield f"{sum(self.kinds.values())} resources, {self.invalid} invalid"
        yield f"entries that reached a resource: {self.reached} of {self.entries}"
        yield f"fields that reached an element: {self.mapped} of {self.valued}"
        yield ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common())
        yield from (f"refused {each}" for each in self.refused)
        yield from (f"{count:5} {reason}" for reason, count in self.problems.most_common(40))


def survey(paths: Iterable[Path], source: Source) -> tuple[Survey, Survey]:
    """Whole documents (with a recordTarget), and fragments."""
    whole, fragments = Survey(), Survey()
    for path in paths:
        raw = path.read_bytes()
        if b"recordTarget" in raw and b"ClinicalDocument" in raw:
            whole.add(path.name, raw, source)
        elif around := fragment(raw.decode("utf-8-sig", "replace")):
            fragments.add(path.name, around.encode(), source)
    return whole, fragments


def fragment(text: str) -> str:
    """The fragment in a document of its own, "" for one that is no part of a body."""
    inner = PROLOG.sub("", text).strip()
    match = FIRST.match(inner)
    if match is None or match[1] not in {*STATEMENTS, "section", "entry"}:
        return ""
    entry = f"<entry>{inner}</entry>" if match[1] in STATEMENTS else inner
    return AROUND.format(entry if match[1] == "section" else f"<section>{entry}</section>")


def main() -> int:
    folder, zone = Path(sys.argv[1]), (sys.argv[2] if len(sys.argv) > 2 else None)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".xml", ".ccda", ".cda"))
    for name, found in zip(("whole documents", "fragments"), survey(paths, Source("corpus", zone)), strict=True):
        print(f"{name}:", *found.lines(), sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
