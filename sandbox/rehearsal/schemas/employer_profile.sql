CREATE TABLE companies (
    company_id text PRIMARY KEY,
    name text NOT NULL,
    corporate_number text,
    industry_code text NOT NULL,
    prefecture_code text NOT NULL,
    licence_number text,
    created_at timestamptz NOT NULL
);
CREATE TABLE recruiters (
    subject_id text PRIMARY KEY,
    company_id text NOT NULL REFERENCES companies,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    joined_at timestamptz NOT NULL,
    left_at timestamptz
);
CREATE INDEX ON recruiters (company_id);
