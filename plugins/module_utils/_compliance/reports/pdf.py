# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A report as PDF on A4, after the manner of Japanese forms: number, title, addressee, framed tables."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built, Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.cells import era_date, period, shown
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import NUMBERS, Field, Section
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256

with suppress(ImportError, OSError):  # render.require() says so; an OSError is a library of the system
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

STYLE = Path(__file__).parent / "templates" / "report.css"
FACE = "Noto Serif CJK JP"
PACKAGE = "fonts-noto-cjk"
COLUMNS = "<colgroup><col class='label'><col><col class='label'><col></colgroup>"
SHORT = 11
"""Values of text up to so many characters stand beside another field."""


def render(built: Built) -> bytes:
    """The same bytes for the same report, where the same fonts and libraries are.

    Raises PackError when the font that Japanese forms are set in is missing.
    """
    html = weasyprint.HTML(string=page(built), url_fetcher=_refuse)
    document = html.render(stylesheets=[_style()], font_config=_fonts())
    found = bytes(document.write_pdf(pdf_identifier=sha256(built.duty.id.encode())[:32].encode()))
    if FACE not in {font.family for font in document.fonts.values()}:
        raise PackError(f"the font {FACE} is missing: install the package {PACKAGE} (Debian, Ubuntu)")
    return found


@cache
def _style() -> weasyprint.CSS:
    """The stylesheet, read once: all reports have the same."""
    return weasyprint.CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=_refuse)


@cache
def _fonts() -> FontConfiguration:
    """Where fonts are looked for, set up once."""
    return FontConfiguration()


def _refuse(url: str) -> Any:
    """A form has no pictures, and what employers write fetches nothing."""
    raise ValueError(f"{url}: a report reads nothing from elsewhere")


def page(built: Built) -> str:
    """The form as HTML."""
    report, duty = built.report, built.duty
    title, number = escape(report.title["ja"]), escape(built.form.number["ja"])
    event = report.events.get(duty.event or "")
    kind = f"（{escape(event['ja'])}）" if event else ""
    sections = "".join(_section(built, each) for each in report.sections)
    addressee = (
        f"<p class='day'>令和　　年　　月　　日</p><p class='to'>{escape(report.authority['ja'])}　殿</p>"
        if report.addressed
        else f"<p class='to'>{escape(report.authority['ja'])}</p>"
    )
    verb = "届け出ます" if "届" in report.title["ja"] else "報告します"
    said = f"{escape(report.basis['ja'])}の規定により、次のとおり{verb}。" if report.addressed else ""
    return (
        f"<html lang='ja'><head><meta charset='utf-8'><title>{title}</title></head><body>"
        f"<p class='number'>{number}{kind}</p><p class='reference'>{escape(duty.id)}</p>"
        f"<h1>{title}</h1>{addressee}<p class='said'>{said}</p>"
        f"<table class='head'><tr><th>対象</th><td>{period(*duty.period)}</td>"
        f"<th>期限</th><td>{era_date(duty.due_on)}</td></tr></table>{sections}</body></html>"
    )


def _section(built: Built, section: Section) -> str:
    rows = built.rows[section.id]
    content = _form(section, rows[0]) if section.layout == "form" else _table(built, section, rows)
    return f"<section><h2>{escape(section.title['ja'])}</h2>{content}</section>"


def _form(section: Section, row: Row) -> str:
    """Pairs of label and value, two a line where both are short."""
    lines: list[str] = []
    waiting: Field | None = None
    for field in section.fields:
        long = field.type == "text" and len(shown(field, row[field.id])) > SHORT
        if waiting is not None:
            lines.append(_alone(waiting, row) if long else f"<tr>{_pair(waiting, row)}{_pair(field, row)}</tr>")
            waiting = None
            if not long:
                continue
        if long:
            lines.append(_alone(field, row))
        else:
            waiting = field
    if waiting is not None:
        lines.append(_alone(waiting, row))
    return f"<table class='form'>{COLUMNS}{''.join(lines)}</table>"


def _alone(field: Field, row: Row) -> str:
    if field.type in NUMBERS:
        return f"<tr>{_pair(field, row)}<td colspan='2' class='empty'></td></tr>"
    return f"<tr>{_pair(field, row, 3)}</tr>"


def _pair(field: Field, row: Row, span: int = 1) -> str:
    value = escape(shown(field, row[field.id]))
    return f"<th>{escape(field.title['ja'])}</th><td class='{_kind(field)}' colspan='{span}'>{value}</td>"


def _table(built: Built, section: Section, rows: list[Row]) -> str:
    head = "".join(f"<th>{escape(field.title['ja'])}</th>" for field in section.fields)
    body = "".join(f"<tr>{_cells(section, row)}</tr>" for row in rows)
    if not rows:
        body = f"<tr><td class='none' colspan='{len(section.fields)}'>該当なし</td></tr>"
    totals = built.totals(section)
    foot = ""
    if totals and rows:
        first = {section.fields[0].id: "計"} if section.fields[0].id not in totals else {}
        sums: Row = {field.id: None for field in section.fields} | totals | first
        foot = f"<tr class='sum'>{_cells(section, sums)}</tr>"
    return f"<table class='rows'><thead><tr>{head}</tr></thead><tbody>{body}{foot}</tbody></table>"


def _cells(section: Section, row: Row) -> str:
    return "".join(f"<td class='{_kind(field)}'>{escape(shown(field, row[field.id]))}</td>" for field in section.fields)


def _kind(field: Field) -> str:
    return "figure" if field.type in NUMBERS else "words"
