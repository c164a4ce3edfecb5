# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections to the REST APIs of search servers."""

from __future__ import annotations

from contextlib import suppress

with suppress(ImportError):  # comes with botocore, whose absence is reported
    import urllib3

from ansible_collections.iworkz.platform.plugins.module_utils._stores.trust import context

CONNECTIONS = 8
TIMEOUT_SECONDS = 60
ATTEMPTS = 4
EMULATION = "X-Sandbox-Emulation"
"""The header of what answers and is no server but the sandbox's emulation of one."""


def pool(ca_bundle: str | None) -> urllib3.PoolManager:
    """Connections for threads to share; a server that is busy or away is asked again, but for POST.

    :param ca_bundle: see ``trust.context``.
    """
    retries = urllib3.Retry(
        ATTEMPTS,
        backoff_factor=0.5,
        status_forcelist=(429, 502, 503, 504),
        allowed_methods=("GET", "PUT", "DELETE"),
        raise_on_status=False,
    )
    return urllib3.PoolManager(
        maxsize=CONNECTIONS, timeout=TIMEOUT_SECONDS, retries=retries, ssl_context=context(ca_bundle)
    )
