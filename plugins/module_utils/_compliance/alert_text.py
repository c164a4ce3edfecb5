# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of findings: one message per employer and rule, in the language of who gets it, and nobody's data.

A message names cases by their references; whoever may read the artefact finds the rest there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, render

# What SNS takes: ASCII, fewer than 100 characters.
SUBJECT = 99
NONE = "-"


@dataclass(frozen=True)
class Case:
    """One finding that is to be told of.

    :param round: what tells this time from another: when it was first seen, or last told of.
    """

    reference: str
    since: datetime
    round: str


@dataclass(frozen=True)
class Alert:
    """Cases of one rule at one employer, told of together.

    :param kind: new, escalated or resolved.
    :param severity: of the rule.
    :param sent_as: the severity by which recipients are chosen; a step more than ``severity`` when escalated.
    :param artefact: where the findings are, in full.
    """

    kind: str
    rule: str
    employer_id: str | None
    severity: str
    sent_as: str
    cases: tuple[Case, ...]
    artefact: str

    @property
    def deduplication_id(self) -> str:
        """The same for the same cases told of for the same reason: what is sent again after a crash can be dropped."""
        cases = sorted([each.reference, each.round] for each in self.cases)
        return sha256(canonical([self.kind, self.rule, self.employer_id, self.sent_as, cases]))[:32]

    def attributes(self, language: str, canary: bool = False) -> dict[str, dict[str, str]]:
        """Message attributes, by which subscriptions are filtered and receivers tell messages apart."""
        named = {
            "kind": self.kind,
            "rule": self.rule,
            "severity": self.sent_as,
            "employer_id": self.employer_id or NONE,
            "language": language,
            "deduplication_id": f"{self.deduplication_id}-{language}",
            **({"canary": "true"} if canary else {}),
        }
        return {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}

    def subject(self) -> str:
        """The subject, in English: SNS takes nothing but ASCII there."""
        params = {"rule": self.rule, "severity": self.severity.upper(), "count": len(self.cases)}
        said = render(Breach(f"compliance_alerts.subject_{self.kind}", params), "en")
        return said.encode("ascii", "replace").decode()[:SUBJECT]

    def text(self, pack: Pack, language: Language, references: int) -> str:
        """The message.

        :param pack: of a rule that it no longer has there is little to say.
        :param references: how many cases are named at most.
        """
        rule = pack.rules.get(self.rule)
        named = [each.reference for each in self.cases[:references]]
        if len(self.cases) > len(named):
            named.append(_say("others", language, count=len(self.cases) - len(named)))
        since = min(each.since for each in self.cases).astimezone(ZoneInfo(pack.timezone))
        values: dict[str, Any] = {
            "rule": self.rule,
            "title": rule.title[language] if rule else NONE,
            "law": rule.law[language] if rule else NONE,
            "article": rule.article[language] if rule else NONE,
            "severity": _say(f"severity_{self.severity}", language),
            "employer": self.employer_id or NONE,
            "count": len(self.cases),
            "references": ", ".join(named),
            "since": f"{since:%Y-%m-%d %H:%M %Z}",
            "remedy": rule.remedy[language].format_map(_Blank()) if rule else NONE,
            "artefact": self.artefact,
        }
        headline = _say(self.kind, language, count=len(self.cases))
        return f"{headline}\n\n{_say('body', language, **values)}"


class _Blank(dict[str, str]):
    """Stands in for the figures of one case, which a text about several, and for anybody's eyes, does not have."""

    def __missing__(self, key: str) -> str:
        return "…"


def _say(name: str, language: Language, **params: Any) -> str:
    return render(Breach(f"compliance_alerts.{name}", params), language)
