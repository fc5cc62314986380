"""Each change of the rules over a Patient's data has a number, and rules that go are kept: whoever changes them."""

from django.db import migrations

# One statement's number is above the last one's, also when two meet: the second waits for the first's row.
# The sequence lets no number come twice where the table itself was emptied.
CREATE = """
CREATE SEQUENCE consent_state_number;
CREATE FUNCTION consent_next_state(whose text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO consent_state AS s (patient, number) VALUES (whose, nextval('consent_state_number'))
    ON CONFLICT (patient) DO UPDATE SET number = GREATEST(s.number + 1, excluded.number) RETURNING number
$$;
CREATE FUNCTION consent_node_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.since := consent_next_state(NEW.patient);
    RETURN NEW;
END $$;
CREATE FUNCTION consent_node_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_past ({columns}, until) SELECT {old}, consent_next_state(OLD.patient);
    RETURN NULL;
END $$;
CREATE FUNCTION consent_node_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consent_node: a rule is taken away and put again, never changed';
END $$;
CREATE TRIGGER consent_node_comes BEFORE INSERT ON consent_node FOR EACH ROW EXECUTE FUNCTION consent_node_comes();
CREATE TRIGGER consent_node_goes AFTER DELETE ON consent_node FOR EACH ROW EXECUTE FUNCTION consent_node_goes();
CREATE TRIGGER consent_node_stays BEFORE UPDATE ON consent_node EXECUTE FUNCTION consent_node_stays();
"""
DROP = """
DROP TRIGGER consent_node_stays ON consent_node;
DROP TRIGGER consent_node_goes ON consent_node;
DROP TRIGGER consent_node_comes ON consent_node;
DROP FUNCTION consent_node_stays();
DROP FUNCTION consent_node_goes();
DROP FUNCTION consent_node_comes();
DROP FUNCTION consent_next_state(text);
DROP SEQUENCE consent_state_number;
"""
COLUMNS = (
    "consent", "version", "patient", "custodian", "depth", "path", "permit", "never", "actors", "reader", "purposes",
    "starts", "ends", "classes", "instances", "data_low", "data_high", "labels", "labels_within", "codes", "links",
    "sources", "since",
)
CREATE = CREATE.replace("{columns}", ", ".join(COLUMNS)).replace("{old}", ", ".join(f"OLD.{name}" for name in COLUMNS))


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
