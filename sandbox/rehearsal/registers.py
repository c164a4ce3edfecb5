"""What people wrote into the registers of data protection: an incident, requests, where My Numbers are held."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from sandbox.rehearsal import vault
from sandbox.rehearsal.making import TODAY, Tables
from sandbox.rehearsal.persons import EVERYWHERE

PLATFORM = "iworkz"
"""The platform itself, where the registers name who handles data."""


def rows() -> Tables:
    """An incident that was reported and notified in time, and two requests that were answered in time."""
    known = (TODAY - timedelta(days=40)).replace(tzinfo=None)
    return {
        "privacy.incidents": [
            {"incident_id": "IN-0001", "employer_id": PLATFORM, "occurred_at": known - timedelta(hours=5),
             "known_at": known, "persons": 12, "sensitive_data": False, "financial_harm": False, "malicious": True,
             "encrypted": False, "preliminary_reported_at": known + timedelta(days=2),
             "final_reported_at": known + timedelta(days=28), "persons_notified_at": known + timedelta(days=3),
             "gdpr_applies": True, "risk_unlikely": False, "gdpr_reported_at": known + timedelta(hours=40)}
        ],
        "privacy.data_subject_requests": [
            {"request_id": f"DSR-{number:04d}", "employer_id": PLATFORM, "subject_id": EVERYWHERE, "law": law,
             "kind": kind, "received_at": known, "closed_at": known + timedelta(days=9), "outcome": "granted"}
            for number, (law, kind) in enumerate((("appi", "disclosure"), ("gdpr", "access")), 1)
        ],
        "privacy.my_number_records": [
            {"record_id": one["record_id"], "employer_id": PLATFORM, "subject_id": one["subject_id"],
             "stored_for": one["stored_for"], "document": "dependants_form", "obtained_on": one["obtained_on"],
             "separate": True, "access_logged": True, "needed": True}
            for one in vault.rows()["my_number.numbers"]
        ],
    }  # fmt: skip


def write(connection: psycopg.Connection[Any]) -> bool | None:
    """Write what is not there; False when everything was, None while the registers have not been made."""
    row = connection.execute("SELECT to_regclass('privacy.my_number_records') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return None
    written = 0
    with connection.transaction():
        for name, those in rows().items():
            columns = sql.SQL(", ").join(map(sql.Identifier, those[0]))
            marks = sql.SQL(", ").join(sql.Placeholder() * len(those[0]))
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
                sql.Identifier(*name.split(".")), columns, marks
            )
            for each in those:
                written += connection.execute(insert, tuple(each.values())).rowcount
    return written > 0
