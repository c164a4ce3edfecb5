# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The register of reports: table ``reports`` of the registry, from due to built, filed, overdue or void.

``artefact_keys``: ``{snapshot, as_of, problems: [{id, params}], objects: {format: {key, version_id, sha256}}}``, where
``sha256`` of the row is that of the document (format ``json``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, document
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import Duty
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

State = Literal["due", "built", "filed", "overdue", "void"]
OPEN = ("due", "built", "overdue")
COLUMNS = (
    "id",
    "kind",
    "employer_id",
    "establishment_id",
    "period_start",
    "period_end",
    "due_on",
    "state",
    "built_at",
    "sha256",
    "artefact_keys",
    "form_version",
    "filed_on",
    "receipt_number",
)
_READ = f"SELECT {', '.join(COLUMNS)} FROM reports"
_UPDATED = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
_WRITE = (
    f"INSERT INTO reports ({', '.join(COLUMNS)}) VALUES ({', '.join(f'%({name})s' for name in COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {_UPDATED}"
)


@dataclass(frozen=True)
class Entry:
    """One report in the register; see the module for ``artefacts``."""

    id: str
    kind: str
    employer_id: str
    establishment_id: str | None
    period_start: date
    period_end: date
    due_on: date
    state: State
    built_at: datetime | None
    sha256: str | None
    artefacts: Mapping[str, Any]
    form_version: str | None
    filed_on: date | None
    receipt_number: str | None

    @classmethod
    def of(cls, duty: Duty) -> Entry:
        """The entry of a report nothing was done about."""
        whose = (duty.id, duty.report, duty.employer_id, duty.establishment_id)
        return cls(*whose, *duty.period, duty.due_on, "due", None, None, {}, None, None, None)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Entry:
        """The entry of a row of the registry."""
        return cls(*(row[name] for name in COLUMNS))

    @property
    def row(self) -> dict[str, Any]:
        """The values of its columns."""
        values = [getattr(self, "artefacts" if name == "artefact_keys" else name) for name in COLUMNS]
        return dict(zip(COLUMNS, values, strict=True))

    @property
    def objects(self) -> Mapping[str, Mapping[str, str]]:
        """Its files in the bucket by format."""
        found: Mapping[str, Mapping[str, str]] = self.artefacts.get("objects", {})
        return found

    def judged(self, today: date, kept: bool) -> Entry:
        """With the state that follows from what was done, on a day.

        :param kept: it is kept at the workplace, and done when it is built.
        """
        state: State = "due" if self.sha256 is None else "built"
        if self.filed_on is not None:
            state = "filed"
        elif today > self.due_on and not (kept and state == "built"):
            state = "overdue"
        return replace(self, state=state)


@dataclass(frozen=True)
class Filing:
    """Word that a report was filed.

    :param receipt_number: as the authority gave it, empty where it gives none.
    """

    report: str
    filed_on: date
    receipt_number: str


def entries(registry: Registry) -> dict[str, Entry]:
    """The register by id."""
    return {row["id"]: Entry.read(row) for row in registry.rows(_READ)}


def write(registry: Registry, changed: Iterable[Entry]) -> None:
    """Write entries."""
    for each in changed:
        values = each.row | {"artefact_keys": document(each.artefacts)}
        registry.connection.execute(_WRITE, values)


def brought_up_to_date(
    there: Mapping[str, Entry],
    duties: Iterable[Duty],
    window: tuple[date, date],
    employers: tuple[str, ...],
) -> dict[str, Entry]:
    """The register with an entry for each report owed, and those in the window that are owed no longer made void.

    :param window: first and last due day that the duties are all of.
    :param employers: whose duties they are; all when empty.
    """
    owed = {duty.id: duty for duty in duties}
    found = dict(there)
    for name, duty in owed.items():
        entry = found.get(name, Entry.of(duty))
        found[name] = replace(entry, due_on=duty.due_on, state="due" if entry.state == "void" else entry.state)
    for name, entry in there.items():
        mine = not employers or entry.employer_id in employers
        if name not in owed and entry.state in OPEN and mine and window[0] <= entry.due_on <= window[1]:
            found[name] = replace(entry, state="void")
    return found


def with_filings(found: Mapping[str, Entry], filings: Iterable[Filing], today: date) -> dict[str, Entry]:
    """The register with what was filed. Raises InvalidInput for a report it does not have, or a day to come."""
    changed = dict(found)
    wrong = []
    for filing in filings:
        if filing.report not in found:
            wrong.append(f"filed: {filing.report} is not in the register")
        elif filing.filed_on > today:
            wrong.append(f"filed: {filing.report}: {filing.filed_on} is yet to come")
        else:
            entry = found[filing.report]
            changed[filing.report] = replace(
                entry, filed_on=filing.filed_on, receipt_number=filing.receipt_number, state="filed"
            )
    if wrong:
        raise InvalidInput(wrong)
    return changed
