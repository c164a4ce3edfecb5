CREATE TABLE interviews (
    interview_id text PRIMARY KEY,
    application_id text NOT NULL,
    subject_id text NOT NULL,
    recruiter_subject_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    video_url text,
    state text NOT NULL
);
CREATE INDEX ON interviews (subject_id);
CREATE TABLE evaluations (
    evaluation_id text PRIMARY KEY,
    interview_id text NOT NULL REFERENCES interviews,
    rating integer NOT NULL,
    comment text NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX ON evaluations (interview_id);
