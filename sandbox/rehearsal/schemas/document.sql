CREATE TABLE documents (
    document_id text PRIMARY KEY,
    subject_id text NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    object_key text NOT NULL UNIQUE,
    sha256 text NOT NULL,
    scanned_at timestamptz,
    uploaded_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX ON documents (subject_id);
CREATE TABLE renditions (
    rendition_id text PRIMARY KEY,
    document_id text NOT NULL REFERENCES documents,
    format text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX ON renditions (document_id);
-- What certificates say of a person's health, and cards of their residence: another role's alone.
CREATE SCHEMA IF NOT EXISTS sensitive;
CREATE TABLE sensitive.certificates (
    certificate_id text PRIMARY KEY,
    document_id text NOT NULL REFERENCES documents,
    subject_id text NOT NULL,
    finding text,
    residence_status text,
    valid_until date
);
CREATE INDEX ON sensitive.certificates (subject_id);
