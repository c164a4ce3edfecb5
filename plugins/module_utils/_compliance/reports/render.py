# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a report: its document as JSON, and what its form asks for."""

from __future__ import annotations

from importlib.util import find_spec

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import pdf, text, xlsx
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical

LIBRARIES = ("openpyxl", "weasyprint")
DOCUMENT = "json"
RENDERERS = {"csv": text.render, "pdf": pdf.render, "xlsx": xlsx.render}
MIME = {
    DOCUMENT: "application/json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def require() -> None:
    """Raise PackError naming the libraries that are missing, with those of the system they stand on."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise PackError(f"{', '.join(missing)} is missing: pip install -r requirements.txt")
    if not hasattr(pdf, "weasyprint"):
        raise PackError("WeasyPrint finds no Pango: install the package libpangoft2-1.0-0 (Debian, Ubuntu)")


def render(built: Built) -> dict[str, bytes]:
    """The content by format, the document first. Raises PackError when a font is missing."""
    found = {DOCUMENT: canonical(built.document)}
    return found | {each: RENDERERS[each](built) for each in sorted(built.form.formats)}
