# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DB parameter groups of Amazon RDS."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.parameter_groups import ParameterGroups
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class ParameterGroup(ParameterGroups):
    """DescribeDBParameterGroups (all pages), DescribeDBParameters and ListTagsForResource of each;
    CreateDBParameterGroup, ModifyDBParameterGroup, DeleteDBParameterGroup.

    A static parameter is applied at the next reboot, a dynamic one at once.
    """

    service = "rds"
    kind = "db_parameter_group"
    option = "parameter_groups"
    key = "db_parameter_group_name"
    create_operation = "CreateDBParameterGroup"
    groups = ("DescribeDBParameterGroups", "DBParameterGroups")
    arn = "db_parameter_group_arn"
    parameters_operation = "DescribeDBParameters"
    name_parameter = "DBParameterGroupName"
    immutable = frozenset({"db_parameter_group_family", "description"})

    def send(self, key: str, parameters: dict[str, str], catalogue: dict[str, dict[str, Any]]) -> None:
        entries = [
            {
                "ParameterName": name,
                "ParameterValue": value,
                "ApplyMethod": "immediate" if catalogue[name]["ApplyType"] == "dynamic" else "pending-reboot",
            }
            for name, value in parameters.items()
        ]
        self.client.modify_db_parameter_group(DBParameterGroupName=key, Parameters=entries)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_db_parameter_group(DBParameterGroupName=key)
