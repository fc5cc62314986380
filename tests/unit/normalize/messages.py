"""Small builders of HL7 v2 messages: name the fields that the test is about, the rest is Alice at north."""

from pathlib import Path
from typing import Any

from medbridge.normalize.conversion import Conversion, Source
from medbridge.normalize.hl7v2 import convert, parse

SAMPLES = Path(__file__).resolve().parents[3] / "medbridge" / "samples" / "hl7v2"
NORTH = Source("north")
RENJI = Source("renji", "Asia/Shanghai")
ALICE = {3: "NB-1^^^NORTH^MR", 5: "Zhang^Alice", 7: "19850314", 8: "F"}
VISIT = {2: "I", 19: "V-1^^^NORTH", 44: "20260312084500-0700"}


def segment(name: str, fields: dict[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields, default=0) + 1))])


def msh(event: str = "ADT^A01", sent: str = "20260312084711-0700", charset: str = "UNICODE UTF-8") -> str:
    return rf"MSH|^~\&|APP|NORTH|MEDBRIDGE|MB|{sent}||{event}|MSG-1|P|2.5.1||||||{charset}"


def adt(*extra: str, event: str = "ADT^A01", sent: str = "20260312084711-0700", **segments: dict[int, str]) -> bytes:
    pid, pv1 = ALICE | segments.get("pid", {}), VISIT | segments.get("pv1", {})
    return "\r".join([msh(event, sent), segment("PID", pid), segment("PV1", pv1), *extra]).encode()


def oru(*obx: dict[int, str], obr: dict[int, str] | None = None, after: tuple[str, ...] = ()) -> bytes:
    order = {3: "F-1^LAB", 4: "CBC^Blood count^L", 7: "20260312090500-0700", 24: "HM", 25: "F"} | (obr or {})
    results = [segment("OBX", {1: str(n), 3: "HGB^Hemoglobin^L", 11: "F"} | each) for n, each in enumerate(obx, 1)]
    lines = [msh("ORU^R01"), segment("PID", ALICE), segment("OBR", order), *results, *after]
    return "\r".join(lines).encode()


def converted(raw: bytes, source: Source = NORTH) -> Conversion:
    return convert(parse(raw, source.charset), source)


def resources(raw: bytes, kind: str, source: Source = NORTH) -> list[dict[str, Any]]:
    return [each for each in converted(raw, source).resources if each["resourceType"] == kind]


def patient(source: Source = NORTH, /, **pid: str) -> dict[str, Any]:
    """The Patient of an ADT whose PID has these fields: patient(f7="19850314")."""
    fields = {int(name[1:]): value for name, value in pid.items()}
    return resources(adt(pid=fields), "Patient", source)[0]


def observation(**obx: str) -> dict[str, Any]:
    fields = {int(name[1:]): value for name, value in obx.items()}
    return resources(oru(fields), "Observation")[0]
