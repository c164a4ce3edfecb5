#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: data_registers
short_description: Registers of data protection, and the schemas it needs in services' databases
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Makes schemas in the services' databases as the role of each service's migrations, and applies the numbered
    migrations of those that this collection brings - C(privacy), the registers, and C(data_protection), functions by
    which a role that may read no row can ask for counts.
  - Brings the registers of processing activities, vendors and transfers to the declared rows. Who changed a row and
    when is kept with it.
options:
  instance:
    description: Identifier of the DB instance, the primary.
    type: str
    required: true
  secret_prefix:
    description: What the names of the services' secrets begin with; C(<service>-migrate) follows.
    type: str
    required: true
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
  schemas:
    description: Schemas by service. Others stay.
    type: list
    elements: dict
    suboptions:
      service:
        description: Name of the service.
        type: str
        required: true
      names:
        description: Schemas of its database.
        type: list
        elements: str
        required: true
  activities:
    description: Records of processing activities (GDPR 30), all there are. Others are deleted.
    type: list
    elements: dict
    suboptions:
      activity:
        description: Its id.
        type: str
        required: true
      purpose:
        description: What data is used for.
        type: str
        required: true
      basis:
        description: Lawful basis.
        type: str
        required: true
      legitimate_interest:
        description: The interest, where it is the basis.
        type: str
      subjects:
        description: Kinds of people concerned.
        type: list
        elements: str
        default: []
      categories:
        description: Tables, keys, indices and objects that are processed.
        type: list
        elements: str
        default: []
      recipients:
        description: Who gets the data.
        type: list
        elements: str
        default: []
      transfers:
        description: Transfers to other countries.
        type: list
        elements: str
        default: []
      retention:
        description: Retention periods.
        type: list
        elements: str
        default: []
      measures:
        description: Technical and organisational measures.
        type: list
        elements: str
        default: []
      controller:
        description: Who decides on purposes and means.
        type: str
        required: true
      reviewed_on:
        description: Day of the last review, as C(2026-10-01).
        type: str
        required: true
  vendors:
    description: Who receives or processes personal data, all there are. Others are deleted.
    type: list
    elements: dict
    suboptions:
      vendor_id:
        description: Its id.
        type: str
        required: true
      employer_id:
        description: Who hands the data over.
        type: str
        required: true
      name:
        description: Name of the business.
        type: str
        required: true
      country:
        description: Where it handles the data, ISO 3166-1.
        type: str
        required: true
      role:
        description: V(processor), V(joint_user) or V(third_party).
        type: str
        required: true
      agreement_from:
        description: First day of the data agreement.
        type: str
      agreement_until:
        description: Last day of the data agreement.
        type: str
      agreement_reference:
        description: Where the agreement is.
        type: str
      last_review_on:
        description: Day of the last review of the vendor.
        type: str
  transfers:
    description: Flows of personal data to another country, all there are. Others are deleted.
    type: list
    elements: dict
    suboptions:
      transfer_id:
        description: Its id.
        type: str
        required: true
      employer_id:
        description: Who hands the data over.
        type: str
        required: true
      vendor_id:
        description: Who receives it.
        type: str
        required: true
      basis:
        description: Basis of the transfer.
        type: str
        required: true
      consent_informed:
        description: Whether country, its system and the recipient's measures were told before consent.
        type: bool
      last_review_on:
        description: Day on which the recipient's measures were last checked.
        type: str
      started_on:
        description: First day.
        type: str
      ended_on:
        description: Last day.
        type: str
  holds:
    description:
      - Legal holds. While one is on a person, M(iworkz.platform.data_subject) refuses to erase the person and
        M(iworkz.platform.data_retention) leaves the person's rows.
      - Others stay. A hold that was lifted stays in the register and can't be placed again.
    type: list
    elements: dict
    suboptions:
      hold_id:
        description: Its reference, as the file number of the dispute.
        type: str
        required: true
      subject_id:
        description: Id of the person. Never shown.
        type: str
      reason:
        description: Why the data is wanted, without naming the person.
        type: str
      until:
        description: Last day, in Japan, as C(2027-03-31). Without it, until it is lifted.
        type: str
      ordered_by:
        description: Who ordered it.
        type: str
      state:
        description: V(absent) lifts it.
        type: str
        choices: [present, absent]
        default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
requirements:
  - psycopg >= 3.3
notes:
  - Runs on the controller, where the migrations are.
  - The role C(data_auditor) must exist; O(schemas) with C(data_protection) grants it the functions there.
seealso:
  - module: iworkz.platform.postgres_config
"""

EXAMPLES = r"""
- name: Registers, and probes in the database of a service
  iworkz.platform.data_registers:
    instance: iworkz-production-postgres
    secret_prefix: iworkz-production/postgres/
    schemas:
      - {service: compliance, names: [privacy, data_protection]}
      - {service: candidate-profile, names: [data_protection, sensitive]}
    vendors:
      - vendor_id: aws
        employer_id: iworkz
        name: Amazon Web Services Japan G.K.
        country: JP
        role: processor
        agreement_from: "2025-04-01"
        agreement_until: "2028-03-31"
        last_review_on: "2026-09-15"

- name: A hold on a person's data
  iworkz.platform.data_registers:
    instance: iworkz-production-postgres
    secret_prefix: iworkz-production/postgres/
    holds:
      - hold_id: LH-2026-07
        subject_id: "{{ held_subject }}"
        reason: Dispute over a fee, Tokyo District Court
        ordered_by: legal@example.jp
        until: "2027-12-31"
"""

RETURN = r"""
created:
  description: Things that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [schema compliance, vendor aws]
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
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.registers import SPEC


def main() -> None:
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    module.fail_json(msg="data_registers runs on the controller: use a local connection")


if __name__ == "__main__":
    main()
