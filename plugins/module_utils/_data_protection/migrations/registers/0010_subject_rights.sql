-- Holds that keep a person's data from erasure and from the schedule, and what was done for people and by the schedule.
CREATE TABLE legal_holds (
    hold_id text PRIMARY KEY,
    subject_id text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    placed_at timestamptz NOT NULL DEFAULT now(),
    placed_by text NOT NULL DEFAULT who(),
    lifted_at timestamptz,
    lifted_by text
);
CREATE INDEX ON legal_holds (subject_id) WHERE lifted_at IS NULL;

-- No person in here: a request's id leads to data_subject_requests for as long as that is kept.
CREATE TABLE erasures (
    request_id text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('started', 'done')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    counts jsonb,
    restricted jsonb,
    backups_expire_on date,
    key_destroyed_at timestamptz,
    synthetic boolean NOT NULL,
    evidence_key text,
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE retention_runs (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    as_of date NOT NULL,
    schedule jsonb NOT NULL,
    counts jsonb NOT NULL,
    overdue_after bigint NOT NULL,
    changed_by text NOT NULL DEFAULT who()
);
