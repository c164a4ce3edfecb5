# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon EKS: clusters, their nodes and add-ons, and who gets in."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_access import (
    AccessEntry,
    PodIdentityAssociation,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_addon import Addon
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_cluster import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_launch_template import LaunchTemplate
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_nodegroup import Nodegroup

ADAPTERS = (LaunchTemplate, Cluster, Addon, Nodegroup, AccessEntry, PodIdentityAssociation)
