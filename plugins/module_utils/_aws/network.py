# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything of a network: the adapters of ``aws_network``."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_acls import NetworkAcl
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_endpoints import Endpoint
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_flow_logs import FlowLog
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_groups import (
    DefaultSecurityGroup,
    SecurityGroup,
    SecurityGroupRules,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_nat import ElasticIp, NatGateway
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_routes import RouteTable
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_vpc import InternetGateway, Subnet, Vpc

ADAPTERS = (
    Vpc,
    DefaultSecurityGroup,
    InternetGateway,
    Subnet,
    SecurityGroup,
    SecurityGroupRules,
    ElasticIp,
    NatGateway,
    RouteTable,
    NetworkAcl,
    Endpoint,
    FlowLog,
)
