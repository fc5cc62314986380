"""A version never changes after its transaction; only an erasure, which says so (database.erasing), may take it away."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION records_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('medbridge.erasing', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'records_version is append-only: % of %/%/_history/% refused',
        TG_OP, OLD.type, OLD.id, OLD.version;
END $$;
CREATE TRIGGER records_version_append_only BEFORE UPDATE OR DELETE ON records_version
    FOR EACH ROW EXECUTE FUNCTION records_version_is_immutable();
"""
ALLOW = """
DROP TRIGGER records_version_append_only ON records_version;
DROP FUNCTION records_version_is_immutable();
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
