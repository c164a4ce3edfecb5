CREATE TABLE pages (
    page_id text PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    language text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    author_subject_id text,
    published_at timestamptz
);
CREATE INDEX ON pages (author_subject_id);
CREATE TABLE redirects (
    source text PRIMARY KEY,
    target text NOT NULL
);
