#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_eks
short_description: Clusters, nodes, add-ons and access in Amazon EKS
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings clusters, launch templates, managed node groups, add-ons, access entries and pod identities to the declared
    state in one task.
  - A cluster does one update at a time. Of several differences, each is asked for when the one before is done.
  - Another version of Kubernetes is refused unless C(upgrade) is set on the cluster or node group. An upgrade goes one
    minor version up, never down, and only when nothing in the cluster uses what the next version no longer serves, by
    EKS's own insights and by what the objects in the cluster were last written as.
options:
  clusters:
    description:
      - Clusters. Keys are the parameters of C(CreateCluster) (C(name), C(version), C(role_arn),
        C(resources_vpc_config), C(logging), C(encryption_config), C(access_config), C(kubernetes_network_config),
        C(upgrade_policy), C(deletion_protection), C(bootstrap_self_managed_addons)) and C(upgrade).
      - C(role_arn), C(kubernetes_network_config) and, once it is set, C(encryption_config) cannot be changed in place.
      - C(bootstrap_self_managed_addons) and C(access_config.bootstrap_cluster_creator_admin_permissions) are told on
        creation only and not compared.
    type: list
    elements: dict
  launch_templates:
    description:
      - EC2 launch templates of node groups, C(launch_template_name) and C(launch_template_data). Different data makes a
        new version, which becomes the default one.
    type: list
    elements: dict
  nodegroups:
    description:
      - Managed node groups. Keys are the parameters of C(CreateNodegroup) (C(cluster_name), C(nodegroup_name),
        C(node_role), C(subnets), C(instance_types), C(capacity_type), C(ami_type), C(scaling_config), C(labels),
        C(taints), C(update_config), C(launch_template), C(version)), C(launch_template_data) and C(upgrade).
      - C(scaling_config.desired_size) counts on creation only; afterwards the size is the autoscaler's within the
        bounds, and moved only where new bounds force it.
      - C(labels) and C(taints) are complete.
      - C(launch_template) names a template, used at its default version. C(launch_template_data) is what the nodes must
        be made with; give it so that new data of the template reaches them in the same run.
    type: list
    elements: dict
  addons:
    description:
      - Add-ons. Keys are the parameters of C(CreateAddon) (C(cluster_name), C(addon_name), C(addon_version),
        C(service_account_role_arn), C(pod_identity_associations)), C(configuration_values) as a dict, and
        C(resolve_conflicts), V(OVERWRITE) unless it is given.
    type: list
    elements: dict
  access_entries:
    description:
      - Access entries. Keys are the parameters of C(CreateAccessEntry) (C(cluster_name), C(principal_arn),
        C(kubernetes_groups), C(username), C(type)) and C(access_policies), the complete list of associated policies
        (C(policy_arn), an ARN or the name of a policy of AWS, and C(access_scope), the whole cluster unless it is
        given).
    type: list
    elements: dict
  pod_identity_associations:
    description:
      - Pod identities besides those of add-ons. Keys are the parameters of C(CreatePodIdentityAssociation)
        (C(cluster_name), C(namespace), C(service_account), C(role_arn)).
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A private cluster with nodes in three zones
  iworkz.platform.aws_eks:
    clusters:
      - name: iworkz-production
        version: "1.34"
        role_arn: iworkz-production-eks-cluster
        resources_vpc_config:
          subnet_ids: [iworkz-production-private-1a, iworkz-production-private-1c, iworkz-production-private-1d]
          security_group_ids: [iworkz-production-nodes]
          endpoint_private_access: true
          endpoint_public_access: false
        logging:
          cluster_logging:
            - {types: [api, audit, authenticator, controllerManager, scheduler], enabled: true}
        encryption_config:
          - {resources: [secrets], provider: {key_arn: alias/iworkz-production-data}}
        access_config: {authentication_mode: API}
    nodegroups:
      - cluster_name: iworkz-production
        nodegroup_name: general
        node_role: iworkz-production-eks-node
        subnets: [iworkz-production-private-1a, iworkz-production-private-1c, iworkz-production-private-1d]
        instance_types: [m7g.xlarge]
        ami_type: AL2023_ARM_64_STANDARD
        scaling_config: {min_size: 3, max_size: 12}
    addons:
      - {cluster_name: iworkz-production, addon_name: vpc-cni, configuration_values: {enableNetworkPolicy: "true"}}
    tags: {Platform: iworkz, Environment: production}

- name: Developers of one team
  iworkz.platform.aws_eks:
    access_entries:
      - cluster_name: iworkz-production
        principal_arn: arn:aws:iam::123456789012:role/iworkz-production-team-talent
        kubernetes_groups: ["team:talent"]
        access_policies: []

- name: The next version of Kubernetes
  iworkz.platform.aws_eks:
    clusters:
      - {name: iworkz-production, version: "1.35", upgrade: true, role_arn: iworkz-production-eks-cluster,
         resources_vpc_config: {endpoint_private_access: true}}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [cluster iworkz-production, nodegroup iworkz-production/general]
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
  sample: {"eks:DescribeCluster": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
