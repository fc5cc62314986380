"""What codes are called on the pages. A code without a word is shown as it is."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, Promise]

# In the order in which a reader wants them.
KINDS: Words = {
    "Patient": _("Personal details"),
    "AllergyIntolerance": _("Allergies"),
    "Condition": _("Diagnoses and problems"),
    "MedicationRequest": _("Prescriptions"),
    "MedicationStatement": _("Medicines taken"),
    "MedicationAdministration": _("Medicines given"),
    "MedicationDispense": _("Medicines dispensed"),
    "Medication": _("Medicines"),
    "Immunization": _("Vaccinations"),
    "DiagnosticReport": _("Reports"),
    "Observation": _("Measurements and results"),
    "Procedure": _("Procedures"),
    "Encounter": _("Visits"),
    "DocumentReference": _("Documents"),
    "Composition": _("Summaries"),
    "ServiceRequest": _("Orders"),
    "CarePlan": _("Care plans"),
    "CareTeam": _("Care teams"),
    "Goal": _("Goals"),
    "ImagingStudy": _("Images"),
    "Specimen": _("Specimens"),
    "Device": _("Devices"),
    "FamilyMemberHistory": _("Family history"),
    "Coverage": _("Insurance"),
    "Claim": _("Claims"),
    "ExplanationOfBenefit": _("Settled claims"),
    "Consent": _("Consents"),
    "Provenance": _("Where records came from"),
}
OTHER_KINDS: Words = {
    "AuditEvent": _("Access records"),
    "Binary": _("Files"),
    "Bundle": _("Messages of several records"),
    "Group": _("Groups"),
    "Location": _("Places"),
    "Organization": _("Organizations"),
    "Practitioner": _("Practitioners"),
    "PractitionerRole": _("Roles of practitioners"),
}
# What a consent can be limited to: kinds that a person has an opinion about.
CONSENT_KINDS = (
    "AllergyIntolerance", "Condition", "MedicationRequest", "Immunization", "DiagnosticReport", "Observation",
    "Procedure", "Encounter", "DocumentReference",
)  # fmt: skip

ROLES: Words = {
    "patient": _("Patient"),
    "clinician": _("Clinician"),
    "auditor": _("Auditor"),
    "engineer": _("Hospital engineer"),
    "feed": _("Hospital interface"),
    "operator": _("Operator"),
}
PURPOSES: Words = {
    "TREAT": _("Treatment"),
    "ETREAT": _("Emergency treatment"),
    "BTG": _("Breaking the glass"),
    "COC": _("Coordination of care"),
    "HPAYMT": _("Payment"),
    "HOPERAT": _("Running the hospital"),
    "HRESCH": _("Research"),
    "PUBHLTH": _("Public health"),
    "HMARKT": _("Marketing"),
    "PATRQT": _("At the patient's own request"),
    "HSYSADMIN": _("System administration"),
    "HCOMPL": _("Checking that rules are kept"),
}
# Purposes that a consent form offers.
CONSENT_PURPOSES = ("TREAT", "HPAYMT", "HOPERAT", "PUBHLTH", "HRESCH")

ACTIONS: Words = {
    "read": _("opened a record"),
    "vread": _("opened a version of a record"),
    "history": _("opened all versions of a record"),
    "search": _("searched"),
    "everything": _("opened the whole history"),
    "create": _("added"),
    "update": _("added or changed"),
    "delete": _("deleted"),
    "who-can-see": _("asked who can see the records"),
    "explain": _("asked who can see a record"),
    "preview": _("tried out a decision"),
    "break-glass": _("broke the glass"),
    "review": _("reviewed an emergency"),
    "account": _("took the list of accesses away"),
    "withhold": _("was about to be given a record that no consent opens; it was withheld"),
}
# What consent.rules.decide says where no consent decides.
RULES: Words = {
    "No consent rules on this record; its custodian sees what it pushed.": _(
        "The hospital recorded it itself, and no consent says otherwise."
    ),
    "No consent lets this reader see this record for this purpose.": _("No consent opens it."),
    "The role engineer sees what its own hospital pushed, and nothing else.": _(
        "Technical staff see what their own hospital recorded."
    ),
    "The role feed sees what its own hospital pushed, and nothing else.": _(
        "Technical interfaces see what their own hospital recorded."
    ),
}
PROOFS: Words = {
    "WAITING": _("Waiting for the log"),
    "SEALED": _("In the log"),
    "ANCHORED": _("On a chain, not yet confirmed"),
    "CONFIRMED": _("Proved on a chain"),
}
MESSAGE_STATES: Words = {
    "RECEIVED": _("Being processed"),
    "DONE": _("Accepted"),
    "DEAD": _("Failed"),
}
MESSAGE_KINDS: Words = {
    "hl7v2": pgettext_lazy("format", "HL7 v2 message"),
    "ccda": pgettext_lazy("format", "C-CDA document"),
    "csv": pgettext_lazy("format", "CSV table"),
    "bundle": pgettext_lazy("format", "FHIR bundle"),
    "fhir": pgettext_lazy("format", "FHIR resource"),
}
ANSWERS: Words = {
    "ADAPTIVE": _("The outcome, while there is time; else that it is kept"),
    "KEPT": _("At once, that it is kept"),
    "PROCESSED": _("The outcome"),
}
ANCHOR_STATES: Words = {
    "PENDING": _("Chosen"),
    "SIGNED": _("Signed"),
    "BROADCAST": _("Sent to the chain"),
    "MINED": _("In a block"),
    "CONFIRMED": _("Confirmed"),
    "FINAL": _("Final"),
    "REORGED": _("Its block was replaced; to be sent again"),
}
OUTCOMES: Words = {
    "PASS": pgettext_lazy("check", "PASS"),
    "FAIL": pgettext_lazy("check", "FAIL"),
    "SKIP": pgettext_lazy("check", "SKIP"),
}
# The verifier's titles; its sentences hold hashes and stay as they are.
CHECKS: Words = {
    "receipt": pgettext_lazy("check", "Receipt is well-formed"),
    "document": pgettext_lazy("check", "Document"),
    "commitment": pgettext_lazy("check", "Commitment"),
    "entry place": pgettext_lazy("check", "Place of the entry"),
    "entry path": pgettext_lazy("check", "Entry is in its block"),
    "directory path": pgettext_lazy("check", "Entry block is in its directory block"),
    "log path": pgettext_lazy("check", "Directory block is in the log"),
    "checkpoint signature": pgettext_lazy("check", "Signature of the log"),
    "log key": pgettext_lazy("check", "Key of the log"),
    "anchored log": pgettext_lazy("check", "Anchored log is the same log"),
    "transaction payload": pgettext_lazy("check", "Transaction carries the log"),
    "transaction path": pgettext_lazy("check", "Transaction is in its block"),
    "coinbase path": pgettext_lazy("check", "Height of the block"),
    "headers": pgettext_lazy("check", "Work of the blocks"),
    "trusted headers": pgettext_lazy("check", "Block is one that you trust"),
    "calendar operations": pgettext_lazy("check", "Calendar’s operations lead to the block"),
    "transaction receipt": pgettext_lazy("check", "Transaction was carried out"),
    "header": pgettext_lazy("check", "Header of the block"),
    "trusted blocks": pgettext_lazy("check", "Block is one that you trust"),
}
# Reasons that access records give, and reasons of a review; others hold names and stay as they are.
REASONS: Words = {
    "There is no such record, or no consent opens it to this reader.": _(
        "There is no such record, or no consent opens it to this reader."
    ),
    "alarm: the rules of consent do not open what the query found; it was withheld": _(
        "A fault of this system, found in time: the operator was told."
    ),
    "identity review": _("identity review"),
    "name, birth date, sex and address or phone alike": _("name, birth date, sex and address or phone alike"),
    "different birth date": _("different birth date"),
    "different sex": _("different sex"),
    "different given name": _("different given name"),
}
# Codes that FHIR resources carry in their status elements and in Patient.gender.
STATUSES: Words = {
    "active": _("active"),
    "inactive": _("not active"),
    "completed": _("completed"),
    "finished": _("finished"),
    "in-progress": _("in progress"),
    "planned": _("planned"),
    "final": _("final"),
    "preliminary": _("preliminary"),
    "amended": _("amended"),
    "corrected": _("corrected"),
    "current": _("current"),
    "superseded": _("superseded"),
    "cancelled": _("cancelled"),
    "stopped": _("stopped"),
    "on-hold": _("on hold"),
    "draft": _("draft"),
    "resolved": _("resolved"),
    "recurrence": _("has come back"),
    "remission": _("in remission"),
    "entered-in-error": _("entered in error"),
    "registered": _("registered"),
    "unknown": _("unknown"),
    "female": _("female"),
    "male": _("male"),
    "other": pgettext_lazy("gender", "other"),
}


def word(words: Words, code: str) -> str:
    return str(words.get(code, code))


def kind(type: str) -> str:
    return str(KINDS.get(type) or OTHER_KINDS.get(type) or type)
