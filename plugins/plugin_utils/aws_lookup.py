# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lookups that ask AWS have in common; the options of amazon.aws say how they connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.exceptions import BotoCoreError, ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError


class AwsLookup(LookupBase):
    def connect(self, variables: Any, options: Mapping[str, Any]) -> Clients:
        """Take the options of a call; clients for its account."""
        self.set_options(var_options=variables, direct=options)
        return Clients(self.get_options())


class StoreLookup(AwsLookup):
    def stores(self, clients: Clients, ask: Mapping[str, Callable[[Clients, str], Any]]) -> dict[str, Any]:
        """What ``ask`` tells of each store that an option names; of one that is not there AnsibleLookupError, unless
        the option on_missing says to skip it."""
        found = {}
        for store, read in ask.items():
            name = self.get_option(store)
            if not name:
                continue
            with reading(f"{store} {name}"):
                found[store] = read(clients, name)
            if not found[store] and self.get_option("on_missing") == "error":
                raise AnsibleLookupError(f"{store} {name} does not exist, or has no endpoint yet")
        return found


@contextmanager
def reading(what: str) -> Iterator[None]:
    """AnsibleLookupError where AWS refuses, or does not answer."""
    try:
        yield
    except (BotoCoreError, ClientError, ReconcileError) as error:
        raise AnsibleLookupError(f"{what} cannot be read: {error}") from error
