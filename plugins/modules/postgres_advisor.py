#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_advisor
short_description: Slow statements of an RDS for PostgreSQL instance, and indexes that would help, proven by HypoPG
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Reports from the statistics of the running primary and its replicas which statements take most time, which tables
    are read from end to end, which indexes are unused, duplicate, redundant or invalid, which foreign keys have none,
    and how much of tables and indexes is air.
  - Derives indexes from what slow statements look rows up by, and tells the planner of each as a hypothetical index. It
    is proposed only where the planner uses it and its cost falls by C(gain_percent) at least. Without the extension
    C(hypopg) such indexes are listed as unproven and are never created.
  - Reads only, unless O(apply) is set and O(indexes) names proposals. These are created concurrently. An invalid index
    that an interrupted run has left is dropped first; one that is there is left as it is.
  - Statements are shown without their values and comments, and commands by no more than their first words, because
    normalised statements can still hold secrets and personal data.
options:
  instance:
    description: Identifier of the DB instance, the primary. RDS must keep its master password.
    type: str
    required: true
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
  databases:
    description: Databases to look at; all of them when empty.
    type: list
    elements: str
    default: []
  limits:
    description: From which size and frequency on something is worth a word.
    type: dict
    suboptions:
      top:
        description: Statements in each list of the slowest.
        type: int
        default: 10
      statements:
        description: Statements of each database that are looked at, those that take most time first.
        type: int
        default: 200
      least_calls:
        description: Calls of a statement, and scans of a table, from which on they count.
        type: int
        default: 10
      slow_ms:
        description: Mean time of a statement from which on indexes are looked for, in milliseconds.
        type: float
        default: 50.0
      share_percent:
        description: Share of all statements' time from which on they are looked for as well.
        type: float
        default: 5.0
      table_mb:
        description: Size of a table, in MiB, from which on it should not be read from end to end.
        type: float
        default: 8.0
      rows:
        description: Rows of a table from which on its foreign keys need an index.
        type: int
        default: 10000
      index_mb:
        description: Size of an index, in MiB, from which on it matters that nobody uses it.
        type: float
        default: 1.0
      statistics_days:
        description: Days for which scans must have been counted on every server before an index is called unused.
        type: float
        default: 7.0
      bloat_percent:
        description: Share of a table or an index that may be air.
        type: float
        default: 40.0
      bloat_mb:
        description: Air, in MiB, that is worth a word.
        type: float
        default: 64.0
      gain_percent:
        description: How far the planner's cost must fall for an index to be proposed.
        type: float
        default: 50.0
  directory:
    description:
      - Where the report is written, as C(queries.json), C(queries.en.md) and C(queries.ja.md).
      - Nothing is written without it, or in check mode.
    type: path
  language:
    description: Language of RV(findings).
    type: str
    choices: [en, ja]
    default: en
  apply:
    description: Whether to create the indexes that O(indexes) names. Both are given, or neither.
    type: bool
    default: false
  indexes:
    description: Proposals to create, by the name that the report gives them, C(database.schema.index).
    type: list
    elements: str
    default: []
  build_seconds:
    description: Seconds that building one index may take.
    type: int
    default: 3600
  wait_seconds:
    description: Seconds that it waits for transactions that began before it.
    type: int
    default: 60
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
requirements:
  - psycopg >= 3.3 (C(psycopg[binary]) brings it)
  - sqlglot
notes:
  - When the connection is local the module runs inside the controller's worker process.
  - Works with the master user of RDS, which is no superuser. Statements are planned as the owner of their tables, of
    which the master user is a member where M(iworkz.platform.postgres_config) has made the database.
  - Plans are generic, for pg_stat_statements keeps no parameters. What an index gains for a rare or a frequent value
    may differ.
seealso:
  - module: iworkz.platform.postgres_config
"""

EXAMPLES = r"""
- name: What is slow, and what would help
  iworkz.platform.postgres_advisor:
    instance: iworkz-production-postgres
    ca_bundle: /etc/ssl/certs/rds-global-bundle.pem
    directory: /var/lib/iworkz/report

- name: Create one of the proposed indexes while everybody goes on working
  iworkz.platform.postgres_advisor:
    instance: iworkz-production-postgres
    ca_bundle: /etc/ssl/certs/rds-global-bundle.pem
    apply: true
    indexes: [billing.billing.invoices_employer_id_issued_on_idx]
"""

RETURN = r"""
findings:
  description: What is worth a word, with what to do about it, the most urgent of each database first.
  returned: always
  type: list
  elements: dict
  sample: [{"id": "queries.duplicate_index", "params": {"index": "shop.shop.a_idx", "other": "b_idx", "mb": 12.5}}]
proposals:
  description:
    - Indexes that would help, those that gain most first. C(before) and C(after) are the planner's costs times the
      calls, and C(mb) is the size that HypoPG expects.
    - Those that are not C(proven) are ideas.
  returned: always
  type: list
  elements: dict
databases:
  description: By database, how much was looked at, and its slowest statements.
  returned: always
  type: list
  elements: dict
files:
  description: Paths of the report by name.
  returned: always
  type: dict
created:
  description: Indexes that were created (would be, in check mode).
  returned: always
  type: list
  elements: str
unchanged:
  description: Named indexes that were there.
  returned: always
  type: list
  elements: str
failed_resources:
  description: Why by name, of those that could not be created.
  returned: always
  type: dict
indexes:
  description: What became of each named index, and in how many seconds.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._queries.task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
