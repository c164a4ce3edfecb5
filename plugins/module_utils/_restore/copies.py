# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a test makes: on the journal before it is made, and destroyed afterwards, but only if it was made by that test.

Whatever can carry tags carries ``RestoreTest: <id of the test>`` and none of the platform's own, so that no check and
no alarm takes a copy for the platform's. Its name begins with ``<prefix>-restore-test-``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import explain
from ansible_collections.iworkz.platform.plugins.module_utils._drill.journal import Event, Journal
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context

TAG = "RestoreTest"

Destroy = Callable[[Context, str, Mapping[str, Any]], None]
"""(context, id of the test, what was made): returns when it is gone, also when it never came to be."""


def prefix(context: Context) -> str:
    """How the name of everything begins that tests make."""
    return f"{context.site.prefix}-restore-test-"


@dataclass(frozen=True)
class Copies:
    """
    :param id: eight hexadecimal digits, unique to the test of one recovery point.
    """

    context: Context
    journal: Journal
    id: str

    @property
    def name(self) -> str:
        return prefix(self.context) + self.id

    @property
    def tags(self) -> dict[str, str]:
        return {TAG: self.id, "Name": self.name, "ManagedBy": "iworkz.platform"}

    def making(self, kind: str, **what: Any) -> None:
        """To be called right before something is made."""
        self.journal.write("making", kind=kind, what={"name": self.name, **what})


def destroy(
    context: Context, journal: Journal, identifier: str, events: list[Event], table: Mapping[str, Destroy]
) -> list[Breach]:
    """Destroy what the events of a journal say was made, the last first; why something is left."""
    done = [event["what"] for event in events if event["event"] == "destroyed"]
    left: list[Breach] = []
    for event in reversed([event for event in events if event["event"] == "making" and event["what"] not in done]):
        kind, what = event["kind"], event["what"]
        try:
            if not what["name"].startswith(prefix(context)):
                raise StepFailed(f"{what['name']} is not the name of a copy")
            table[kind](context, identifier, what)
            journal.write("destroyed", kind=kind, what=what)
        except Exception as error:  # pylint: disable=broad-except # the others are destroyed all the same
            left.append(Breach("restore.left", {"kind": kind, "name": what["name"], "error": explain(error)}))
    return left


def check_own(what: str, tags: Mapping[str, str], identifier: str) -> None:
    """Raise StepFailed for what another test, or none, has made."""
    if tags.get(TAG) != identifier:
        raise StepFailed(f"{what} is not of this test ({TAG}: {tags.get(TAG, '-')}), and is left alone")
