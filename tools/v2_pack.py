"""Derives the base layer of the HL7 v2 pack from HL7's published maps: rows and code tables.

Source: HL7/v2-to-fhir, mappings/segments/*.csv and mappings/codesystems/*.csv, Apache-2.0.

    python -m tools.v2_pack ../shared/data/v2-to-fhir/mappings

What cannot be used as it stands (prose conditions, elements that R4 does not have, sums of fields) goes to left_out.txt
with the reason; the layer `practice` says by hand what is right there.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from medbridge.normalize.hl7v2.functions import FUNCTIONS
from medbridge.normalize.hl7v2.grammar import V2Grammar
from medbridge.normalize.packs import Pack, PackError, Row

TARGET = Path(__file__).resolve().parent.parent / "medbridge/normalize/hl7v2/pack/base"
NAME = re.compile(r"HL7 (?:Segment - FHIR R4|Concept Map)_ (.*) - [^-]*\.csv")
IDENTIFIER, ANTLR, FHIRPATH, NARRATIVE, ATTRIBUTE, TYPE_MAP, CODES, ASSIGNMENT = 1, 6, 7, 8, 9, 14, 15, 16
V2_CODE, V2_TABLE, FHIR_CODE, FHIR_DISPLAY, FHIR_SYSTEM = 0, 2, 6, 8, 9

# The conditions are English with rules: what it says -> what our grammar says, in this order.
PATH = r"[A-Z][A-Z0-9]{2}-[0-9]+(?:\.[0-9]+)*"
ENGLISH = [
    (r"^\s*if\b", ""),
    (r"(\band\b|\bor\b|\()\s*if\b", r"\1 "),
    (rf"({PATH})\s+lst\.count\s+equals\s+(\d+)", r"count(\1) = \2"),
    (rf"({PATH})\s+lst\.count\s+greater than\s+(\d+)", r"count(\1) > \2"),
    (rf"({PATH})\s+count\s*([=><])\s*(\d+)", r"count(\1) \2 \3"),
    (rf"({PATH})\s+length\s+greater than\s+8", r'\1 matches ".{9,}"'),
    (rf"({PATH})\s+(and|or)\s+({PATH})\s+((?:is\s+)?(?:not\s+)?valued)", r"\1 \4 \2 \3 \4"),
    (r"\bis\s+empty\b", "not valued"),
    (r"\bis\s+not\s+valued\b|\bnot\s+valued\b", "not valued"),
    (r"\bis\s+valued\b|\bvalued\b", "valued"),
    (r"\bnot\s+equals\b|\bis\s+not\b(?=\s*[\"'])", "!="),
    (r"\bequals\b|\bis\b(?=\s*[\"'])", "="),
    (r"\bnot\s+in\b", "not in"),
    (r"\bin\b", "in"),
    (r"\band\b", "and"),
    (r"\bor\b", "or"),
    (r"\b([A-Z]{2,3})\.(\d+)\b", r".\2"),
    (r"'([^']*)'", r'"\1"'),
]
# Where HL7 goes by way of a PractitionerRole for a person alone, the person: that is what every converter does.
TARGETS = [
    (r"\s+", ""),
    (r"\[each\]|\[0\]", ""),
    (r'="?[^"]*"?$', ""),
    (r"\(PractitionerRole(?:\[\d\])?\.practitioner(?:\(Practitioner)?", "(Practitioner"),
    (r"\(PractitionerRole\)", "(Practitioner)"),
    (r"valuedateTime", "valueDateTime"),
    (r"\.reference\(", "("),
    (r"extension\[(\d+)\]\.uri$", r"extension[\1].url"),
]
FIXED_TYPES = {"HD[Location]": "PL[Location]", "NDL[PractitionerRole]": "NDL[Practitioner]"}


def english(text: str) -> str:
    for pattern, replacement in ENGLISH:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    return " ".join(text.split())


def function(name: str) -> str:
    """HL7 writes the same function as CWE[code] and CWE[Code]."""
    name = FIXED_TYPES.get(name, name).replace("[PractitionerRole]", "[Practitioner]")
    return next((known for known in FUNCTIONS if known.lower() == name.lower()), name)


def cells(path: Path) -> Iterator[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines)):
            if number > 1:
                yield [cell.strip() for cell in row] + [""] * (18 - len(row))


def rows(path: Path) -> Iterator[Row]:
    match = NAME.fullmatch(path.name)
    assert match, path
    seen: Counter[str] = Counter()
    for cell in cells(path):
        if not cell[ATTRIBUTE]:
            continue
        target = cell[ATTRIBUTE]
        for pattern, replacement in TARGETS:
            target = re.sub(pattern, replacement, target)
        target += ")" * (target.count("(") - target.count(")"))
        name = f"{match[1]}/{cell[IDENTIFIER] or match[1][:3]}/{target}"
        seen[name] += 1
        yield Row(
            id=name if seen[name] == 1 else f"{name}#{seen[name]}", map=match[1], when=english(cell[ANTLR]),
            source=cell[IDENTIFIER] if "-" in cell[IDENTIFIER] else "", target=target, use=function(cell[TYPE_MAP]),
            codes=cell[CODES].replace("/", "").replace(" ", ""), value=cell[ASSIGNMENT].strip('"').strip(),
            note=" ".join(cell[NARRATIVE].split()), origin=path.name,
        )  # fmt: skip


def fault(row: Row, codes: dict[str, dict[str, list[str]]]) -> str:
    """Why the row cannot be used, "" when it can."""
    if row.note and not row.when:
        return f"the condition is prose: {row.note}"
    if re.match(r"[/#]", row.value) or "+" in row.value:
        return f"the value is prose or a sum: {row.value}"
    if row.use == "" and row.value == "" and re.search(r"(url|system|code)$", row.target) and row.source == "":
        return "no value"
    try:
        Pack([row], codes, V2Grammar(), FUNCTIONS)
    except PackError as error:
        return error.faults[0].partition("column ")[2]
    return ""


def tables(directory: Path) -> dict[str, dict[str, list[str]]]:
    """Table -> v2 code -> [FHIR code, display, system]; rows that HL7 left without a target are not in it."""
    found = {}
    for path in sorted(directory.glob("*.csv")):
        match = NAME.fullmatch(path.name)
        assert match, path
        found[match[1]] = {
            row[V2_CODE]: [row[FHIR_CODE], row[FHIR_DISPLAY] or row[FHIR_DISPLAY - 1], row[FHIR_SYSTEM]]
            for row in cells(path)
            if row[V2_TABLE].startswith("HL7") and row[FHIR_CODE] and row[FHIR_SYSTEM].startswith("http")
        }
    return found


def write(name: str, header: str, lines: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header.split(","), *lines])
    (TARGET / name).write_text(out.getvalue(), encoding="utf-8")


def main(directory: Path) -> None:
    codes = tables(directory / "codesystems")
    document = {"source": "HL7/v2-to-fhir mappings/codesystems, Apache-2.0", "tables": codes}
    (TARGET / "codes/hl7.json").write_text(
        json.dumps(document, indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    judged = [(row, fault(row, codes)) for path in sorted((directory / "segments").glob("*.csv")) for row in rows(path)]
    used = [[r.id, r.map, r.when, r.source, r.target, r.use, r.codes, r.value] for r, why in judged if not why]
    write("hl7.csv", "id,map,when,source,target,use,codes,value", used)
    out = TARGET / "left_out.txt"
    out.write_text("".join(f"{row.id}: {why}\n" for row, why in judged if why), encoding="utf-8")
    print(f"{len(used)} rows, {len(judged) - len(used)} left out, {sum(map(len, codes.values()))} codes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
