from __future__ import annotations

import csv
import json
import shutil
import subprocess
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import pdf, render
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.cells import era_date, period


@pytest.fixture(scope="module")
def files(built: dict[str, Built]) -> dict[str, bytes]:
    return render.render(built["placement_business_report"])


def test_all_files_are_the_same_every_time(built: dict[str, Built], files: dict[str, bytes]) -> None:
    again = render.render(built["placement_business_report"])
    assert {name: again[name] == content for name, content in files.items()} == dict.fromkeys(
        ("json", "csv", "pdf", "xlsx"), True
    )


def test_the_document_is_plain(files: dict[str, bytes]) -> None:
    found = json.loads(files["json"])
    assert (found["form"]["ja"], found["period"]) == ("様式第8号", ["2025-04-01", "2026-03-31"])
    assert found["sections"][3]["totals"] == {"placements": 3, "open_ended": 2}


def test_the_workbook_can_be_read_back(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(BytesIO(files["xlsx"]))
    values = [cell.value for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert values[:2] == ["様式第8号", "有料・無料職業紹介事業報告書"]
    assert values[values.index("合計（円）") + 1] == 1264710
    assert values[values.index("計") + 1] == 3
    assert book.properties.modified.date() == book.properties.created.date() == date(2026, 3, 31)


def test_a_text_is_no_formula(built: dict[str, Built]) -> None:
    one = built["placement_business_report"]
    rows = {**one.rows, "submitter": [{**one.rows["submitter"][0], "name": "=HYPERLINK(1)"}]}
    sheet = openpyxl.load_workbook(BytesIO(render.render(Built(one.report, one.duty, rows))["xlsx"])).active
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)"]
    assert cell.data_type == "s"


def test_the_csv_has_a_line_per_field(files: dict[str, bytes]) -> None:
    lines = list(csv.DictReader(StringIO(files["csv"].decode("utf-8-sig"))))
    (total,) = [each for each in lines if (each["section"], each["field"]) == ("fees", "all_yen")]
    assert (total["value"], total["title_ja"]) == ("1264710", "合計（円）")
    assert files["csv"].startswith(b"\xef\xbb\xbf")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_the_pdf_can_be_read_back(tmp_path: Path, files: dict[str, bytes]) -> None:
    (tmp_path / "report.pdf").write_bytes(files["pdf"])
    command = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    squeezed = "".join(text.split())
    for expected in (
        "様式第8号",
        "厚生労働大臣（都道府県労働局長経由）殿",
        "合計（円）1,264,710",
        "株式会社アイワークス",
    ):
        assert expected in squeezed
    assert "令和7年4月1日～令和8年3月31日" in squeezed


def test_the_pdf_is_of_a4_with_its_fonts(files: dict[str, bytes]) -> None:
    assert files["pdf"].startswith(b"%PDF-1.")
    document = pdf.weasyprint.HTML(string="<p>x").render()
    assert (round(document.pages[0].width), round(document.pages[0].height)) == (794, 1123)


def test_values_are_text_and_never_markup(built: dict[str, Built]) -> None:
    one = built["appi_breach final"]
    content = {**one.rows["content"][0], "other": "<img src='file:///etc/passwd'>"}
    page = pdf.page(Built(one.report, one.duty, {**one.rows, "content": [content]}))
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_missing_font_is_an_error(built: dict[str, Built], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "FACE", "Noto Serif Nowhere")
    with pytest.raises(PackError, match="install the package fonts-noto-cjk"):
        pdf.render(built["elderly_employment"])


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2028, 2, 29), "令和10年2月29日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1900, 1, 1), "1900年1月1日"),
        (date(9999, 12, 31), "期限なし"),
    ],
)
def test_days_are_of_their_era(day: date, text: str) -> None:
    assert era_date(day) == text


def test_a_day_is_no_period() -> None:
    assert period(date(2026, 6, 1), date(2026, 6, 1)) == "令和8年6月1日"
