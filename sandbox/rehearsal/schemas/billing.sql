CREATE TABLE plans (
    plan_id text PRIMARY KEY,
    name text NOT NULL,
    monthly_yen integer NOT NULL
);
CREATE TABLE billing_contacts (
    subject_id text PRIMARY KEY,
    company_id text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    bank_reference text NOT NULL,
    ended_at timestamptz
);
CREATE TABLE invoices (
    invoice_id text PRIMARY KEY,
    company_id text NOT NULL,
    contact_subject_id text REFERENCES billing_contacts,
    issued_on date NOT NULL,
    net_yen integer NOT NULL,
    consumption_tax_yen integer NOT NULL,
    paid_on date
);
CREATE INDEX ON invoices (contact_subject_id);
CREATE TABLE placement_fees (
    fee_id text PRIMARY KEY,
    invoice_id text NOT NULL REFERENCES invoices,
    placed_subject_id text NOT NULL,
    fee_yen integer NOT NULL,
    started_on date NOT NULL
);
CREATE INDEX ON placement_fees (placed_subject_id);
