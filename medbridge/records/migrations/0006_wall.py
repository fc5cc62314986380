"""The second wall: what a reader's session may see of versions, whatever its statement asks (docs/adr/0011)."""

from django.db import migrations

ROLE = "medbridge_reader"
# Databases of one server share roles, and another may make it in the same moment.
CREATE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role {ROLE} is missing: have an administrator run CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO %', current_user;
END $$;
DO $$ BEGIN
    IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
        EXECUTE format('GRANT {ROLE} TO %I', current_user);
    END IF;
END $$;
"""
READS = (
    "records_version", "records_current", "records_text", "records_date", "records_number", "records_display",
    "consent_node", "consent_state", "accounts_token", "accounts_account", "accounts_confirmedpatient",
)
GRANT = f"""
GRANT SELECT ON {", ".join(READS)} TO {ROLE};
GRANT INSERT ON audit_access, audit_waiting TO {ROLE};
"""
# Of a statement about known Patients (medbridge.asked, a hint that grants nothing) what is open is computed once; of any
# other for each row.
POLICY = """
CREATE FUNCTION medbridge_texts(name text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT string_to_array(COALESCE(current_setting(name, TRUE), ''), ' ')
$$;
CREATE FUNCTION medbridge_opened() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT COALESCE(array_agg(n.patient || ' ' || n.custodian), '{}') FROM consent_node n
    WHERE n.patient = ANY(medbridge_texts('medbridge.asked')) AND n.permit
    AND n.reader = ANY(array_prepend(''::text, medbridge_texts('medbridge.readers')))
$$;
CREATE POLICY reader ON records_version FOR SELECT USING (
    hospital = (SELECT NULLIF(current_setting('medbridge.hospital', TRUE), ''))
    OR patient = ANY((SELECT medbridge_texts('medbridge.patients'))::text[])
    OR (patient IS NULL AND (hospital IS NULL OR type IN ({directory})))
    OR ((SELECT current_setting('medbridge.role', TRUE)) = 'clinician' AND CASE
        WHEN patient = ANY((SELECT medbridge_texts('medbridge.asked'))::text[])
        THEN patient || ' ' || hospital = ANY((SELECT medbridge_opened())::text[])
        ELSE EXISTS (SELECT FROM consent_node n WHERE n.patient = records_version.patient AND n.permit
            AND n.custodian = records_version.hospital
            AND n.reader = ANY((SELECT array_prepend(''::text, medbridge_texts('medbridge.readers')))::text[])) END)
);
ALTER TABLE records_version ENABLE ROW LEVEL SECURITY;
"""
DIRECTORY = (
    "Endpoint", "HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole", "SearchParameter",
)
POLICY = POLICY.replace("{directory}", ", ".join(f"'{type}'" for type in DIRECTORY))
# The role stays: other databases of the server may use it.
DROP = f"""
ALTER TABLE records_version DISABLE ROW LEVEL SECURITY;
DROP POLICY reader ON records_version;
DROP FUNCTION medbridge_opened();
DROP FUNCTION medbridge_texts(text);
REVOKE ALL ON {", ".join(READS)}, audit_access, audit_waiting FROM {ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_records_refer"),
        ("consent", "0002_states"),
        ("audit", "0002_append_only"),
        ("accounts", "0001_initial"),
    ]
    operations = [migrations.RunSQL(CREATE_ROLE + GRANT + POLICY, DROP)]
