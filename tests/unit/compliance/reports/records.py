"""One employer that owes every report that is built, with records whose figures are easily counted."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from tests.unit.compliance import packs

AS_OF = date(2026, 11, 1)
Rows = dict[str, list[dict[str, Any]]]
YEAR = date(2026, 3, 31)
JUNE = date(2026, 6, 1)


def declared(
    report: str, period_end: date | None, subject_id: str | None = None, **values: str
) -> list[dict[str, Any]]:
    """Entries of an employer for one report."""
    establishment = "S1" if report == "dispatch_business" else None
    return [
        {
            "input_id": f"{report}-{subject_id}-{field}",
            "report": report,
            "establishment_id": establishment,
            "period_end": period_end,
            "subject_id": subject_id,
            "field": field,
            "value": value,
        }
        for field, value in values.items()
    ]


def rows() -> Rows:
    """A year of an agency that also dispatches, and employs foreigners, older people and people with disabilities."""
    return {
        "employers": [
            {
                "employer_id": "E1",
                "name": "株式会社アイワークス",
                "corporate_number": "1234567890123",
                "representative": "代表取締役　山田 太郎",
                "address": "東京都千代田区霞が関一丁目2番3号",
                "phone": "03-0000-0000",
                "headcount": 120,
                "regular_headcount": 111.5,
                "fiscal_year_end_month": 3,
            }
        ],
        "establishments": [
            {"establishment_id": "S1", "name": "本社", "address": "東京都千代田区霞が関一丁目2番3号", "headcount": 60},
            {"establishment_id": "S2", "employer_id": "CLIENT", "name": "派遣先工場", "headcount": 200},
        ],
        "workers": [
            {"worker_id": "W1", "birth_date": date(1990, 5, 1), "disability_class": "severe"},
            {
                "worker_id": "W2",
                "birth_date": date(1961, 6, 2),
                "sex": "male",
                "disability_class": "ordinary",
                "weekly_hours": 25,
            },
            {
                "worker_id": "W3",
                "birth_date": date(1961, 6, 1),
                "sex": "male",
                "disability_class": "mental",
                "weekly_hours": 20,
            },
            {
                "worker_id": "W4",
                "birth_date": date(1998, 2, 28),
                "nationality": "VN",
                "residence_status": "engineer_humanities_international",
                "hired_on": date(2026, 7, 1),
                "left_on": date(2026, 10, 30),
            },
        ],
        "worker_names": [{"worker_id": "W4", "name": "NGUYEN VAN A", "name_kana": "グエン ヴァン エー"}],
        "contracts": [{"contract_id": "C1"}, {"contract_id": "C2", "worker_id": "W2", "kind": "fixed_term"}],
        "enrolments": [{"worker_id": "W4", "scheme": "employment", "acquired_on": date(2026, 7, 1)}],
        "residence_cards": [{"worker_id": "W4", "card_number": "AB12345678CD", "expires_on": date(2028, 2, 29)}],
        "work_rules": [{"establishment_id": "S1"}],
        "licences": [
            {"licence_id": "L1", "valid_from": date(2024, 4, 1), "valid_to": date(2027, 3, 31)},
            {
                "licence_id": "L2",
                "kind": "dispatch",
                "number": "派13-300001",
                "valid_from": date(2024, 4, 1),
                "valid_to": date(2027, 3, 31),
            },
        ],
        "placements": [
            {
                "placement_id": "PL1",
                "placed_on": date(2025, 4, 1),
                "starts_on": date(2025, 5, 1),
                "left_on": date(2025, 10, 31),
            },
            {
                "placement_id": "PL2",
                "placed_on": date(2026, 3, 31),
                "starts_on": date(2025, 5, 1),
                "left_on": date(2025, 11, 1),
            },
            {
                "placement_id": "PL3",
                "placed_on": date(2025, 6, 1),
                "starts_on": date(2025, 7, 1),
                "contract_kind": "fixed_term",
                "contract_ends_on": date(2025, 10, 30),
                "occupation": "sales",
            },
            {"placement_id": "PL4", "placed_on": date(2026, 4, 1)},
        ],
        "job_postings": [
            {"posting_id": "J1", "accepted_on": date(2025, 4, 1)},
            {"posting_id": "J2", "accepted_on": date(2026, 4, 1)},
        ],
        "fees": [
            {"fee_id": "F1", "charged_on": date(2025, 6, 1), "amount_yen": 264000},
            {"fee_id": "F2", "charged_on": date(2025, 7, 1), "amount_yen": 1000000, "system": "fee_table"},
            {"fee_id": "F3", "charged_on": date(2025, 7, 1), "amount_yen": 710, "kind": "reception"},
        ],
        "clients": [{"client_id": "CL1"}],
        "dispatch_assignments": [
            {"assignment_id": "A1", "starts_on": date(2025, 4, 1), "ends_on": date(2026, 9, 30)},
            {
                "assignment_id": "A2",
                "worker_id": "W2",
                "contract_id": "C2",
                "starts_on": date(2026, 3, 31),
                "ends_on": date(2026, 5, 31),
            },
        ],
        "dispatch_pay_terms": [
            {"assignment_id": "A1", "applies_from": date(2025, 4, 1), "hourly_yen": 1800},
            {"assignment_id": "A2", "applies_from": date(2026, 3, 31), "hourly_yen": 2000},
        ],
        "agreements36": [
            {"agreement_id": "G1", "special_clause": True, "special_month_hours": 80, "special_year_hours": 720}
        ],
        "timesheets": [
            {
                "timesheet_id": "T1",
                "worker_id": "W1",
                "work_date": date(2026, 9, 1),
                "overtime_min": 2760,
                "establishment_id": "S1",
            },
            {
                "timesheet_id": "T2",
                "worker_id": "W1",
                "work_date": date(2026, 10, 1),
                "overtime_min": 1815,
                "establishment_id": "S1",
            },
            {
                "timesheet_id": "T3",
                "worker_id": "W1",
                "work_date": date(2026, 10, 4),
                "holiday_work_min": 480,
                "work_min": 480,
                "establishment_id": "S1",
            },
        ],
        "timesheet_closings": [
            {"month": date(2026, 9, 1), "closed_on": date(2026, 10, 1)},
            {"month": date(2026, 10, 1), "closed_on": date(2026, 11, 1)},
        ],
        "incidents": [
            {
                "incident_id": "IN1",
                "occurred_at": "2026-09-30 03:00:00",
                "known_at": "2026-10-01 10:00:00",
                "persons": 1200,
                "malicious": True,
                "preliminary_reported_at": "2026-10-03 18:00:00",
                "gdpr_applies": True,
            }
        ],
        "report_inputs": [
            *declared(
                "placement_business_report",
                YEAR,
                applications="25",
                undetermined="0",
                abroad="0",
                refund_scheme="true",
                refund_terms="入社後3か月以内の自己都合退職の場合、手数料の50%を返戻する。1か月以内は80%とする。",
                managers="2",
                staff="11",
                training="職業紹介責任者講習の受講、関係法令・個人情報保護に関する社内研修（年4回、全従事者）",
            ),
            *declared(
                "dispatch_business",
                YEAR,
                registered="150",
                fee_yen="22400",
                sales_yen="123456789",
                trained="2",
                training_hours="8.50",
                counsellors="1",
                counselled="2",
                direct_requests="1",
                direct_hires="1",
            ),
            *declared("elderly_employment", JUNE, reached="2", continued="2"),
            *declared("disability_employment", JUNE, promoter="人事部長　鈴木 花子"),
            *declared(
                "appi_breach",
                None,
                "IN1",
                outline="採用管理システムへの不正アクセスにより、応募者の個人データが外部へ送信されたおそれがある。",
                items="氏名、生年月日、住所、電話番号、電子メールアドレス、職務経歴",
                cause="公開サーバのライブラリの脆弱性が悪用された。修正プログラムの適用が公開から12日遅れていた。",
                secondary_harm="現時点で確認されていない。迷惑メールの増加のおそれがある。",
                response="10月5日までに全員へ電子メールで通知し、専用窓口を設置した。",
                publication="10月5日に自社サイトで公表した。",
                prevention="脆弱性対応の期限を48時間に短縮し、自動適用と到達確認を行う。外向き通信を許可制とした。",
            ),
        ],
    }


def snapshot(path: Path, pack: Pack, **changes: list[dict[str, Any]]) -> Snapshot:
    """The snapshot of the rows, with the tables given in place of theirs."""
    return packs.snapshot(path, pack, {**rows(), **changes})
