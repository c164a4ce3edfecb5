# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ansible.builtin.template without its copy of every variable, which takes a third of a second for ours."""

from __future__ import annotations

DOCUMENTATION = r"""
name: template
short_description: Text of rendered templates, without a copy of all variables
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Does what P(ansible.builtin.template#lookup) does. That one copies all variables, however deep, for each template,
    so that a template may change them; here a template must not.
options:
  _terms:
    description: Files to render; relative paths are looked for as the other lookup does.
    required: true
    type: list
    elements: str
notes:
  - Further options are those of P(ansible.builtin.template#lookup).
seealso:
  - plugin: ansible.builtin.template
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Everything that a template renders
  iworkz.platform.kube_apply:
    cluster: iworkz-production
    manifest: "{{ lookup('iworkz.platform.template', 'objects.yaml.j2') }}"
"""

RETURN = r"""
_raw:
  description: What was rendered.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[str]:
        template = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
        return list(template.run(terms, _Shared(variables or {}), **kwargs))


class _Shared(dict[str, Any]):
    """Variables whose deep copy is a shallow one."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return dict(self)
