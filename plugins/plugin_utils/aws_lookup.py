# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lookups that ask AWS have in common; the options of amazon.aws say how they connect."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.exceptions import BotoCoreError, ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

Read = Callable[[Clients, str], Any]


class AwsLookup(LookupBase):
    absent = "does not exist"
    """What ``ask`` says of a thing that is not there."""

    def connect(self, variables: Any, options: Mapping[str, Any]) -> Clients:
        """Take the options of a call; clients for its account."""
        self.set_options(var_options=variables, direct=options)
        return Clients(self.get_options())

    def ask(self, what: str, clients: Clients, name: str, read: Read) -> Any:
        """What ``read`` tells of a thing by its name; where that is nothing AnsibleLookupError, unless the option
        on_missing says to skip it."""
        with reading(f"{what} {name}"):
            found = read(clients, name)
        if not found and self.get_option("on_missing") == "error":
            raise AnsibleLookupError(f"{what} {name} {self.absent}")
        return found


class NameLookup(AwsLookup):
    """Takes names of things of one kind; of those that are there, it answers with what ``read`` tells."""

    what: str

    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[Any]:
        clients = self.connect(variables, kwargs)
        found = [self.ask(self.what, clients, str(name), self.read) for name in terms]
        return [one for one in found if one]

    @abstractmethod
    def read(self, clients: Clients, name: str) -> Any:
        """What the lookup tells of one; None where it is not there."""


class StoreLookup(AwsLookup):
    absent = "does not exist, or has no endpoint yet"

    def stores(self, clients: Clients, asked: Mapping[str, Read]) -> dict[str, Any]:
        """What is told of each store that an option names."""
        named = {store: name for store in asked if (name := self.get_option(store))}
        return {store: self.ask(store, clients, name, asked[store]) for store, name in named.items()}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """AnsibleLookupError where AWS refuses, or does not answer."""
    try:
        yield
    except (BotoCoreError, ClientError, ReconcileError) as error:
        raise AnsibleLookupError(f"{what} cannot be read: {error}") from error
