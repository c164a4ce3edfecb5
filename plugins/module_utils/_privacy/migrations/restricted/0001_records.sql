-- Rows that an erasure may not delete: out of everyday use, for the owner of this schema alone, until their day.
REVOKE ALL ON SCHEMA restricted FROM PUBLIC;
CREATE TABLE records (
    record_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id text NOT NULL,
    subject_id text NOT NULL,
    place text NOT NULL,
    "row" jsonb NOT NULL,
    retention text NOT NULL,
    basis text NOT NULL,
    restricted_until date NOT NULL,
    restricted_at timestamptz NOT NULL DEFAULT now()
);
REVOKE ALL ON records FROM PUBLIC;
CREATE INDEX ON records (subject_id);
CREATE INDEX ON records (restricted_until);
