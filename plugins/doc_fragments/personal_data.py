# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that act on data of persons in all stores."""

    DOCUMENTATION = r"""
options:
  signing_key:
    description: Alias or ARN of the key of AWS KMS (C(ECC_NIST_P256)) that signs the records; without it they are only
      sealed.
    type: str
  prefix:
    description: What the names of the platform's resources and secrets begin with.
    type: str
    required: true
  inventory:
    description: Where data of persons is, as C(platform_data_inventory).
    type: dict
    required: true
  retention:
    description: How long data is kept, as C(platform_retention).
    type: dict
    required: true
  search_role:
    description: ARN of the role that requests to OpenSearch are signed as.
    type: str
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
requirements:
  - psycopg >= 3.3 (C(psycopg[binary]) brings it)
  - redis >= 5
  - cryptography
notes:
  - Runs on the controller, from which the stores are reached; the connection must be local.
  - PostgreSQL is used as the role C(data_protector), whose secret is C(<prefix>/postgres/data_protector).
  - Results, diffs and logs have counts, never data of a person.
"""
