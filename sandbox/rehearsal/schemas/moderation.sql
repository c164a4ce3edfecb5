CREATE TABLE cases (
    case_id text PRIMARY KEY,
    subject_id text,
    kind text NOT NULL,
    excerpt text NOT NULL,
    verdict text,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX ON cases (subject_id);
CREATE TABLE case_notes (
    note_id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES cases,
    staff_subject_id text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ON case_notes (case_id);
