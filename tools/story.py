"""The steps of `make demo`: one person, two hospitals, four formats, and a proof for each of them."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tools.client import BASE, Client, manage
from tools.frame import Demo, NotHeld, expect
from tools.mllp_send import send

SAMPLES = BASE / "medbridge" / "samples"
RESIDENT_ID = "urn:oid:2.16.156.10011.1.3|11019919850314038X"
ANCHOR_SECONDS = 90


def load_accounts(demo: Demo) -> str:
    for user, purpose in (("north-feed", "TREAT"), ("renji-feed", "TREAT"), ("alice", "PATRQT"),
                          ("liwen", "TREAT"), ("carol", "HOPERAT")):  # fmt: skip
        arguments = ("token", "--user", user, "--purpose", purpose, "--scopes", "user/*.cruds")
        token = manage(demo.environment, *arguments).splitlines()[-1]
        demo.voices[user] = Client(demo.web, token)
    loaded = json.loads((SAMPLES / "accounts.json").read_text())
    people = f"{len(loaded['hospitals'])} hospitals, {len(loaded['people'])} people"
    return f"{people}; tokens for feeds, patient, clinician, auditor"


def push_fhir(demo: Demo) -> str:
    stored = 0
    for path in sorted((SAMPLES / "fhir").glob("*.json")):
        feed = demo.voices[f"{path.name.partition('_')[0]}-feed"]
        answer = feed.post("fhir", path.read_bytes())
        expect(answer.status == 200, f"{path.name}: {answer.status} {answer.body[:300]!r}")
        stored += len(answer.json()["entry"])
        again = feed.post("fhir", path.read_bytes())
        expect(again.body == answer.body, f"{path.name} pushed twice gave two answers")
    return f"{stored} resources in transaction bundles; the same bundle twice is one"


def push_hl7v2(demo: Demo) -> str:
    count = 0
    for hospital, address in demo.listeners.items():
        paths = sorted((SAMPLES / "hl7v2").glob(f"{hospital}_*.hl7"))
        for path, answer in zip(paths, send(address, [path.read_bytes() for path in paths]), strict=True):
            expect(b"MSA|AA|" in answer, f"{path.name}: {answer!r}")
        count += len(paths)
    return f"{count} ADT and ORU messages over MLLP, UTF-8 and GB18030, each answered AA"


def push_ccda(demo: Demo) -> str:
    paths = sorted((SAMPLES / "ccda").glob("*.xml"))
    for path in paths:
        answer = demo.voices["north-feed"].post("ccda", path.read_bytes(), "application/xml")
        expect(answer.status == 200, f"{path.name}: {answer.status} {answer.body[:300]!r}")
    expect(bool(paths), "there is no sample C-CDA document")
    return f"{len(paths)} C-CDA document over HTTP"


def load_csv(demo: Demo) -> str:
    said = []
    for path in sorted((SAMPLES / "csv").glob("*.csv")):
        hospital = path.name.partition("_")[0]
        said.append(manage(demo.environment, "load_csv", str(path), "--hospital", hospital).splitlines()[0])
    expect(len(said) >= 2, "there are no sample tables")
    return f"{len(said)} tables: {'; '.join(said)}"


def dead_letter(demo: Demo) -> str:
    """A message without a patient is answered AE, kept, and names its fault; nothing of it is stored."""
    message = (SAMPLES / "hl7v2" / "north_adt_a04.hl7").read_bytes()
    segments = [s for s in message.replace(b"NORTH-ADT-0001", b"NORTH-BAD-1").split(b"\r") if not s.startswith(b"PID")]
    answer = send(demo.listeners["north"], [b"\r".join(segments)])[0]
    expect(b"MSA|AE|NORTH-BAD-1" in answer or b"MSA|AR|NORTH-BAD-1" in answer, f"answered {answer!r}")
    wrong = demo.voices["north-feed"].post("fhir/Patient", {"resourceType": "Patient", "gender": "femal"})
    expect(wrong.status == 422, f"a wrong code was answered {wrong.status}")
    place = wrong.json()["issue"][0]["expression"][0]
    return f"HL7 v2 without PID: AE; a wrong code: 422 naming {place}"


def link(demo: Demo) -> str:
    """Alice's Patients at each hospital, found by her resident ID, are one person; her account is confirmed by both."""
    for hospital, engineer in (("north", "dana"), ("renji", "chenyu")):
        found = demo.voices[f"{hospital}-feed"].resources(f"fhir/Patient?identifier={RESIDENT_ID}")
        ids = [patient["id"] for patient in found]
        expect(bool(ids), f"{hospital} has no Patient with Alice's resident ID")
        manage(demo.environment, "confirm_patient", "--user", engineer, "--account", "alice", *ids)
        demo.patients[hospital] = ids
    return f"{len(demo.patients['north'])} Patients at north, {len(demo.patients['renji'])} at renji: one person"


