#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_config
short_description: Roles, databases and grants inside an RDS for PostgreSQL instance
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings users' secrets, roles, databases with their extensions and schemas, and grants of one instance to the
    declared state in one task, in this order.
  - Endpoint and master password are read from RDS and Secrets Manager. Passwords of roles are made by Secrets Manager
    and kept there with their SCRAM verifier; the server is given the verifier only, and no password is an option or a
    result of this module.
  - Whether the verifier in a role's secret is the one in force is found by logging in with it, because nobody may read
    stored passwords on RDS.
  - The instance's certificate and name are verified.
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
  kms_key:
    description: Key that encrypts secrets that are made; without it, the account's default key for Secrets Manager.
    type: str
  tags:
    description: Tags of secrets that are made.
    type: dict
    default: {}
  purge:
    description:
      - Whether to drop roles that this module made and that are not declared, and to revoke what such roles, declared
        or not, hold in the schemas of declared databases beyond O(grants). Kinds whose option is left out are not
        looked at.
      - A role that owns something is not dropped; the task fails and names it. Its secret stays.
      - Databases, schemas and extensions are never dropped.
    type: bool
    default: false
  scope:
    description:
      - Which part of the platform declares the roles, where several do, each in a task of its own. O(purge) looks at
        roles of the same scope only.
      - Without it, the scope has no name.
    type: str
    version_added: 0.3.0
  secrets:
    description: Secrets of users that no database knows, such as those of a connection pooler's console.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the secret.
        type: str
        required: true
      username:
        description: Name of the user.
        type: str
        required: true
  roles:
    description:
      - Roles. None of them is let be superuser, create databases or roles, replicate or bypass row security.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      login:
        description: Whether it may log in.
        type: bool
        default: false
      secret:
        description:
          - Name of the secret that holds its C(username), C(password) and C(verifier). It is made when there is none.
          - Without it the role's password is left alone.
        type: str
      member_of:
        description: All roles that it is a member of; none when left out.
        type: list
        elements: str
      connection_limit:
        description: Connections it may have; no limit (V(-1)) when left out.
        type: int
      settings:
        description: All its settings, by name, such as C(statement_timeout); none when left out.
        type: dict
      comment:
        description: What it is for. This module adds a mark by which O(purge) knows its roles.
        type: str
  databases:
    description:
      - Databases. PUBLIC, that is every role, may neither connect to them nor use their schema C(public).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the database.
        type: str
        required: true
      owner:
        description:
          - Role that owns it. The master user becomes a member of it, as PostgreSQL demands of who is no superuser.
        type: str
        required: true
      extensions:
        description: Extensions it must have. Others stay.
        type: list
        elements: str
      optional_extensions:
        description: Extensions it must have where the server offers them.
        type: list
        elements: str
      schemas:
        description: Schemas it must have. Others stay.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the schema.
            type: str
            required: true
          owner:
            description: Role that owns it; the database's owner when left out.
            type: str
      connection_limit:
        description: Connections it accepts; no limit (V(-1)) when left out.
        type: int
      settings:
        description: All its settings, by name, such as C(search_path); none when left out.
        type: dict
  grants:
    description:
      - What a role may do in a schema. It may connect to the database and use the schema; it gets the same rights on
        tables and sequences there are and, by default privileges, on those that the schema's owner makes later.
      - What it holds there beyond that is revoked.
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
      role:
        description: Name of the role.
        type: str
        required: true
      access:
        description: V(read) is SELECT; V(write) is also INSERT, UPDATE and DELETE, and USAGE of sequences.
        type: str
        required: true
        choices: [read, write]
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
  - module: iworkz.platform.aws_rds
"""

EXAMPLES = r"""
- name: A service's database, with a role for the service and one for its migrations
  iworkz.platform.postgres_config:
    instance: iworkz-production-postgres
    ca_bundle: /etc/ssl/certs/rds-global-bundle.pem
    kms_key: alias/iworkz-production-data
    roles:
      - name: billing_migrate
        login: true
        secret: iworkz-production/postgres/billing-migrate
      - name: billing
        login: true
        secret: iworkz-production/postgres/billing
        settings: {statement_timeout: 30s}
    databases:
      - name: billing
        owner: billing_migrate
        extensions: [pg_stat_statements]
        optional_extensions: [pgaudit]
        schemas: [{name: billing}]
        settings: {search_path: billing}
    grants:
      - {database: billing, schema: billing, role: billing, access: write}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Things that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [role billing, database billing, grant billing in billing.billing]
updated:
  description: Things that were changed, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Roles that were dropped and grants that were revoked, as C(kind name).
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
  sample: {"secretsmanager:BatchGetSecretValue": 2}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres_config import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
