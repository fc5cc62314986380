"""An access record never changes, but for the mark that it is committed to the log; nor does an auditor's review."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_access_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NOT OLD.committed
       AND to_jsonb(OLD) - 'committed' = to_jsonb(NEW) - 'committed' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_access is append-only: % of % refused', TG_OP, OLD.id;
END $$;
CREATE TRIGGER audit_access_append_only BEFORE UPDATE OR DELETE ON audit_access
    FOR EACH ROW EXECUTE FUNCTION audit_access_is_append_only();
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
DROP TRIGGER audit_access_append_only ON audit_access;
DROP FUNCTION audit_access_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