def before_consent(demo: Demo) -> str:
    """Without consent Li Wen at Renji sees Renji's records only, and a link opens nothing."""
    hospitals = _hospitals(demo, _history(demo))
    expect(hospitals == {"renji"}, f"before any consent the clinician at renji saw records of {sorted(hospitals)}")
    hidden = demo.voices["liwen"].get(f"fhir/Patient/{demo.patients['north'][0]}")
    expect(hidden.status == 404, f"a Patient of north answered {hidden.status} before consent")
    return "a clinician at renji sees renji's own records only; north's Patient is 404"


def grant(demo: Demo) -> str:
    """Alice opens her records to Renji for treatment: a FHIR Consent in her own name."""
    body = _consent(demo.patients["north"][0], "renji")
    answer = demo.voices["alice"].post("fhir/Consent", body)
    expect(answer.status == 201, f"the consent was answered {answer.status} {answer.body[:300]!r}")
    demo.facts["consent"] = answer.json()["id"]
    return "Alice permits Renji, purpose treatment: in force at the next request"


def pull(demo: Demo) -> str:
    """The same clinician now reads both hospitals' records as one history."""
    history = _history(demo)
    hospitals = _hospitals(demo, history)
    expect(hospitals == {"north", "renji"}, f"with the consent the clinician saw records of {sorted(hospitals)}")
    types = {resource["resourceType"] for resource in history}
    return f"{len(history)} records of {len(types)} types from both hospitals"


def anchor(demo: Demo) -> str:
    """Celery beat seals, publishes and confirms; wait until everything pushed so far is under a confirmed anchor."""
    alice = demo.voices["alice"]
    wanted = f"fhir/Consent/{demo.facts['consent']}/$receipt"
    deadline = time.monotonic() + ANCHOR_SECONDS
    while time.monotonic() < deadline:
        answer = alice.get(wanted)
        if answer.status == 200 and answer.json()["anchors"]:
            checkpoint = alice.get("log/checkpoint")
            (demo.output / "checkpoint").write_bytes(checkpoint.body)
            size = checkpoint.body.split(b"\n")[1].decode()
            return f"log of {size} blocks, checkpoint signed, root in a proof-of-work chain"
        time.sleep(0.5)
    raise NotHeld(f"no anchor within {ANCHOR_SECONDS} s; last answer {answer.status} {answer.body[:300]!r}")


def receipts(demo: Demo) -> str:
    """One document of each way in, the Consent and an access record, each with its receipt and .ots file."""
    for folder in ("documents", "receipts"):
        (demo.output / folder).mkdir(exist_ok=True)
    chosen = {**_examples(demo), "consent": f"Consent/{demo.facts['consent']}"}
    events = demo.voices["alice"].get("fhir/AuditEvent?_count=200").json()["entry"]
    for name, reference in chosen.items():
        _save(demo, name, reference)
    for entry in reversed(events):  # the oldest are committed and anchored by now
        reference = f"AuditEvent/{entry['resource']['id']}"
        if demo.voices["alice"].get(f"fhir/{reference}/$receipt").status == 200:
            _save(demo, "access", reference)
            break
    saved = sorted(path.stem for path in (demo.output / "documents").iterdir())
    expect("access" in saved, "no access record has a receipt")
    headers = demo.environment["STATE_DIR"]
    (demo.output / "headers").write_bytes(_headers(Path(headers)))
    return f"{len(saved)}: {', '.join(saved)}"


def verify(demo: Demo) -> str:
    """The offline verifier, in a process of its own, on each receipt."""
    for document in sorted((demo.output / "documents").iterdir()):
        status, said = _verify(demo, document.stem, document)
        expect(status == 0, f"{document.stem}: exit {status}\n{said}")
    return "python -m anchoring verify: every receipt VALID, exit 0"


