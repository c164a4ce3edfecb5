-- Registers of data protection. Tables that rules of the compliance engine read have the columns of its schema
-- (rulepacks/jp_employment/schema), whose employer is the platform itself here; times are local ones of Japan there.

CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('compliance.who', true), ''), session_user::text);

-- Records of processing activities (GDPR 30).
CREATE TABLE activities (
    activity text PRIMARY KEY,
    purpose text NOT NULL,
    basis text NOT NULL,
    legitimate_interest text,
    subjects text[] NOT NULL,
    categories text[] NOT NULL,
    recipients text[] NOT NULL,
    transfers text[] NOT NULL,
    retention text[] NOT NULL,
    measures text[] NOT NULL,
    controller text NOT NULL,
    reviewed_on date NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE vendors (
    vendor_id text PRIMARY KEY,
    employer_id text NOT NULL,
    name text NOT NULL,
    country text NOT NULL,
    role text NOT NULL CHECK (role IN ('processor', 'joint_user', 'third_party')),
    agreement_from date,
    agreement_until date,
    agreement_reference text,
    last_review_on date,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE transfers (
    transfer_id text PRIMARY KEY,
    employer_id text NOT NULL,
    vendor_id text NOT NULL REFERENCES vendors,
    basis text NOT NULL,
    consent_informed boolean,
    last_review_on date,
    started_on date,
    ended_on date,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);
CREATE INDEX ON transfers (vendor_id);

CREATE TABLE incidents (
    incident_id text PRIMARY KEY,
    employer_id text NOT NULL,
    occurred_at timestamp,
    known_at timestamp NOT NULL,
    persons bigint,
    sensitive_data boolean,
    financial_harm boolean,
    malicious boolean,
    encrypted boolean,
    principal_informed_at timestamp,
    preliminary_reported_at timestamp,
    final_reported_at timestamp,
    persons_notified_at timestamp,
    gdpr_applies boolean,
    risk_unlikely boolean,
    gdpr_reported_at timestamp,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE data_subject_requests (
    request_id text PRIMARY KEY,
    employer_id text NOT NULL,
    subject_id text,
    law text CHECK (law IN ('appi', 'gdpr')),
    kind text,
    received_at timestamp NOT NULL,
    closed_at timestamp,
    outcome text CHECK (outcome IN ('granted', 'partly', 'refused')),
    extended_at timestamp,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);
CREATE INDEX ON data_subject_requests (subject_id);

-- Where a My Number is held and what for; the number itself is in the vault, the schema my_number.
CREATE TABLE my_number_records (
    record_id text PRIMARY KEY,
    employer_id text NOT NULL,
    subject_id text,
    stored_for text,
    document text,
    obtained_on date NOT NULL,
    separate boolean,
    access_logged boolean,
    needed boolean,
    retention_from date,
    delete_after date,
    deleted_on date,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);
CREATE INDEX ON my_number_records (subject_id);
