"""The rows of the services' tables, but for what is encrypted or uploaded (vault.py, documents.py)."""

from __future__ import annotations

from random import Random

from sandbox.rehearsal import rows_people, rows_work
from sandbox.rehearsal.making import Tables
from sandbox.rehearsal.persons import SEED

MAKERS = {
    "identity": rows_people.identity,
    "candidate-profile": rows_people.candidate_profile,
    "employer-profile": rows_people.employer_profile,
    "job-posting": rows_work.job_posting,
    "matching": rows_work.matching,
    "application-tracking": rows_work.application_tracking,
    "interview": rows_work.interview,
    "messaging": rows_work.messaging,
    "notification": rows_people.notification,
    "billing": rows_work.billing,
    "content": rows_work.content,
    "moderation": rows_people.moderation,
    "admin": rows_people.admin,
}


def rows() -> dict[str, Tables]:
    """Rows by service, the same at every call."""
    return {service: make(Random(f"{SEED}/{service}")) for service, make in MAKERS.items()}
