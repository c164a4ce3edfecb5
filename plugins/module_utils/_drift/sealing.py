# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a journal to sealed records in the store beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift import journal
from ansible_collections.iworkz.platform.plugins.module_utils._drift.judge import drafts
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import StoreLocked
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Record
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store, StoreDamaged


@dataclass(frozen=True)
class Sealed:
    """The records of a run, and those of an interrupted sealing that were entered with them."""

    records: Sequence[Record]
    recovered: Sequence[Record]


def seal(path: Path, now: datetime) -> Sealed:
    """Make the records of the journal's run, beside it, and remove it. Raises Refused and OSError."""
    try:
        header, entries = journal.read(path)
        records, recovered = Store(path.parent).append(drafts(header, entries, now))
    except journal.JournalBroken as error:
        raise Refused([Breach("drift.not_collected", {"error": str(error)})]) from error
    except StoreLocked as error:
        raise Refused([Breach("drift.held", {"journal": str(error)})]) from error
    except StoreDamaged as error:
        raise Refused(error.problems) from error
    path.unlink()
    return Sealed(records, recovered)
