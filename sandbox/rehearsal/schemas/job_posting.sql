CREATE TABLE postings (
    posting_id text PRIMARY KEY,
    company_id text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    occupation_code text NOT NULL,
    prefecture_code text NOT NULL,
    salary_min_yen integer NOT NULL,
    salary_max_yen integer NOT NULL,
    status text NOT NULL,
    contact_subject_id text,
    published_at timestamptz,
    expires_at timestamptz
);
CREATE INDEX ON postings (contact_subject_id);
CREATE VIEW cache_popular_postings AS
    SELECT posting_id AS id, title, company_id, prefecture_code, salary_min_yen, salary_max_yen
    FROM postings WHERE status = 'published' ORDER BY posting_id LIMIT 20;
CREATE TABLE posting_views (
    posting_id text NOT NULL REFERENCES postings,
    day date NOT NULL,
    views integer NOT NULL,
    PRIMARY KEY (posting_id, day)
);
-- What an employer asks of applicants: a form is a list of these.
CREATE TABLE application_questions (
    question_id text PRIMARY KEY,
    posting_id text NOT NULL REFERENCES postings,
    field text NOT NULL,
    label text NOT NULL,
    required boolean NOT NULL
);
