CREATE TABLE applications (
    application_id text PRIMARY KEY,
    subject_id text NOT NULL,
    posting_id text NOT NULL,
    state text NOT NULL,
    motivation text,
    submitted_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX ON applications (subject_id);
CREATE TABLE application_events (
    event_id text PRIMARY KEY,
    application_id text NOT NULL REFERENCES applications,
    kind text NOT NULL,
    note text,
    at timestamptz NOT NULL
);
CREATE INDEX ON application_events (application_id);
CREATE TABLE offers (
    offer_id text PRIMARY KEY,
    application_id text NOT NULL REFERENCES applications,
    salary_yen integer NOT NULL,
    starts_on date NOT NULL,
    answered text
);
CREATE INDEX ON offers (application_id);
-- The register of job seekers that the Employment Security Act wants kept (art. 32-15).
CREATE TABLE placement_register (
    entry_id text PRIMARY KEY,
    subject_id text NOT NULL,
    name text NOT NULL,
    birth_date date NOT NULL,
    accepted_on date NOT NULL,
    valid_until date NOT NULL,
    introduced_to text,
    result text
);
CREATE INDEX ON placement_register (subject_id);
