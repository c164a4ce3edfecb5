CREATE TABLE accounts (
    subject_id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('candidate', 'recruiter', 'staff')),
    email text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    language text NOT NULL,
    created_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE TABLE mfa_devices (
    device_id text PRIMARY KEY,
    subject_id text NOT NULL REFERENCES accounts,
    kind text NOT NULL,
    secret_reference text NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE INDEX ON mfa_devices (subject_id);
CREATE TABLE sign_ins (
    sign_in_id text PRIMARY KEY,
    subject_id text NOT NULL REFERENCES accounts,
    at timestamptz NOT NULL,
    address inet NOT NULL,
    succeeded boolean NOT NULL
);
CREATE INDEX ON sign_ins (subject_id);
CREATE TABLE consent_texts (
    text_id text PRIMARY KEY,
    purpose text NOT NULL,
    version integer NOT NULL,
    language text NOT NULL,
    body text NOT NULL,
    in_force_from date NOT NULL
);
