CREATE TABLE profiles (
    subject_id text PRIMARY KEY,
    family_name text NOT NULL,
    given_name text NOT NULL,
    family_name_kana text NOT NULL,
    given_name_kana text NOT NULL,
    birth_date date NOT NULL,
    nationality text,
    phone text,
    postal_code text,
    address text,
    visible boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE TABLE experiences (
    experience_id text PRIMARY KEY,
    subject_id text NOT NULL REFERENCES profiles,
    company text NOT NULL,
    title text NOT NULL,
    from_month date NOT NULL,
    until_month date
);
CREATE INDEX ON experiences (subject_id);
CREATE TABLE skills (
    subject_id text NOT NULL REFERENCES profiles,
    skill text NOT NULL,
    years integer,
    PRIMARY KEY (subject_id, skill)
);
CREATE TABLE wishes (
    subject_id text PRIMARY KEY REFERENCES profiles,
    occupation_code text NOT NULL,
    prefecture_code text NOT NULL,
    salary_min_yen integer,
    available_from date
);
-- Health and disability: another role's alone, which the service uses where a candidate asks for adjustments at work.
CREATE SCHEMA IF NOT EXISTS sensitive;
CREATE TABLE sensitive.accommodations (
    accommodation_id text PRIMARY KEY,
    subject_id text NOT NULL REFERENCES profiles,
    disability text,
    health_note text,
    consent_text_id text NOT NULL,
    given_at timestamptz NOT NULL
);
CREATE INDEX ON sensitive.accommodations (subject_id);
