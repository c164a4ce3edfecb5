# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of reports: those that are overdue, and those that cannot be filed soon before they are due.

A message names report, employer and entry of the register, and nobody's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.alerts import Audiences, at_least
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, render

with suppress(ImportError):  # whoever made the client has boto3
    from botocore.exceptions import BotoCoreError, ClientError

Kind = Literal["overdue", "invalid"]
SEVERITY: dict[Kind, str] = {"overdue": "critical", "invalid": "high"}
SOON = timedelta(days=10)
SUBJECT = 99


@dataclass(frozen=True)
class Notice:
    """One message about an entry of the register."""

    kind: Kind
    entry: Entry
    title: dict[str, str]

    def text(self, language: Language) -> str:
        """The message in a language."""
        params = {
            "title": self.title[language],
            "report": self.entry.id,
            "employer": self.entry.employer_id,
            "establishment": self.entry.establishment_id or "-",
            "due_on": self.entry.due_on.isoformat(),
            "count": len(self.entry.artefacts.get("problems", ())),
        }
        said = Breach(f"compliance_reports.notice_{self.kind}", params)
        return f"{render(said, language)}\n{render(said, language, 'remedy')}"

    def attributes(self, language: Language) -> dict[str, dict[str, str]]:
        """Message attributes, by which subscriptions are filtered; named as those of alerts."""
        named = {
            "kind": f"report_{self.kind}",
            "rule": self.entry.kind,
            "severity": SEVERITY[self.kind],
            "employer_id": self.entry.employer_id,
            "language": language,
            "deduplication_id": f"{self.entry.id}-{self.kind}-{language}",
        }
        return {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}


def due(found: Iterable[Entry], reports: Mapping[str, Report], today: date) -> list[Notice]:
    """Those that are to be told of and were not yet: once when they are invalid soon before, once when overdue."""
    notices = []
    for entry in found:
        kind: Kind | None = None
        if entry.state == "overdue":
            kind = "overdue"
        elif entry.state == "due" and entry.artefacts.get("problems") and entry.due_on - today <= SOON:
            kind = "invalid"
        if kind is not None and entry.artefacts.get("told") != kind:
            title = reports[entry.kind].title if entry.kind in reports else {"en": entry.kind, "ja": entry.kind}
            notices.append(Notice(kind, entry, title))
    return notices


def tell(client: Any, notices: Iterable[Notice], wanted: Audiences) -> tuple[list[Entry], int, dict[str, str]]:
    """Send them to who wants to hear (sns:Publish).

    :param client: for sns.

    Returns the entries whose notice all topics took, marked; the number of messages; and errors by topic.
    """
    marked, messages, errors = [], 0, {}
    for notice in notices:
        taken = True
        for (topic, language), least in wanted.items():
            if not at_least(SEVERITY[notice.kind], least):
                continue
            try:
                client.publish(
                    TopicArn=topic,
                    Subject=f"[{SEVERITY[notice.kind].upper()}] report {notice.kind}: {notice.entry.kind}"[:SUBJECT],
                    Message=notice.text(language),
                    MessageAttributes=notice.attributes(language),
                )
                messages += 1
            except (BotoCoreError, ClientError) as error:
                errors[topic] = str(error)
                taken = False
        if taken and wanted:
            marked.append(replace(notice.entry, artefacts={**notice.entry.artefacts, "told": notice.kind}))
    return marked, messages, errors
