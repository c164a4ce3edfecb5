CREATE TABLE model_versions (
    model_version text PRIMARY KEY,
    trained_at timestamptz NOT NULL,
    description text NOT NULL
);
CREATE TABLE decisions (
    decision_id text PRIMARY KEY,
    subject_id text NOT NULL,
    posting_id text NOT NULL,
    score numeric(5, 4) NOT NULL,
    model_version text REFERENCES model_versions,
    human_review text CHECK (human_review IN ('not_required', 'requested', 'done')),
    notice_shown_at timestamptz,
    decided_at timestamptz NOT NULL
);
CREATE INDEX ON decisions (subject_id);
CREATE TABLE decision_reviews (
    review_id text PRIMARY KEY,
    decision_id text NOT NULL REFERENCES decisions,
    reviewer_subject_id text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    reviewed_at timestamptz NOT NULL
);
CREATE INDEX ON decision_reviews (decision_id);
