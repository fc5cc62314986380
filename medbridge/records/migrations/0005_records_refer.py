"""What a consent's `related` asks: a function, so that no statement of everyday has to be planned with it inside."""

from django.db import migrations

CREATE = """
CREATE FUNCTION records_refer(sources bigint[], of_patient text, of_hospital text, mark bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 10000 AS $$
SELECT EXISTS (SELECT FROM records_current s WHERE s.key = ANY(sources) AND s.patient = of_patient
    AND s.hospital = of_hospital AND s.marks && ARRAY[mark])
$$;
"""
DROP = "DROP FUNCTION records_refer(bigint[], text, text, bigint);"


class Migration(migrations.Migration):
    dependencies = [("records", "0004_custom_parameters")]
    operations = [migrations.RunSQL(CREATE, DROP)]
