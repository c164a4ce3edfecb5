CREATE TABLE staff (
    subject_id text PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    left_at timestamptz
);
CREATE TABLE looks (
    look_id text PRIMARY KEY,
    staff_subject_id text NOT NULL REFERENCES staff,
    subject_id text NOT NULL,
    what text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ON looks (subject_id);
CREATE TABLE tickets (
    ticket_id text PRIMARY KEY,
    subject_id text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX ON tickets (subject_id);
