#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_network
short_description: VPCs with everything in them in Amazon EC2
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of VPCs, with their subnets, gateways, routes, rules, endpoints and flow logs, to the declared
    state in one task.
  - Resources are found by their tag C(Name), which is set from C(name), and refer to each other by it; ids are
    accepted as well. Security groups are found by C(group_name), which also becomes their tag C(Name).
options:
  vpcs:
    description:
      - VPCs. Keys are C(name), the parameters of C(CreateVpc) (C(cidr_block), C(instance_tenancy)), and
        C(enable_dns_support) and C(enable_dns_hostnames) as in C(ModifyVpcAttribute).
      - C(cidr_block) and C(instance_tenancy) cannot be changed in place.
    type: list
    elements: dict
  default_security_groups:
    description:
      - The groups that AWS makes with each VPC. Keys are C(vpc_id), and C(ingress) and C(egress) as in
        O(security_groups); empty lists let nothing in or out.
    type: list
    elements: dict
  internet_gateways:
    description: Internet gateways. Keys are C(name) and C(vpc_id), the VPC it is attached to.
    type: list
    elements: dict
  subnets:
    description:
      - Subnets. Keys are C(name), the parameters of C(CreateSubnet) (C(vpc_id), C(cidr_block), C(availability_zone)),
        and C(map_public_ip_on_launch) as in C(ModifySubnetAttribute).
      - C(vpc_id), C(cidr_block) and C(availability_zone) cannot be changed in place.
    type: list
    elements: dict
  elastic_ips:
    description: Elastic IP addresses. Keys are C(name) and the parameters of C(AllocateAddress) (C(domain)).
    type: list
    elements: dict
  nat_gateways:
    description:
      - NAT gateways. Keys are C(name) and the parameters of C(CreateNatGateway) (C(subnet_id), C(allocation_id),
        C(connectivity_type)). None of these can be changed in place.
    type: list
    elements: dict
  route_tables:
    description:
      - Route tables. Keys are C(name), C(vpc_id), C(routes) with the keys of C(CreateRoute)
        (C(destination_cidr_block), C(gateway_id), C(nat_gateway_id)), and C(subnet_ids), the subnets it serves.
      - Routes and subnets become exactly those declared. The local route, routes of gateway endpoints and propagated
        routes are AWS's own and stay.
    type: list
    elements: dict
  network_acls:
    description:
      - Network ACLs. Keys are C(name), C(vpc_id), C(entries) with the keys of C(CreateNetworkAclEntry)
        (C(rule_number), C(egress), C(protocol), C(rule_action), C(cidr_block), C(port_range)), and C(subnet_ids),
        the subnets it guards.
      - Entries and subnets become exactly those declared. Protocols may be numbers, V(all), V(tcp), V(udp), V(icmp)
        or V(icmpv6). A subnet that is no longer declared goes back to the default ACL of its VPC.
    type: list
    elements: dict
  security_groups:
    description:
      - Security groups. Keys are the parameters of C(CreateSecurityGroup) (C(group_name), C(description), C(vpc_id)),
        and C(ingress) and C(egress). A side that is declared becomes exactly what is declared; a side that is not
        is left alone.
      - A rule has C(ip_protocol), C(from_port), C(to_port), C(description) and one of C(cidr_ip), C(cidr_ipv6),
        C(prefix_list_id) and C(group_id). Groups may name themselves and each other.
      - C(description) and C(vpc_id) of a group cannot be changed in place.
    type: list
    elements: dict
  endpoints:
    description:
      - VPC endpoints. Keys are C(name) and the parameters of C(CreateVpcEndpoint) (C(vpc_id), C(service_name),
        C(vpc_endpoint_type), C(subnet_ids), C(security_group_ids), C(route_table_ids), C(private_dns_enabled)), with
        C(policy_document) as a document in the API's form.
      - C(vpc_id), C(service_name) and C(vpc_endpoint_type) cannot be changed in place.
    type: list
    elements: dict
  flow_logs:
    description:
      - Flow logs. Keys are C(name) and the parameters of C(CreateFlowLogs) (C(resource_ids) with one VPC, subnet or
        network interface, C(resource_type), C(traffic_type), C(log_destination_type), C(log_destination),
        C(log_group_name), C(deliver_logs_permission_arn), C(max_aggregation_interval), C(destination_options)).
      - Nothing but the tags of a flow log can be changed in place.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A network with a public and a private subnet, a NAT gateway, and one group that may talk to itself
  iworkz.platform.aws_network:
    vpcs:
      - {name: iworkz-production, cidr_block: 10.16.0.0/16, enable_dns_support: true, enable_dns_hostnames: true}
    default_security_groups:
      - {vpc_id: iworkz-production, ingress: [], egress: []}
    internet_gateways:
      - {name: iworkz-production, vpc_id: iworkz-production}
    subnets:
      - name: iworkz-production-public-1a
        vpc_id: iworkz-production
        cidr_block: 10.16.128.0/22
        availability_zone: ap-northeast-1a
      - name: iworkz-production-private-1a
        vpc_id: iworkz-production
        cidr_block: 10.16.0.0/19
        availability_zone: ap-northeast-1a
    elastic_ips:
      - {name: iworkz-production-nat-1a, domain: vpc}
    nat_gateways:
      - name: iworkz-production-1a
        subnet_id: iworkz-production-public-1a
        allocation_id: iworkz-production-nat-1a
    route_tables:
      - name: iworkz-production-public
        vpc_id: iworkz-production
        routes: [{destination_cidr_block: 0.0.0.0/0, gateway_id: iworkz-production}]
        subnet_ids: [iworkz-production-public-1a]
      - name: iworkz-production-private-1a
        vpc_id: iworkz-production
        routes: [{destination_cidr_block: 0.0.0.0/0, nat_gateway_id: iworkz-production-1a}]
        subnet_ids: [iworkz-production-private-1a]
    security_groups:
      - group_name: iworkz-production-nodes
        description: Cluster nodes
        vpc_id: iworkz-production
        ingress:
          - {ip_protocol: all, group_id: iworkz-production-nodes, description: Nodes among themselves}
        egress:
          - {ip_protocol: tcp, from_port: 443, to_port: 443, cidr_ip: 0.0.0.0/0, description: HTTPS}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [vpc iworkz-production]
updated:
  description: Resources that were changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Resources that were deleted, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Resources that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by resource, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of every declared resource by option and name, read back (predicted, in check mode).
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"ec2:DescribeVpcs": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.network import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
