-- My Numbers, as ciphertext of the vault's own key, for its own role alone (My Number Act art. 12, 20).
CREATE SCHEMA IF NOT EXISTS my_number;
CREATE TABLE my_number.numbers (
    record_id text PRIMARY KEY,
    subject_id text NOT NULL,
    ciphertext bytea NOT NULL,
    data_key bytea NOT NULL,
    stored_for text NOT NULL,
    obtained_on date NOT NULL,
    delete_after date
);
CREATE INDEX ON my_number.numbers (subject_id);
CREATE TABLE my_number.accesses (
    access_id text PRIMARY KEY,
    record_id text NOT NULL,
    by_subject_id text NOT NULL,
    purpose text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ON my_number.accesses (record_id);
