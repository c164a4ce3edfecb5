from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.audited_tables import audited_tables

TABLE = {"purpose": "placement", "retention": "membership"}
INVENTORY = {
    "job-posting": {
        "tables": {
            "job_posting.views": {**TABLE, "columns": {"posting_id": "internal", "count": "internal"}},
            "job_posting.postings": {**TABLE, "columns": {"title": "public", "contact": "personal"}},
        }
    },
    "candidate-profile": {"tables": {"sensitive.notes": {**TABLE, "columns": {"note": "sensitive_personal"}}}},
}


def test_tables_with_a_personal_column_by_name() -> None:
    found = audited_tables(INVENTORY)
    assert {"database": "candidate_profile", "schema": "sensitive", "table": "notes"} in found
    assert {"database": "job_posting", "schema": "job_posting", "table": "postings"} in found
    assert "views" not in {table["table"] for table in found}
    assert found == sorted(found, key=lambda table: tuple(table.values()))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="'purpose' is missing"):
        audited_tables({"identity": {"tables": {"identity.accounts": {"retention": "x", "columns": {}}}}})
