# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom clients of the stores believe: the system's certificate authorities and, where given, those of one more file."""

from __future__ import annotations

import ssl


def context(ca_bundle: str | None) -> ssl.SSLContext:
    """A client context that verifies the server's certificate and name.

    :param ca_bundle: path of a PEM file with further authorities (the RDS bundle, the sandbox's own), or nothing.
    """
    made = ssl.create_default_context()
    if ca_bundle:
        made.load_verify_locations(ca_bundle)
    return made
