# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text from elsewhere that is used only when it is, byte for byte, what was declared."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pinned
short_description: Text of a file or an HTTPS URL whose SHA-256 is declared
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads a file of the controller or an HTTPS URL and answers with its text if its SHA-256 is the declared one.
  - Fails otherwise, so nothing of a manifest that was tampered with or replaced is ever used.
  - Nothing is written to disk, so it works in check mode as well.
options:
  _terms:
    description: One path or URL; a relative path is looked for as any lookup of files does.
    required: true
    type: list
    elements: str
  sha256:
    description: SHA-256 of the content, 64 hexadecimal digits.
    required: true
    type: str
  timeout:
    description: Seconds that the server may take to answer.
    type: int
    default: 30
"""

EXAMPLES = r"""
- name: Install Flux from its release manifest
  kubernetes.core.k8s:
    definition: "{{ lookup('iworkz.platform.pinned', manifest, sha256=digest) | from_yaml_all | list }}"
  vars:
    manifest: https://github.com/fluxcd/flux2/releases/download/v2.9.4/install.yaml
    digest: 64 hexadecimal digits, noted when the release was reviewed
"""

RETURN = r"""
_raw:
  description: The text, as UTF-8.
  type: list
  elements: str
"""

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.error import URLError

from ansible.errors import AnsibleLookupError
from ansible.module_utils.urls import open_url
from ansible.plugins.lookup import LookupBase

DIGEST = re.compile(r"^[0-9a-f]{64}$")
MOST_BYTES = 16 * 1024 * 1024


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        wanted = str(self.get_option("sha256")).strip().lower()
        if not DIGEST.match(wanted):
            raise AnsibleLookupError(f"sha256 must be 64 hexadecimal digits, not {wanted!r}")
        return [self._text(str(term), wanted, variables) for term in terms]

    def _text(self, place: str, wanted: str, variables: Any) -> str:
        content = self._read(place, variables)
        found = hashlib.sha256(content).hexdigest()
        if found != wanted:
            raise AnsibleLookupError(f"{place} is not what was declared: its SHA-256 is {found}, not {wanted}")
        return content.decode()

    def _read(self, place: str, variables: Any) -> bytes:
        if "://" not in place:
            path = self.find_file_in_search_path(variables, "files", place)
            if path is None:
                raise AnsibleLookupError(f"{place} is not there")
            return Path(path).read_bytes()
        if not place.startswith("https://"):
            raise AnsibleLookupError(f"{place} is not an https:// URL")
        try:
            with open_url(place, timeout=self.get_option("timeout"), follow_redirects="safe") as answer:
                content: bytes = answer.read(MOST_BYTES + 1)
        except (URLError, OSError, ValueError) as error:
            raise AnsibleLookupError(f"{place} cannot be read: {error}") from error
        if len(content) > MOST_BYTES:
            raise AnsibleLookupError(f"{place} is larger than {MOST_BYTES} bytes")
        return content
