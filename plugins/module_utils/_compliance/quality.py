# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings about the data itself: of the shape of a rule's findings, with the verdict unknown.

They are part of the snapshot, whose id they cannot carry therefore; an evaluation adds pack, pack_hash and snapshot.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.findings import reference
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, render

# Kinds whose months are not complete, whatever the closing says.
OF_MONTHS = ("duplicate_timesheet", "overlap", "time_order", "incomplete_month")
SEVERITY = "medium"
BATCH = 10_000


class Quality:
    """Collects findings in a table of DuckDB."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE quality "
            "(kind VARCHAR, employer_id VARCHAR, key JSON, judged_on DATE, facts JSON, missing JSON)"
        )

    def add(self, kind: str, select: str) -> None:
        """Add a finding for each row of (employer_id, key, judged_on, facts, missing); key and facts as structs."""
        self._connection.execute(
            f"INSERT INTO quality SELECT '{kind}', employer_id, to_json(key), judged_on, to_json(facts), "
            f"to_json(missing) FROM ({select}) AS found (employer_id, key, judged_on, facts, missing)"
        )

    def months(self) -> str:
        """The SELECT of (employer_id, worker_id, month) with findings about them."""
        kinds = ", ".join(f"'{kind}'" for kind in OF_MONTHS)
        return (
            "SELECT DISTINCT employer_id, key ->> 'worker_id' AS worker_id, judged_on AS month "
            f"FROM quality WHERE kind IN ({kinds})"
        )

    def write(self, path: Path) -> int:
        """Write the findings as JSON lines, sorted; return their number."""
        found = self._connection.execute(
            "SELECT * FROM quality ORDER BY kind, employer_id NULLS FIRST, key::VARCHAR, facts::VARCHAR"
        )
        count = 0
        with path.open("wb") as file:
            while rows := found.fetchmany(BATCH):
                count += len(rows)
                file.writelines(_line(*row) for row in rows)
        return count


def rule_of(kind: str) -> str:
    """The id under which findings of a kind are reported: ``DATA-OVERLAP``."""
    return f"DATA-{kind.upper().replace('_', '-')}"


def _line(kind: str, employer: str | None, key: str, judged_on: Any, facts: str, missing: str) -> bytes:
    identity, values = json.loads(key), json.loads(facts)
    said = Breach(f"compliance_data.{kind}", {"employer_id": employer, **identity, **values})
    finding = {
        "reference": reference(rule_of(kind), employer, identity),
        "rule": rule_of(kind),
        "employer_id": employer,
        "key": identity,
        "judged_on": None if judged_on is None else judged_on.isoformat(),
        "verdict": "unknown",
        "status": "binding",
        "severity": SEVERITY,
        "facts": values,
        "missing": json.loads(missing),
        "parameters": [],
        "law": None,
        "article": None,
        "message": {language: render(said, language) for language in LANGUAGES},
        "remedy": {language: render(said, language, "remedy") for language in LANGUAGES},
        "reports": [],
    }
    return canonical(finding) + b"\n"