def tamper(demo: Demo) -> str:
    """One changed byte in the document: exit 1, and the failed check is named."""
    document = demo.output / "documents" / "fhir.json"
    changed = bytearray(document.read_bytes())
    changed[len(changed) // 2] ^= 1
    copy = demo.output / "tampered.json"
    copy.write_bytes(changed)
    status, said = _verify(demo, "fhir", copy)
    copy.unlink()
    failed = next((line.strip() for line in said.splitlines() if "FAIL" in line), "")
    expect(status == 1 and bool(failed), f"a changed document gave exit {status}\n{said}")
    return f"one byte changed: exit 1, {failed[:90]}"


def revoke(demo: Demo) -> str:
    """Alice takes the consent back; the next request is judged without it, and the refusal is 404."""
    alice, path = demo.voices["alice"], f"fhir/Consent/{demo.facts['consent']}"
    resource = alice.get(path).json()
    answer = alice.put(path, {**resource, "status": "inactive"})
    expect(answer.status == 200, f"revoking was answered {answer.status} {answer.body[:300]!r}")
    hospitals = _hospitals(demo, _history(demo))
    expect(hospitals == {"renji"}, f"after the revocation the clinician still saw records of {sorted(hospitals)}")
    refused = demo.voices["liwen"].get(f"fhir/Patient/{demo.patients['north'][0]}")
    expect(refused.status == 404, f"a Patient of north answered {refused.status} after the revocation")
    return "revoked; north's records are gone from the next answer, a direct read is 404"


def who_looked(demo: Demo) -> str:
    """Alice reads who looked: the reads she allowed, and the attempt that was refused."""
    events = demo.voices["alice"].resources("fhir/AuditEvent?_count=500")
    liwen = [event for event in events if event["agent"][0]["name"] == "liwen"]
    allowed = sum(event["outcome"] == "0" for event in liwen)
    refused = len(liwen) - allowed
    expect(allowed > 0 and refused > 0, f"the log shows {allowed} allowed and {refused} refused accesses of 李文")
    return f"{len(events)} access records; 李文 of renji: {allowed} allowed, {refused} refused"


STEPS = [
    ("accounts", load_accounts),
    ("push FHIR", push_fhir),
    ("push HL7 v2", push_hl7v2),
    ("push C-CDA", push_ccda),
    ("load CSV", load_csv),
    ("wrong messages", dead_letter),
    ("link", link),
    ("before consent", before_consent),
    ("grant consent", grant),
    ("pull", pull),
    ("seal and anchor", anchor),
    ("receipts", receipts),
    ("verify offline", verify),
    ("tamper", tamper),
    ("revoke", revoke),
    ("who looked", who_looked),
]


def _consent(patient: str, hospital: str) -> dict[str, Any]:
    """Permit one hospital, purpose treatment (FHIR R4 consent.html); the patient desk makes the same with a form."""
    system = "http://terminology.hl7.org/CodeSystem"
    recipient = {"coding": [{"system": f"{system}/v3-ParticipationType", "code": "IRCP"}]}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": f"{system}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {"coding": [{"system": f"{system}/v3-ActCode", "code": "OPTIN"}]},
        "provision": {
            "type": "permit",
            "actor": [{"role": recipient, "reference": {"reference": f"Organization/{hospital}"}}],
            "purpose": [{"system": f"{system}/v3-ActReason", "code": "TREAT"}],
        },
    }


def _history(demo: Demo) -> list[dict[str, Any]]:
    return demo.voices["liwen"].resources(f"fhir/Patient/{demo.patients['renji'][0]}/$everything?_count=200")


def _hospitals(demo: Demo, resources: list[dict[str, Any]]) -> set[str]:
    """Whose Patients the resources are about."""
    owner = {id: hospital for hospital, ids in demo.patients.items() for id in ids}
    return {owner[r["id"]] for r in resources if r["resourceType"] == "Patient" and r["id"] in owner}


def _examples(demo: Demo) -> dict[str, str]:
    """One Observation of each way in, found by the Provenance that leads back to its message."""
    found: dict[str, str] = {}
    for feed in ("north-feed", "renji-feed"):
        for provenance in demo.voices[feed].resources("fhir/Provenance?_count=200"):
            kind = provenance.get("entity", [{}])[0].get("what", {}).get("display", "").partition(" ")[0]
            for target in provenance["target"]:
                reference = target["reference"].partition("/_history")[0]
                if reference.startswith("Observation/"):
                    found.setdefault({"bundle": "fhir"}.get(kind, kind), reference)
                    demo.readers[reference] = feed
    return found


def _save(demo: Demo, name: str, reference: str) -> None:
    reader = demo.voices[demo.readers.get(reference, "alice")]
    document = reader.get(f"fhir/{reference}")
    receipt = reader.get(f"fhir/{reference}/$receipt")
    ots = reader.get(f"fhir/{reference}/$receipt?format=ots")
    for answer in (document, receipt, ots):
        expect(answer.status == 200, f"{name} ({reference}): {answer.status} {answer.body[:300]!r}")
    (demo.output / "documents" / f"{name}.json").write_bytes(document.body)
    (demo.output / "receipts" / f"{name}.receipt.json").write_bytes(receipt.body)
    (demo.output / "receipts" / f"{name}.ots").write_bytes(ots.body)


def _verify(demo: Demo, name: str, document: Path) -> tuple[int, str]:
    receipt = demo.output / "receipts" / f"{name}.receipt.json"
    command = [sys.executable, "-m", "anchoring", "verify", str(receipt), str(document),
               "--headers", str(demo.output / "headers")]  # fmt: skip
    done = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=False, env={"PATH": ""})
    return done.returncode, done.stdout + done.stderr


def _headers(state: Path) -> bytes:
    """The local chain's headers, as an auditor with a node of her own would have them."""
    from anchoring.chains.local import LocalChain

    return LocalChain(state / "chain").headers()
