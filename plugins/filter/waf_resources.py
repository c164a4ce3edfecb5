# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._waf.review import problems
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import rules, visibility


def waf_resources(
    declared: Mapping[str, Any], scope: str, name: str, hosts: Sequence[str], today: str
) -> dict[str, list[dict[str, Any]]]:
    try:
        found = problems(declared, hosts, name, date.fromisoformat(today))
    except ValueError as error:
        raise AnsibleFilterError(f"Nothing was changed. platform_waf: {error}") from error
    if found:
        raise AnsibleFilterError(f"Nothing was changed. platform_waf (group_vars/all/waf.yml): {'; '.join(found)}")
    return {
        "ip_sets": [
            {
                "name": f"{name}-{version}",
                "scope": scope,
                "ip_address_version": version.upper(),
                "addresses": list(addresses),
            }
            for version, addresses in declared["blocked_addresses"].items()
        ],
        "web_acls": [
            {
                "name": name,
                "scope": scope,
                "default_action": {"allow": {}},
                "visibility_config": visibility(name),
                "rules": rules(declared, hosts, name),
                "maximum_capacity": declared["capacity"],
                "logging_configuration": {
                    "log_destination_configs": [f"aws-waf-logs-{name}"],
                    "redacted_fields": [{"single_header": {"name": one}} for one in declared["redacted_headers"]],
                },
                "associate_public": scope == "REGIONAL",
            }
        ],
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"waf_resources": waf_resources}
