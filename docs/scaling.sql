-- From one table each to hash partitions by Patient (docs/scaling.md). In one transaction, with web and workers stopped.
-- The application's SQL stays as it is: names, columns and constraints that it relies on are the same afterwards.

-- A unique key of a partitioned table must contain the partition key, but ids are unique across all patients. This
-- table is the one place that knows every key; on Citus it is distributed by key.
CREATE TABLE records_claim (key bigint PRIMARY KEY);
INSERT INTO records_claim SELECT key FROM records_current;
CREATE FUNCTION records_claim_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO records_claim VALUES (NEW.key);  -- a second first version of one id fails here, as it did before
    RETURN NULL;
END $$;

ALTER TABLE records_current RENAME TO records_current_whole;
ALTER TABLE records_version RENAME TO records_version_whole;
CREATE TABLE records_current (LIKE records_current_whole INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)
    PARTITION BY HASH (patient);
CREATE TABLE records_version (LIKE records_version_whole INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION)
    PARTITION BY HASH (patient);
DO $$
DECLARE
    partitions CONSTANT int := 16;  -- two to four times the machines or disks they may ever be spread over
BEGIN
    FOR part IN 0 .. partitions - 1 LOOP
        EXECUTE format('CREATE TABLE records_current_%s PARTITION OF records_current FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                       part, partitions, part);
        EXECUTE format('CREATE TABLE records_version_%s PARTITION OF records_version FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                       part, partitions, part);
    END LOOP;
END $$;
INSERT INTO records_current SELECT * FROM records_current_whole;
INSERT INTO records_version SELECT * FROM records_version_whole;

-- The numbers go on where they were: the sequence that the application names belongs to the table that goes.
DO $$
DECLARE
    reached bigint := (SELECT last_value FROM records_version_pk_seq);
BEGIN
    DROP TABLE records_current_whole, records_version_whole;
    CREATE SEQUENCE records_version_pk_seq;
    PERFORM setval('records_version_pk_seq', reached);
END $$;
ALTER TABLE records_version ALTER COLUMN pk SET DEFAULT nextval('records_version_pk_seq');

CREATE INDEX current_pk ON records_current (pk);
CREATE INDEX current_key ON records_current (key);
CREATE INDEX current_patient ON records_current (patient, type, low DESC NULLS LAST) WHERE NOT deleted AND patient IS NOT NULL;
CREATE INDEX current_type ON records_current (type, pk) WHERE NOT deleted;
CREATE INDEX current_updated ON records_current (type, updated_at) WHERE NOT deleted;
CREATE INDEX current_hospital ON records_current (hospital, type) WHERE NOT deleted;
CREATE INDEX current_terms ON records_current USING gin (terms, refs) WITH (fastupdate = off);
CREATE INDEX version_pk ON records_version (pk);
CREATE INDEX version_once ON records_version (key, version);
CREATE INDEX version_message ON records_version (message) WHERE message IS NOT NULL;
CREATE INDEX version_consenting ON records_version (author) WHERE type = 'Consent' AND version = 1;

CREATE TRIGGER records_current_claim AFTER INSERT ON records_current
    FOR EACH ROW EXECUTE FUNCTION records_claim_key();
CREATE TRIGGER records_version_append_only BEFORE UPDATE OR DELETE ON records_version
    FOR EACH ROW EXECUTE FUNCTION records_version_is_immutable();
