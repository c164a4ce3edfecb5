-- What the engine found and reported.

-- counts: {rule: {ok, warning, violation, unknown, problem}}; problem is why a rule could not be judged, else null.
-- coverage: {table: {rows, delivered}} of the snapshot.
CREATE TABLE evaluations (
    id text PRIMARY KEY,
    pack_hash text NOT NULL REFERENCES packs (hash),
    snapshot_id text NOT NULL,
    as_of date NOT NULL,
    period_start date,
    period_end date,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    complete boolean NOT NULL,
    counts jsonb NOT NULL,
    coverage jsonb NOT NULL,
    artefact_key text,
    evaluated_by text NOT NULL DEFAULT who()
);
CREATE INDEX evaluations_finished ON evaluations (finished_at DESC);

-- One row per case that is or was not ok, by the case's stable reference.
CREATE TABLE findings (
    reference text PRIMARY KEY CHECK (reference ~ '^[0-9a-f]{16}$'),
    rule text NOT NULL,
    employer_id text,
    key jsonb NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('violation', 'warning', 'unknown')),
    status text NOT NULL CHECK (status IN ('binding', 'advisory')),
    severity text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    judged_on date,
    article text NOT NULL,
    first_evaluation text NOT NULL REFERENCES evaluations (id),
    last_evaluation text NOT NULL REFERENCES evaluations (id),
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    resolved_at timestamptz,
    alerted_at timestamptz,
    alerted_severity text,
    written_by text NOT NULL DEFAULT who()
);
CREATE INDEX findings_open ON findings (rule, severity) WHERE resolved_at IS NULL;

CREATE TABLE reports (
    id text PRIMARY KEY,
    kind text NOT NULL,
    employer_id text,
    establishment_id text,
    period_start date,
    period_end date,
    due_on date,
    state text NOT NULL CHECK (state IN ('due', 'built', 'filed', 'overdue', 'void')),
    built_at timestamptz,
    sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    artefact_keys jsonb,
    form_version text,
    filed_on date,
    receipt_number text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who(),
    CHECK (state <> 'filed' OR (filed_on IS NOT NULL AND receipt_number IS NOT NULL))
);
CREATE INDEX reports_due ON reports (due_on) WHERE state IN ('due', 'built', 'overdue');

CREATE TRIGGER stamp BEFORE UPDATE ON reports FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON reports
FOR EACH ROW EXECUTE FUNCTION keep_history('id');
