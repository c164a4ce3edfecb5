#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_audit
short_description: Object auditing of tables by pgAudit in an RDS for PostgreSQL instance
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Makes the role whose privileges say what pgAudit records (C(pgaudit.role) of the parameter group), and gives it
    SELECT, INSERT, UPDATE and DELETE on the tables to be audited, so that whoever does that leaves a record.
  - A table that nobody has made yet is named in RV(absent), and audited by the next run after its migration.
  - Endpoint and master password are read from RDS and Secrets Manager; the instance's certificate and name are
    verified.
options:
  instance:
    description:
      - Identifier of the DB instance, the primary. RDS must keep its master password (C(manage_master_user_password)).
      - In check mode an instance that is not there yet counts as empty.
    type: str
    required: true
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
  role:
    description: Name of the audit role, the one that C(pgaudit.role) names.
    type: str
    default: rds_pgaudit
  tables:
    description: Tables to be audited.
    type: list
    elements: dict
    suboptions:
      database:
        description: Name of the database.
        type: str
        required: true
      schema:
        description: Name of the schema.
        type: str
        required: true
      table:
        description: Name of the table.
        type: str
        required: true
  probes:
    description: Tables with one made-up person each, for checks to read; declare them in O(tables), too.
    type: list
    elements: dict
    suboptions:
      database:
        description: Name of the database.
        type: str
        required: true
      schema:
        description: Name of the schema.
        type: str
        required: true
      table:
        description: Name of the table.
        type: str
        required: true
      owner:
        description: Role that owns the table, of which the master user is a member.
        type: str
        required: true
  purge:
    description: Whether to end the auditing of tables, in any database, that are not declared. No table is dropped.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
requirements:
  - psycopg >= 3.3 with libpq >= 18 (C(psycopg[binary]) brings it)
notes:
  - When the connection is local the module runs inside the controller's worker process.
  - Works with the master user of RDS, which is no superuser.
seealso:
  - module: iworkz.platform.postgres_config
"""

EXAMPLES = r"""
- name: Whoever reads or changes profiles leaves a record
  iworkz.platform.postgres_audit:
    instance: iworkz-production-postgres
    ca_bundle: /etc/ssl/certs/rds-global-bundle.pem
    tables:
      - {database: candidate_profile, schema: candidate_profile, table: profiles}
    purge: true
"""

RETURN = r"""
absent:
  description: Declared tables that are not there, as C(database.schema.table).
  returned: always
  type: list
  elements: str
created:
  description: Things that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [audited_table candidate_profile.candidate_profile.profiles]
updated:
  description: Things that were changed, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Tables that are no longer audited, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Things that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by thing, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of everything declared by option and name, read back (predicted, in check mode).
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of AWS API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"secretsmanager:GetSecretValue": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_audit import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
