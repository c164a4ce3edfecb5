# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as a workbook: numbers stay numbers, and the bytes are the same for the same report."""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from datetime import datetime, time
from io import BytesIO
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built, Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.cells import period, shown
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import NUMBERS, Field, Section

with suppress(ImportError):  # render.require() says so
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

FONT = "Noto Serif CJK JP"
FORMATS = {"integer": "#,##0", "yen": "#,##0", "decimal": "#,##0.##", "percent": "0.00"}
COLUMNS = 8
WIDTH = 15
LABEL = 3
ZIPPED_AT = (1980, 1, 1, 0, 0, 0)
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def render(built: Built) -> bytes:
    """The workbook: one sheet, printed on A4."""
    book = Workbook()
    made_at = datetime.combine(built.duty.period[1], time())
    book.properties.creator = "iworkz.platform"
    book.properties.created = made_at
    _Sheet(book.active, built).fill()
    content = BytesIO()
    book.save(content)
    return _timeless(content.getvalue(), made_at)


def _timeless(content: bytes, made_at: datetime) -> bytes:
    """The archive with fixed times; openpyxl writes those of now."""
    found = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as given, zipfile.ZipFile(found, "w") as made:
        for name in given.namelist():
            data = given.read(name)
            if name == "docProps/core.xml":
                data = MODIFIED.sub(rf"\g<1>{made_at.isoformat()}Z".encode(), data)
            info = zipfile.ZipInfo(name, ZIPPED_AT)
            info.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(info, data)
    return found.getvalue()


class _Sheet:
    def __init__(self, sheet: Any, built: Built) -> None:
        self.sheet = sheet
        self.built = built
        self.row = 1
        line = Side(style="thin")
        self.border = Border(line, line, line, line)
        self.head = PatternFill("solid", fgColor="FFEDEDED")

    def fill(self) -> None:
        built, sheet = self.built, self.sheet
        sheet.title = "報告書"
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.right.text = "&P / &N"
        for number in range(1, COLUMNS + 1):
            sheet.column_dimensions[get_column_letter(number)].width = WIDTH
        event = built.report.events.get(built.duty.event or "")
        self._line(built.form.number["ja"] + (f"（{event['ja']}）" if event else ""))
        self._line(built.report.title["ja"], size=16, align="center")
        self._line(f"根拠：{built.report.basis['ja']}")
        self._line(f"提出先：{built.report.authority['ja']}")
        self._line(f"対象：{period(*built.duty.period)}")
        self._line(f"管理番号：{built.duty.id}")
        for section in built.report.sections:
            self.row += 1
            self._line(section.title["ja"], bold=True)
            rows = built.rows[section.id]
            if section.layout == "form":
                self._form(section, rows[0])
            else:
                self._table(section, rows)

    def _line(self, text: str, *, size: int = 11, bold: bool = False, align: str = "left") -> None:
        self._cell(1, text, COLUMNS, framed=False, align=align, font=Font(FONT, size=size, bold=bold))
        self.row += 1

    def _form(self, section: Section, row: Row) -> None:
        for field in section.fields:
            self._cell(1, field.title["ja"], LABEL, fill=self.head)
            self._value(LABEL + 1, field, row[field.id], COLUMNS - LABEL)
            self.row += 1

    def _table(self, section: Section, rows: list[Row]) -> None:
        for column, field in enumerate(section.fields, 1):
            self._cell(column, field.title["ja"], fill=self.head, align="center")
        for row in rows:
            self.row += 1
            for column, field in enumerate(section.fields, 1):
                self._value(column, field, row[field.id])
        totals = self.built.totals(section)
        if totals:
            self.row += 1
            for column, field in enumerate(section.fields, 1):
                if field.id in totals:
                    self._value(column, field, totals[field.id])
                else:
                    self._cell(column, "計" if column == 1 else "", fill=self.head)
        self.row += 1

    def _value(self, column: int, field: Field, value: Any, span: int = 1) -> None:
        if field.type in NUMBERS and not isinstance(value, str):
            self._cell(column, value, span, align="right", number_format=FORMATS[field.type])
        else:
            self._cell(column, shown(field, value), span)

    def _cell(
        self,
        column: int,
        value: Any,
        span: int = 1,
        *,
        framed: bool = True,
        fill: Any = None,
        align: str = "left",
        number_format: str = "@",
        font: Any = None,
    ) -> None:
        if span > 1:
            self.sheet.merge_cells(
                start_row=self.row, end_row=self.row, start_column=column, end_column=column + span - 1
            )
        for each in range(column, column + span):
            if framed:
                self.sheet.cell(self.row, each).border = self.border
        cell = self.sheet.cell(self.row, column)
        cell.value = value
        # A text that begins with = is a text.
        cell.data_type = "s" if isinstance(value, str) else cell.data_type
        cell.number_format = number_format
        cell.font = font or Font(FONT, size=10)
        cell.alignment = Alignment(horizontal=align, vertical="center", wrap_text=True)
        if fill is not None:
            cell.fill = fill
