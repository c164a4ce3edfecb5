-- Consent, given and withdrawn (GDPR 7(1), APPI 17, 18, 27): a log that nobody can change, each entry sealed to the one
-- before. It names people by pseudonyms only; whoever has to be forgotten is so by deleting the one row that says whose
-- pseudonym it is, and the chain stays whole.
REVOKE ALL ON SCHEMA consent FROM PUBLIC;
CREATE TABLE subjects (
    subject_id text PRIMARY KEY,
    pseudonym text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
    ended_at timestamptz
);
CREATE TABLE log (
    number bigint PRIMARY KEY,
    subject text NOT NULL,
    purpose text NOT NULL CHECK (purpose <> ''),
    text_hash text NOT NULL CHECK (text_hash ~ '^[0-9a-f]{64}$'),
    given boolean NOT NULL,
    at timestamptz NOT NULL,
    channel text NOT NULL CHECK (channel IN ('web', 'app', 'mail', 'telephone', 'paper')),
    previous text,
    hash text NOT NULL
);
CREATE INDEX ON log (subject, purpose, number);

-- What an entry's hash is made of: every field, each with its length, so that no two entries read the same.
CREATE FUNCTION sealed(entry log) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(string_agg(length(field) || ':' || field, ',' ORDER BY place), 'UTF8')), 'hex')
    FROM unnest(ARRAY[
        entry.number::text, entry.subject, entry.purpose, entry.text_hash, entry.given::text,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.channel, coalesce(entry.previous, '')
    ]) WITH ORDINALITY AS fields(field, place)
$$;

-- Whoever writes gives subject, purpose, text_hash, given and channel; the rest is not theirs to say.
CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last consent.log;
BEGIN
    PERFORM pg_advisory_xact_lock(20261122);
    SELECT * INTO last FROM consent.log ORDER BY number DESC LIMIT 1;
    NEW.number := coalesce(last.number, 0) + 1;
    NEW.previous := last.hash;
    -- Not before the entry before it, whatever the clock did meanwhile.
    NEW.at := greatest(clock_timestamp(), last.at);
    INSERT INTO consent.subjects (subject_id) VALUES (NEW.subject)
        ON CONFLICT (subject_id) DO UPDATE SET subject_id = excluded.subject_id
        RETURNING pseudonym INTO NEW.subject;
    -- Nothing is consented to any more: whose pseudonym it is has to be known for as long as claims can be made.
    UPDATE consent.subjects SET ended_at = CASE WHEN NEW.given OR EXISTS (
        SELECT FROM (SELECT DISTINCT ON (purpose) given FROM consent.log
                     WHERE subject = NEW.subject AND purpose <> NEW.purpose ORDER BY purpose, number DESC) AS others
        WHERE given) THEN NULL ELSE NEW.at END
    WHERE pseudonym = NEW.subject;
    NEW.hash := consent.sealed(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER chain BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION chain();

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the log of consent is only added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER refuse_row BEFORE UPDATE OR DELETE ON log FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse_all BEFORE TRUNCATE ON log FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- Consent in force, by person and purpose: the last word that was said.
CREATE VIEW live AS
    SELECT s.subject_id, l.purpose, l.text_hash, l.at
    FROM (SELECT DISTINCT ON (subject, purpose) * FROM log ORDER BY subject, purpose, number DESC) l
    JOIN subjects s ON s.pseudonym = l.subject WHERE l.given;

-- Entries that don't follow from the one before, or are not what was sealed.
CREATE VIEW broken AS
    SELECT number FROM (
        SELECT l AS entry, l.number, l.hash, l.previous, lag(l.hash) OVER w AS before, row_number() OVER w AS place FROM log l
        WINDOW w AS (ORDER BY l.number)
    ) AS chained
    WHERE hash <> sealed(entry) OR previous IS DISTINCT FROM before OR number <> place;

REVOKE ALL ON ALL TABLES IN SCHEMA consent FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA consent FROM PUBLIC;
DO $$ BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO consent_writer', current_database());
END $$;
GRANT USAGE ON SCHEMA consent TO consent_writer;
GRANT INSERT (subject, purpose, text_hash, given, channel) ON log TO consent_writer;
-- The owner, too: its own rights go, and the trigger stands behind them.
REVOKE UPDATE, DELETE, TRUNCATE ON log FROM CURRENT_USER;
