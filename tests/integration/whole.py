"""What must hold in the tables whatever was killed, and when: each statement finds the rows that break it."""

from typing import Any

_NAME = "encode(substr(sha256(convert_to({subject}, 'UTF8')), 1, 16), 'hex')::uuid"  # evidence.models.name_of
_VERSION = _NAME.format(subject="v.type || '/' || v.id || '/_history/' || v.version")
_ACCESS = _NAME.format(subject="'AuditEvent/' || a.id")

WHOLE = {
    "a current row without its version": """
        SELECT r.type, r.id FROM records_current r LEFT JOIN records_version v ON v.pk = r.version_pk
        WHERE v.pk IS NULL OR (v.key, v.type, v.id, v.version) <> (r.key, r.type, r.id, r.version)""",
    "versions of a record that are not 1, 2, 3 ... up to the current one": """
        SELECT v.type, v.id FROM records_version v LEFT JOIN records_current r ON r.key = v.key
        GROUP BY v.type, v.id, r.version
        HAVING count(*) <> max(v.version) OR min(v.version) <> 1 OR r.version IS DISTINCT FROM max(v.version)""",
    "a search value without its record": """
        SELECT t.record, t.salt FROM (SELECT record, salt FROM records_text UNION ALL
            SELECT record, salt FROM records_date UNION ALL SELECT record, salt FROM records_number) t
        LEFT JOIN records_current r ON r.pk = t.record WHERE r.pk IS NULL OR r.deleted""",
    "a search value twice": """
        SELECT record, salt FROM records_text GROUP BY record, salt, value HAVING count(*) > 1 UNION ALL
        SELECT record, salt FROM records_date GROUP BY record, salt, low, high, pair HAVING count(*) > 1 UNION ALL
        SELECT record, salt FROM records_number
        GROUP BY record, salt, low, high, units, unit, base_low, base_high, pair HAVING count(*) > 1""",
    "a text of a code that no search of a record with it would find": """
        SELECT d.term FROM records_display d GROUP BY d.term HAVING count(DISTINCT (d.salt, d.value)) > 1""",
    "a consent rule that is not of a current Consent's newest version": """
        SELECT n.consent FROM consent_node n
        LEFT JOIN records_current r ON r.type = 'Consent' AND r.id = n.consent AND NOT r.deleted
        WHERE r.version IS DISTINCT FROM n.version""",
    "a version that is not committed to exactly once, with its own digest": f"""
        SELECT v.type, v.id, v.version FROM records_version v
        LEFT JOIN evidence_commitment c ON c.name = {_VERSION}
        WHERE v.hospital IS NOT NULL
        GROUP BY v.pk HAVING count(c.entry) <> 1 OR bool_or(c.digest <> sha256(v.body))""",
    "a commitment to a version or access that does not exist": f"""
        SELECT c.entry FROM evidence_commitment c
        LEFT JOIN records_version v ON c.name = {_VERSION} LEFT JOIN audit_access a ON c.name = {_ACCESS}
        WHERE v.pk IS NULL AND a.id IS NULL""",
    "a commitment that is not once in the outbox or once in the log, hidden by its salt": """
        SELECT c.entry FROM evidence_commitment c LEFT JOIN
            (SELECT id, commitment FROM anchoring_submission UNION ALL SELECT id, commitment FROM anchoring_entry) e
            ON e.id = c.entry
            AND e.commitment = sha256('MedBridge/leaf/v1'::bytea || '\\x00'::bytea || c.salt || c.digest)
        GROUP BY c.entry HAVING count(e.id) <> 1""",
    "an outbox row or entry that commits to nothing": """
        SELECT e.id FROM (SELECT id FROM anchoring_submission UNION ALL SELECT id FROM anchoring_entry) e
        LEFT JOIN evidence_commitment c ON c.entry = e.id WHERE c.entry IS NULL""",
    "a Patient without a person, or a person's link without a Patient": """
        SELECT r.id, l.patient FROM (SELECT id FROM records_current WHERE type = 'Patient' AND NOT deleted) r
        FULL JOIN identity_link l ON l.patient = r.id WHERE r.id IS NULL OR l.patient IS NULL""",
    "a person that nobody is, or a link to a person that is not": """
        SELECT p.id, l.patient FROM identity_person p FULL JOIN identity_link l ON l.person = p.id
        WHERE p.id IS NULL OR l.patient IS NULL""",
    "a version of a message that is not kept, or not done": """
        SELECT v.type, v.id FROM records_version v LEFT JOIN inbox_message m ON m.id = v.message
        WHERE v.message IS NOT NULL AND m.state IS DISTINCT FROM 'DONE'""",
    "an access record that is neither in the log nor waiting for it": f"""
        SELECT a.id FROM audit_access a LEFT JOIN evidence_commitment c ON c.name = {_ACCESS}
        LEFT JOIN audit_waiting w ON w.access = a.id GROUP BY a.id HAVING count(c.entry) + count(w.access) <> 1""",
    "a version that no access record tells of": """
        SELECT v.hospital, count(*) FROM records_version v WHERE v.hospital IS NOT NULL GROUP BY v.hospital
        HAVING count(*) <> (SELECT coalesce(sum(a.count), 0) FROM audit_access a
            WHERE a.hospital = v.hospital AND a.allowed AND a.reason = ''
            AND a.action IN ('create', 'update', 'delete'))""",
}


def faults(cursor: Any) -> dict[str, list[Any]]:
    """What is broken -> some of the rows."""
    found = {}
    for name, sql in WHOLE.items():
        cursor.execute(sql)
        if rows := cursor.fetchmany(5):
            found[name] = rows
    return found
