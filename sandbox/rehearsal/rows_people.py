"""Rows of the services that know people: accounts, profiles, contacts, cases."""

from __future__ import annotations

from datetime import date
from random import Random

from sandbox.rehearsal.making import COMPANIES, Tables, ago, closed, company
from sandbox.rehearsal.persons import of_kind, persons


def identity(random: Random) -> Tables:
    everyone = persons()
    return {
        "identity.accounts": [
            {"subject_id": one.id, "kind": one.kind, "email": one.email, "password_hash": "argon2id$rehearsal",
             "language": "ja", "created_at": ago(random, 1500, 2500), "closed_at": closed(one)}
            for one in everyone
        ],
        "identity.mfa_devices": [
            {"device_id": f"M-{one.number:06d}", "subject_id": one.id, "kind": "totp",
             "secret_reference": f"mfa/{one.id}", "added_at": ago(random, 10, 900)}
            for one in everyone
        ],
        "identity.sign_ins": [
            {"sign_in_id": f"I-{one.number:06d}-{n}", "subject_id": one.id,
             "at": ago(random, 1 + 100 * n, 90 + 100 * n),
             "address": f"203.0.113.{random.randint(1, 254)}", "succeeded": random.random() < 0.95}
            for one in everyone for n in range(5)
        ],
        "identity.consent_texts": [
            {"text_id": f"{purpose}-{language}-{version}", "purpose": purpose, "version": version,
             "language": language, "body": f"Rehearsal text {version} for {purpose} ({language})",
             "in_force_from": date(2024 + version, 4, 1)}
            for purpose in ("analytics", "marketing", "scout", "health_adjustments") for language in ("ja", "en")
            for version in (1, 2)
        ],
    }  # fmt: skip


def candidate_profile(random: Random) -> Tables:
    candidates = of_kind("candidate")
    return {
        "candidate_profile.profiles": [
            {"subject_id": one.id, "family_name": one.family_name, "given_name": one.given_name,
             "family_name_kana": one.family_name_kana, "given_name_kana": one.given_name_kana,
             "birth_date": one.birth_date, "nationality": one.nationality, "phone": one.phone,
             "postal_code": f"100-{one.number:04d}", "address": f"東京都架空区例町{one.number}番地",
             "visible": random.random() < 0.7, "updated_at": ago(random, 1, 300), "closed_at": closed(one)}
            for one in candidates
        ],
        "candidate_profile.experiences": [
            {"experience_id": f"X-{one.number:06d}-{n}", "subject_id": one.id, "company": f"架空商事{n}株式会社",
             "title": random.choice(("営業", "経理", "エンジニア", "看護師")), "from_month": date(2012 + 3 * n, 4, 1),
             "until_month": date(2015 + 3 * n, 3, 1) if n < 2 else None}
            for one in candidates for n in range(3)
        ],
        "candidate_profile.skills": [
            {"subject_id": one.id, "skill": skill, "years": random.randint(1, 15)}
            for one in candidates for skill in random.sample(("Python", "簿記", "英語", "接客", "溶接", "介護"), 3)
        ],
        "candidate_profile.wishes": [
            {"subject_id": one.id, "occupation_code": random.choice("BCDE"), "prefecture_code": "13",
             "salary_min_yen": random.randint(25, 60) * 100000, "available_from": date(2027, 4, 1)}
            for one in candidates
        ],
        "sensitive.accommodations": [
            {"accommodation_id": f"H-{one.number:06d}", "subject_id": one.id, "disability": "聴覚（架空）",
             "health_note": "面接時に筆談を希望（架空）", "consent_text_id": "health_adjustments-ja-2",
             "given_at": ago(random, 30, 500)}
            for one in candidates[::20]
        ],
    }  # fmt: skip


def employer_profile(random: Random) -> Tables:
    return {
        "employer_profile.companies": [
            {"company_id": f"E-{n:04d}", "name": f"例示産業{n}株式会社", "corporate_number": None, "industry_code": "G",
             "prefecture_code": "13", "licence_number": None, "created_at": ago(random, 900, 2000)}
            for n in range(1, COMPANIES + 1)
        ],
        "employer_profile.recruiters": [
            {"subject_id": one.id, "company_id": company(random), "name": one.name, "email": one.email,
             "phone": one.phone, "joined_at": ago(random, 400, 900), "left_at": closed(one)}
            for one in of_kind("recruiter")
        ],
    }  # fmt: skip


def notification(random: Random) -> Tables:
    everyone = persons()
    return {
        "notification.contacts": [
            {"subject_id": one.id, "email": one.email, "phone": one.phone, "opted_out": one.number % 9 == 0}
            for one in everyone
        ],
        "notification.deliveries": [
            {"delivery_id": f"L-{one.number:06d}-{n}", "subject_id": one.id, "channel": random.choice(("mail", "push")),
             "template": "new_match", "subject_line": "新着求人のお知らせ（架空）", "state": "delivered",
             "sent_at": ago(random, 1 + 80 * n, 79 + 80 * n)}
            for one in everyone for n in range(3)
        ],
    }  # fmt: skip


def moderation(random: Random) -> Tables:
    opened = [
        {"case_id": f"K-{one.number:06d}", "subject_id": one.id, "kind": "message", "excerpt": "架空の抜粋",
         "verdict": "harmless", "opened_at": ago(random, 300, 900), "closed_at": ago(random, 1, 299)}
        for one in persons()[::5]
    ]  # fmt: skip
    return {
        "moderation.cases": opened,
        "moderation.case_notes": [
            {"note_id": f"{one['case_id']}-1", "case_id": one["case_id"], "staff_subject_id": "S-000193",
             "note": "Rehearsal", "at": one["closed_at"]}
            for one in opened
        ],
    }  # fmt: skip


def admin(random: Random) -> Tables:
    looked_at = persons()[::4]
    return {
        "admin.staff": [
            {"subject_id": one.id, "name": one.name, "email": one.email, "role": "support", "left_at": closed(one)}
            for one in of_kind("staff")
        ],
        "admin.looks": [
            {"look_id": f"W-{one.number:06d}", "staff_subject_id": "S-000191", "subject_id": one.id, "what": "profile",
             "reason": "ticket", "at": ago(random, 1, 300)}
            for one in looked_at
        ],
        "admin.tickets": [
            {"ticket_id": f"T-{one.number:06d}", "subject_id": one.id, "title": "架空の問い合わせ",
             "body": "架空の問い合わせです。", "opened_at": ago(random, 100, 400), "closed_at": ago(random, 1, 99)}
            for one in looked_at
        ],
    }  # fmt: skip
