# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Options and behaviour common to all service modules."""

    DOCUMENTATION = r"""
notes:
  - The lists hold everything the platform has of each resource type. An option that is left out is not looked at.
  - Keys of declared resources are the snake_case names of the API's own parameters and are validated against the
    shapes that botocore ships, before the first call.
  - Only declared keys are compared. Ids and ARNs of other resources may be given by name (C(Name) tag, key alias).
  - One bad resource doesn't stop the others; the task then fails and names each.
  - When the connection is local the module runs inside the controller's worker process.
options:
  tags:
    description: Tags of every resource declared in the task, besides its own C(tags).
    type: dict
  purge_tags:
    description: Whether tags that are not declared are removed. Tags of AWS itself (C(aws:)) always stay.
    type: bool
    default: true
  purge:
    description:
      - Whether to delete resources of the declared types that carry all O(tags) and are not declared.
      - Does nothing when O(tags) is empty.
    type: bool
    default: false
  allow_replace:
    description: Whether a resource may be destroyed and created anew when a difference cannot be changed in place.
    type: bool
    default: false
  wait:
    description: Whether to wait until created and changed resources can be used.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for the resources of one type. Default depends on the type.
    type: int
"""

    ATTRIBUTES = r"""
attributes:
  check_mode:
    description: Reports what would change, with the predicted state, and makes no mutating call.
    support: full
  diff_mode:
    description: Returns the declared keys that differ, before and after, per resource.
    support: full
  idempotent:
    description: A second run without changes in between makes no mutating call.
    support: full
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options, or
      C(group/iworkz.platform.aws) to set them for the modules of amazon.aws and community.aws as well.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
"""
