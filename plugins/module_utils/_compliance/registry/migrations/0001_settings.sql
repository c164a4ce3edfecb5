-- What the engine is told. Every row says who made it what it is, and when; the table history says what it was before.
-- Sessions say who they are: SET compliance.who = 'arn:aws:...'.

CREATE FUNCTION who() RETURNS text LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('compliance.who', true), ''), session_user::text);

CREATE TABLE history (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL DEFAULT who(),
    kind text NOT NULL,
    name text NOT NULL,
    before jsonb,
    after jsonb
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of %.% is refused: it is only added to', tg_op, tg_table_schema, tg_table_name;
END $$;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The first argument of the trigger is the column that names a row.
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_row jsonb := CASE WHEN tg_op <> 'INSERT' THEN to_jsonb(old) END;
    new_row jsonb := CASE WHEN tg_op <> 'DELETE' THEN to_jsonb(new) END;
BEGIN
    EXECUTE format('INSERT INTO %I.history (kind, name, before, after) VALUES ($1, $2, $3, $4)', tg_table_schema)
    USING tg_table_name, coalesce(new_row, old_row) ->> tg_argv[0], old_row, new_row;
    RETURN NULL;
END $$;

CREATE FUNCTION stamp_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.changed_at := now();
    EXECUTE format('SELECT %I.who()', tg_table_schema) INTO new.changed_by;
    RETURN new;
END $$;

-- tests: what the tests of the rules said when the pack was published, {passed, failed, uncovered, sha256}.
-- signature_key_id: the SHA-256 of the public key, DER, that verifies the artefact.
CREATE TABLE packs (
    id text NOT NULL,
    version text NOT NULL,
    hash text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
    artefact_key text NOT NULL,
    artefact_version_id text NOT NULL,
    signature_key_id text NOT NULL,
    tests jsonb NOT NULL,
    active boolean NOT NULL DEFAULT false,
    registered_at timestamptz NOT NULL DEFAULT now(),
    registered_by text NOT NULL DEFAULT who()
);
CREATE UNIQUE INDEX packs_one_active ON packs (active) WHERE active;

-- The override in force of a parameter (RULE.name) is the one that was not removed.
CREATE TABLE overrides (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parameter text NOT NULL,
    value jsonb NOT NULL,
    reason text NOT NULL CHECK (reason <> ''),
    set_at timestamptz NOT NULL DEFAULT now(),
    set_by text NOT NULL DEFAULT who(),
    removed_at timestamptz,
    removed_by text
);
CREATE UNIQUE INDEX overrides_one_in_force ON overrides (parameter) WHERE removed_at IS NULL;

CREATE TABLE schedules (
    name text PRIMARY KEY,
    cron text NOT NULL,
    timezone text NOT NULL,
    command text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE recipients (
    name text PRIMARY KEY,
    kind text NOT NULL,
    address text NOT NULL,
    min_severity text NOT NULL,
    language text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TABLE retention (
    kind text PRIMARY KEY,
    days integer NOT NULL CHECK (days > 0),
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL DEFAULT who()
);

CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON packs
FOR EACH ROW EXECUTE FUNCTION keep_history('hash');
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON overrides
FOR EACH ROW EXECUTE FUNCTION keep_history('parameter');
CREATE TRIGGER stamp BEFORE UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON schedules
FOR EACH ROW EXECUTE FUNCTION keep_history('name');
CREATE TRIGGER stamp BEFORE UPDATE ON recipients FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON recipients
FOR EACH ROW EXECUTE FUNCTION keep_history('name');
CREATE TRIGGER stamp BEFORE UPDATE ON retention FOR EACH ROW EXECUTE FUNCTION stamp_change();
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON retention
FOR EACH ROW EXECUTE FUNCTION keep_history('kind');
