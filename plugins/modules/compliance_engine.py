#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compliance_engine
short_description: Rule pack, overrides, schedules, recipients and retention of the compliance engine
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings the registry of the compliance engine, the schema C(compliance) of a database on RDS, to the declared state.
  - A pack is checked, its tests are run, and it is published as a signed artefact in a bucket with object lock, once
    per content; then it becomes the pack in force.
  - All of it is done, or nothing. What can be wrong (a pack, an override that is looser than the law) is found before
    anything is written.
  - The registry keeps who (the ARN of the caller) and when of every row, and its former values.
options:
  instance:
    description:
      - Identifier of the DB instance, the primary.
      - In check mode an instance that is not there yet counts as empty.
    type: str
    required: true
  database:
    description: The database on it that has the schema C(compliance).
    type: str
    default: compliance
  secret:
    description: Name of the secret with the C(username) and C(password) of the schema's owner.
    type: str
    required: true
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
  bucket:
    description: Bucket, with versions and object lock, for artefacts. O(pack) needs it.
    type: str
  signing_key:
    description: Alias or ARN of the key of AWS KMS (C(ECC_NIST_P256), for C(SIGN_VERIFY)) that signs artefacts. O(pack)
      needs it.
    type: str
  pack:
    description:
      - Directory of the pack that is to be in force.
      - Its tests are run when it is published, which takes about a minute for the pack of Japanese employment law; not
        in check mode.
      - An artefact that no longer verifies (another key, a changed object) is published anew.
    type: path
  overrides:
    description: Own figures in place of those of the law, all of them stricter. They need O(pack).
    type: list
    elements: dict
    suboptions:
      parameter:
        description: The parameter as C(RULE.name).
        type: str
        required: true
      value:
        description: A number; for a set, a list of the items to add.
        type: raw
        required: true
      reason:
        description: Why.
        type: str
        required: true
  schedules:
    description: When the engine runs.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the schedule, that of its CronJob.
        type: str
        required: true
      cron:
        description: Five fields, as cron takes them.
        type: str
        required: true
      timezone:
        description: Time zone of O(schedules[].cron).
        type: str
        default: Asia/Tokyo
      command:
        description: What is run.
        type: str
        choices: [run]
        default: run
  recipients:
    description: Who is told of findings.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the recipient.
        type: str
        required: true
      kind:
        description: V(sns) is a topic, V(email) and V(https) are its subscribers.
        type: str
        required: true
        choices: [sns, email, https]
      address:
        description: Name or ARN of the topic, address or URL.
        type: str
        required: true
      min_severity:
        description: The least severity of findings that it is told of.
        type: str
        choices: [critical, high, medium, low, info]
        default: medium
      language:
        description: Language of the messages.
        type: str
        choices: [en, ja]
        default: en
  retention:
    description: How long things are kept.
    type: list
    elements: dict
    suboptions:
      kind:
        description: What is kept.
        type: str
        required: true
        choices: [evaluations, findings, reports, snapshots]
      days:
        description: Days, 1 or more.
        type: int
        required: true
  purge:
    description:
      - Whether to remove rows that are not declared. Kinds whose option is left out are not looked at.
      - Packs stay; a removed override is kept as removed.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
requirements:
  - psycopg >= 3.3 (C(psycopg[binary]) brings it)
  - duckdb, pyarrow and sqlglot, for O(pack)
  - cryptography
notes:
  - Runs on the controller, where the pack is; the connection must be local.
seealso:
  - module: iworkz.platform.postgres_config
"""

EXAMPLES = r"""
- name: The law in force, judged every night, with a limit of our own
  iworkz.platform.compliance_engine:
    instance: iworkz-production-postgres
    secret: iworkz-production/postgres/compliance-migrate
    ca_bundle: /etc/ssl/certs/rds-global-bundle.pem
    bucket: iworkz-production-evidence-111111111111
    signing_key: alias/iworkz-production-compliance
    pack: rulepacks/jp_employment
    overrides:
      - {parameter: LSA-036-100.month_hours_below, value: 80, reason: Agreed with the works council on 2026-04-01}
    schedules:
      - {name: compliance-audit, cron: "30 2 * * *"}
    recipients:
      - {name: operations, kind: sns, address: iworkz-production-compliance, min_severity: high, language: ja}
    retention:
      - {kind: evaluations, days: 1825}
    purge: true
"""

RETURN = r"""
created:
  description: Things that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [schema compliance, pack jp_employment, schedule compliance-audit]
updated:
  description: Things that were changed, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Rows that were removed, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Things that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Always empty, since nothing is done when anything fails.
  returned: always
  type: dict
resources:
  description: State of everything declared by kind and name.
  returned: always
  type: dict
  sample: {retention: {evaluations: {kind: evaluations, days: 1825}}}
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of AWS API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"kms:GetPublicKey": 1, "s3:GetObject": 5}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.options import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="compliance_engine runs on the controller: use a local connection")


if __name__ == "__main__":
    main()
