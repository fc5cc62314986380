"""An access record never changes, nor does an auditor's review; of each new one it is noted that it waits for the log."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_access_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- An erasure (database.erasing) empties what tells of the person, and no more.
    IF TG_OP = 'UPDATE' AND current_setting('medbridge.erasing', true) = 'on' AND NEW.patient IS NULL
        AND ROW(NEW.id, NEW.at, NEW.request, NEW.username, NEW.name, NEW.hospital, NEW.role, NEW.practitioner,
            NEW.purpose, NEW.action, NEW.allowed, NEW.type, NEW.count, NEW.address)
        IS NOT DISTINCT FROM ROW(OLD.id, OLD.at, OLD.request, OLD.username, OLD.name, OLD.hospital, OLD.role,
            OLD.practitioner, OLD.purpose, OLD.action, OLD.allowed, OLD.type, OLD.count, OLD.address) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_access is append-only: % of % refused', TG_OP, OLD.id;
END $$;
CREATE TRIGGER audit_access_append_only BEFORE UPDATE OR DELETE ON audit_access
    FOR EACH ROW EXECUTE FUNCTION audit_access_is_append_only();
CREATE TABLE audit_waiting (access uuid NOT NULL);
CREATE FUNCTION audit_access_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_waiting (access) SELECT id FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_access_waits AFTER INSERT ON audit_access
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION audit_access_waits();
CREATE FUNCTION audit_review_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_review is append-only: % of % refused', TG_OP, OLD.access;
END $$;
CREATE TRIGGER audit_review_append_only BEFORE UPDATE OR DELETE ON audit_review
    FOR EACH ROW EXECUTE FUNCTION audit_review_is_append_only();
"""
ALLOW = """
DROP TRIGGER audit_review_append_only ON audit_review;
DROP FUNCTION audit_review_is_append_only();
DROP TRIGGER audit_access_waits ON audit_access;
DROP FUNCTION audit_access_waits();
DROP TABLE audit_waiting;
DROP TRIGGER audit_access_append_only ON audit_access;
DROP FUNCTION audit_access_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
