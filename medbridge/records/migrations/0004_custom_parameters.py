"""Which custom parameters a writer indexes, told so that a reindex can wait for the writers who did not know better.

A writer holds a shared lock on its generation's number until its transaction ends; nobody ever asks for the exclusive
one, so no writer waits. In a VOLATILE function each query sees what is committed by then: the second look finds a
change that came between the first and the lock.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

CREATE = """
CREATE SEQUENCE records_generation_seq AS integer;
CREATE FUNCTION records_held_generation() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE seen integer; again integer;
BEGIN
    LOOP
        SELECT COALESCE(max(number), 0) INTO seen FROM records_generation;
        PERFORM pg_advisory_xact_lock_shared(19779, seen);
        SELECT COALESCE(max(number), 0) INTO again FROM records_generation;
        IF again = seen THEN
            RETURN seen;
        END IF;
    END LOOP;
END $$;
"""
DROP = "DROP FUNCTION records_held_generation; DROP SEQUENCE records_generation_seq;"


class Migration(migrations.Migration):
    dependencies = [("records", "0003_value_tables")]
    operations = [
        migrations.CreateModel(
            name="Definition",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("url", models.TextField(unique=True)),
                ("code", models.TextField()),
                ("kind", models.TextField()),
                ("bases", ArrayField(base_field=models.TextField(), size=None)),
                ("targets", ArrayField(base_field=models.TextField(), default=list, size=None)),
                ("expression", models.TextField()),
            ],
            options={"db_table": "records_definition"},
        ),
        migrations.CreateModel(
            name="Generation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
            ],
            options={"db_table": "records_generation"},
        ),
        migrations.CreateModel(
            name="Walk",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("types", ArrayField(base_field=models.TextField(), default=list, size=None)),
                ("since", models.IntegerField(default=0)),
                ("position", models.BigIntegerField(default=0)),
                ("last", models.BigIntegerField(null=True)),
                ("total", models.BigIntegerField(default=0)),
                ("done", models.BigIntegerField(default=0)),
                ("started", models.DateTimeField()),
                ("updated", models.DateTimeField()),
                ("finished", models.DateTimeField(null=True)),
            ],
            options={"db_table": "records_walk"},
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
