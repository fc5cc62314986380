"""The log's tables refuse UPDATE and DELETE, whoever asks. TRUNCATE stays possible: it is how tests empty tables, and it
needs a privilege that the application's role should not have."""

from django.db import migrations

TABLES = ("entry", "entryblock", "directoryblock", "lognode", "checkpoint")

FUNCTION = """
CREATE FUNCTION anchoring_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""
TRIGGER = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON anchoring_{table}
FOR EACH STATEMENT EXECUTE FUNCTION anchoring_append_only()
"""


class Migration(migrations.Migration):
    dependencies = [("anchoring", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION anchoring_append_only()"),
        *(
            migrations.RunSQL(TRIGGER.format(table=table), f"DROP TRIGGER append_only ON anchoring_{table}")
            for table in TABLES
        ),
    ]
