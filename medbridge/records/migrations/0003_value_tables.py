"""The value tables, in SQL: Django would give each a primary key over columns that repeat."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.comparison
from django.db import migrations, models

import medbridge.records.models

CREATE = """
CREATE TABLE records_text (record bigint NOT NULL, salt bigint NOT NULL, value text COLLATE "C" NOT NULL);
CREATE INDEX text_record ON records_text (record);
CREATE INDEX text_value ON records_text (salt, value);

CREATE TABLE records_date (record bigint NOT NULL, salt bigint NOT NULL, low timestamptz NOT NULL,
    high timestamptz NOT NULL, pair bigint);
CREATE INDEX date_record ON records_date (record);
CREATE INDEX date_value ON records_date (salt, low);

CREATE TABLE records_number (record bigint NOT NULL, salt bigint NOT NULL, pair bigint, unit bigint,
    low numeric NOT NULL, high numeric, base_low numeric, base_high numeric, units bigint[]);
CREATE INDEX number_record ON records_number (record);
CREATE INDEX number_value ON records_number (salt, unit, (COALESCE(base_low, low)));

CREATE TABLE records_display (term bigint NOT NULL, salt bigint NOT NULL, value text COLLATE "C" NOT NULL);
CREATE INDEX display_term ON records_display (term);
CREATE INDEX display_salt ON records_display (salt);
"""
DROP = "DROP TABLE records_text, records_date, records_number, records_display;"


class Migration(migrations.Migration):
    dependencies = [("records", "0002_immutable_versions")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, DROP)],
            state_operations=[
                migrations.CreateModel(
                    name="Date",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "record",
                                "salt",
                                "low",
                                "high",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("record", models.BigIntegerField()),
                        ("salt", models.BigIntegerField()),
                        ("low", models.DateTimeField()),
                        ("high", models.DateTimeField()),
                        ("pair", models.BigIntegerField(null=True)),
                    ],
                    options={
                        "db_table": "records_date",
                        "indexes": [
                            models.Index(fields=["record"], name="date_record"),
                            models.Index(fields=["salt", "low"], name="date_value"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Display",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "term", "salt", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("term", models.BigIntegerField()),
                        ("salt", models.BigIntegerField()),
                        ("value", models.TextField(db_collation="C")),
                    ],
                    options={
                        "db_table": "records_display",
                        "indexes": [
                            models.Index(fields=["term"], name="display_term"),
                            models.Index(fields=["salt"], name="display_salt"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Number",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "record", "salt", "low", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("record", models.BigIntegerField()),
                        ("salt", models.BigIntegerField()),
                        ("pair", models.BigIntegerField(null=True)),
                        ("unit", models.BigIntegerField(null=True)),
                        ("low", medbridge.records.models.Numeric()),
                        ("high", medbridge.records.models.Numeric(null=True)),
                        ("base_low", medbridge.records.models.Numeric(null=True)),
                        ("base_high", medbridge.records.models.Numeric(null=True)),
                        (
                            "units",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), null=True, size=None
                            ),
                        ),
                    ],
                    options={
                        "db_table": "records_number",
                        "indexes": [
                            models.Index(fields=["record"], name="number_record"),
                            models.Index(
                                models.F("salt"),
                                models.F("unit"),
                                django.db.models.functions.comparison.Coalesce("base_low", "low"),
                                name="number_value",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Text",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "record", "salt", "value", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("record", models.BigIntegerField()),
                        ("salt", models.BigIntegerField()),
                        ("value", models.TextField(db_collation="C")),
                    ],
                    options={
                        "db_table": "records_text",
                        "indexes": [
                            models.Index(fields=["record"], name="text_record"),
                            models.Index(fields=["salt", "value"], name="text_value"),
                        ],
                    },
                ),
            ],
        ),
    ]
