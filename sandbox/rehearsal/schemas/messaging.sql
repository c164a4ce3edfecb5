CREATE TABLE conversations (
    conversation_id text PRIMARY KEY,
    subject_id text NOT NULL,
    recruiter_subject_id text NOT NULL,
    application_id text,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX ON conversations (subject_id);
CREATE TABLE messages (
    message_id text PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES conversations,
    sender_subject_id text NOT NULL,
    body text NOT NULL,
    sent_at timestamptz NOT NULL,
    read_at timestamptz
);
CREATE INDEX ON messages (conversation_id);
