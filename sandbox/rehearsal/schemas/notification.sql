CREATE TABLE contacts (
    subject_id text PRIMARY KEY,
    email text NOT NULL,
    phone text,
    opted_out boolean NOT NULL
);
CREATE TABLE deliveries (
    delivery_id text PRIMARY KEY,
    subject_id text NOT NULL REFERENCES contacts,
    channel text NOT NULL,
    template text NOT NULL,
    subject_line text NOT NULL,
    state text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX ON deliveries (subject_id);
