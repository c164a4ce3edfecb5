"""Consent that people gave, and some withdrew: to what is done with their data, and to one thing that is not."""

from __future__ import annotations

import hashlib

import psycopg

from sandbox.rehearsal.account import Account
from sandbox.rehearsal.persons import of_kind, persons

SERVICE = "identity"
WITHDRAWN = "marketing"
_ADD = "INSERT INTO consent.log (subject, purpose, text_hash, given, channel) VALUES (%s, %s, %s, %s, 'web')"


def entries() -> list[tuple[str, str, str, bool]]:
    """Subject, purpose, hash of the text and whether it was given, in the order in which it was said."""
    said = [(one.id, "analytics", True) for one in persons()]
    said += [(one.id, "health_adjustments", True) for one in of_kind("candidate") if one.number % 20 == 1]
    said += [(one.id, WITHDRAWN, given) for one in persons()[::10] for given in (True, False)]
    return [(subject, purpose, _text_hash(purpose), given) for subject, purpose, given in said]


def write(account: Account) -> bool | None:
    """Say it once; False when it was said before, None while there is no log."""
    try:
        with account.session(SERVICE, "data_protector") as reader:
            row = reader.execute("SELECT EXISTS (SELECT FROM consent.log WHERE purpose = %s)", (WITHDRAWN,)).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    if row and row[0]:
        return False
    with account.session(SERVICE, "consent_writer") as writer, writer.cursor() as cursor:
        cursor.executemany(_ADD, entries())
    return True


def _text_hash(purpose: str) -> str:
    """Of the text in force, as the rows of consent_texts have it."""
    return hashlib.sha256(f"Rehearsal text 2 for {purpose} (ja)".encode()).hexdigest()
