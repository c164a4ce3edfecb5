# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as CSV: one line per field, in UTF-8 with the mark by which spreadsheets know it."""

from __future__ import annotations

import csv
from io import StringIO

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain

HEADER = ("section", "row", "field", "title_ja", "title_en", "type", "value")


def render(built: Built) -> bytes:
    """The same bytes for the same report."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for section in built.report.sections:
        for number, row in enumerate(built.rows[section.id], 1):
            for field in section.fields:
                value = plain(row[field.id])
                value = str(value).lower() if isinstance(value, bool) else value
                writer.writerow((section.id, number, field.id, field.title["ja"], field.title["en"], field.type, value))
    return file.getvalue().encode("utf-8-sig")
