#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: compliance_report
short_description: Make the reports to authorities that are due, and keep their register
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Takes the active pack of the registry from the bucket, verifies its signature, reads the records, and finds which
    employer owes which of the pack's reports, for which period or event, and until when.
  - Reports whose period is over are filled in and checked. Those that are valid go to the bucket, below
    C(compliance/reports/), as the official form asks (CSV, XLSX, PDF) and as JSON; their hashes to the register,
    table C(reports) of the registry.
  - What the records say was filed, and what O(filed) says, is registered as filed and not made again.
  - Reports that are overdue, and those that cannot be filed ten days before they are due, are told of once by SNS.
  - Nothing is filed with an authority by this module.
  - C(python -m ansible_collections.iworkz.platform.plugins.module_utils._compliance.command report --config FILE.json)
    does the same without Ansible, by the file that C(run) reads.
options:
  as_of:
    description: The day that counts as today, C(YYYY-MM-DD). Default is today, in the time zone of the pack.
    type: str
  reports:
    description: Ids of the reports to look after. All those of the pack when empty.
    type: list
    elements: str
    default: []
  employers:
    description: Ids of the employers to look after. All when empty.
    type: list
    elements: str
    default: []
  days_ahead:
    description: Reports that will be due within so many days are registered and made.
    type: int
    default: 31
  days_behind:
    description: So many days back reports are looked for that were due and may not have been filed.
    type: int
    default: 90
  filed:
    description: Reports that were filed.
    type: list
    elements: dict
    default: []
    suboptions:
      report:
        description: Id of the entry in the register, as in RV(reports).
        type: str
        required: true
      filed_on:
        description: The day, C(YYYY-MM-DD).
        type: str
        required: true
      receipt_number:
        description: The receipt number, empty where the authority gives none.
        type: str
        default: ''
attributes:
  check_mode:
    description: Reports are filled in and checked; nothing is uploaded, written or told.
    support: full
  diff_mode:
    description: Shows the entries of the register that change.
    support: full
  idempotent:
    description: The same records give the same reports, byte for byte, and change nothing a second time.
    support: full
requirements:
  - WeasyPrint, which needs Pango (Debian's C(libpangoft2-1.0-0)) and the font Noto Serif CJK JP (C(fonts-noto-cjk))
  - openpyxl
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.compliance
seealso:
  - module: iworkz.platform.compliance_evaluate
"""

EXAMPLES = r"""
- name: Make what is due within six weeks
  iworkz.platform.compliance_report:
    prefix: iworkz-production
    days_ahead: 42

- name: Record that a report was filed
  iworkz.platform.compliance_report:
    prefix: iworkz-production
    filed:
      - report: placement_business_report-4f0c1e2d3a4b5c6d
        filed_on: "2027-04-28"
        receipt_number: 2027-0428-000123
"""

RETURN = r"""
as_of:
  description: The day that counted as today.
  returned: success
  type: str
snapshot:
  description: Id of the records that reports were made from.
  returned: success
  type: str
changed_reports:
  description: Ids of the entries of the register that are not as they were (would be, in check mode).
  returned: success
  type: list
  elements: str
built:
  description: Ids of the reports that were made and uploaded (would be, in check mode).
  returned: success
  type: list
  elements: str
states:
  description: Number of entries in the register by state.
  returned: success
  type: dict
  sample: {due: 3, built: 12, filed: 40, overdue: 1}
reports:
  description:
    - The reports that are owed in this stretch of time, by id. C(problems) says what keeps a report from being filed,
      by field.
  returned: success
  type: dict
overdue:
  description: Ids of the reports that should have been filed.
  returned: success
  type: list
  elements: str
alerts:
  description: What is to be told, in English and Japanese.
  returned: success
  type: list
  elements: dict
messages:
  description: Number of messages that SNS took.
  returned: success
  type: int
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
