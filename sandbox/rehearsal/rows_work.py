"""Rows of the services that bring people and work together: postings, applications, interviews, invoices."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from sandbox.rehearsal.making import (
    COMPANIES,
    POSTINGS,
    TODAY,
    Row,
    Tables,
    ago,
    applications,
    company,
    posting,
)
from sandbox.rehearsal.persons import of_kind


def job_posting(random: Random) -> Tables:
    recruiters = of_kind("recruiter")
    return {
        "job_posting.postings": [
            {"posting_id": f"P-{n:05d}", "company_id": company(random), "title": "営業職（架空の求人）",
             "description": "架空の求人です。", "occupation_code": "D", "prefecture_code": "13",
             "salary_min_yen": 3000000, "salary_max_yen": 5000000, "status": "published" if n % 3 else "closed",
             "contact_subject_id": recruiters[n % len(recruiters)].id, "published_at": ago(random, 30, 200),
             "expires_at": TODAY + timedelta(days=60)}
            for n in range(POSTINGS)
        ] + [
            {"posting_id": f"P-{POSTINGS:05d}", "company_id": "E-0001", "title": "事務職（架空の求人）",
             "description": "架空の求人です。", "occupation_code": "C", "prefecture_code": "27",
             "salary_min_yen": 2800000, "salary_max_yen": 4000000, "status": "draft", "contact_subject_id": None,
             "published_at": None, "expires_at": None}
        ],
        "job_posting.posting_views": [
            {"posting_id": f"P-{n:05d}", "day": TODAY.date(), "views": random.randint(0, 500)} for n in range(POSTINGS)
        ],
        "job_posting.application_questions": [
            {"question_id": f"Q-{n:05d}-{field}", "posting_id": f"P-{n:05d}", "field": field, "label": label,
             "required": field == "motivation"}
            for n in range(POSTINGS) for field, label in (("motivation", "志望動機"), ("qualifications", "資格"))
        ],
    }  # fmt: skip


def matching(random: Random) -> Tables:
    candidates = of_kind("candidate")
    decided = [
        {"decision_id": f"D-{one.number:06d}-{n}", "subject_id": one.id, "posting_id": posting(random),
         "score": round(random.random(), 4), "model_version": f"2026.{9 + n}",
         "human_review": "done" if one.number % 10 == 1 else "not_required", "notice_shown_at": ago(random, 1, 60),
         "decided_at": ago(random, 1, 60)}
        for one in candidates for n in range(3)
    ]  # fmt: skip
    return {
        "matching.model_versions": [
            {"model_version": f"2026.{9 + n}", "trained_at": TODAY - timedelta(days=90 - 30 * n),
             "description": "Rehearsal"}
            for n in range(3)
        ],
        "matching.decisions": decided,
        "matching.decision_reviews": [
            {"review_id": f"V-{one['decision_id']}", "decision_id": one["decision_id"],
             "reviewer_subject_id": "S-000191", "outcome": "kept", "reason": "Looked at by a person (rehearsal)",
             "reviewed_at": ago(random, 0, 1)}
            for one in decided if one["human_review"] == "done"
        ],
    }  # fmt: skip


def application_tracking(random: Random) -> Tables:
    made = []
    for number, (name, one, where) in enumerate(applications()):
        submitted = ago(random, 20, 400)
        state = random.choice(("submitted", "interview", "refused", "offered"))
        made.append(
            {"application_id": name, "subject_id": one.id, "posting_id": where, "state": state,
             "motivation": "架空の志望動機です。", "submitted_at": submitted,
             "closed_at": TODAY - timedelta(days=7 * number) if state == "refused" else None}
        )  # fmt: skip
    return {
        "application_tracking.applications": made,
        "application_tracking.application_events": [
            {"event_id": f"{one['application_id']}-1", "application_id": one["application_id"], "kind": one["state"],
             "note": "Rehearsal", "at": one["submitted_at"]}
            for one in made
        ],
        "application_tracking.offers": [
            {"offer_id": f"O-{one['application_id']}", "application_id": one["application_id"], "salary_yen": 4200000,
             "starts_on": date(2027, 4, 1), "answered": random.choice((None, "accepted"))}
            for one in made if one["state"] == "offered"
        ],
        "application_tracking.placement_register": [
            {"entry_id": f"R-{one.number:06d}", "subject_id": one.id, "name": one.name, "birth_date": one.birth_date,
             "accepted_on": (accepted := ago(random, 30, 1400).date()), "valid_until": accepted + timedelta(days=365),
             "introduced_to": company(random), "result": random.choice(("hired", "not hired"))}
            for one in of_kind("candidate")
        ],
    }  # fmt: skip


def interview(random: Random) -> Tables:
    made = [
        {"interview_id": f"N-{name[2:]}", "application_id": name, "subject_id": one.id,
         "recruiter_subject_id": "S-000161", "starts_at": ago(random, 1, 300), "video_url": None, "state": "held"}
        for name, one, where in applications()
    ]  # fmt: skip
    return {
        "interview.interviews": made,
        "interview.evaluations": [
            {"evaluation_id": f"{one['interview_id']}-1", "interview_id": one["interview_id"],
             "rating": random.randint(1, 5), "comment": "架空の評価です。", "written_at": one["starts_at"]}
            for one in made
        ],
    }  # fmt: skip


def messaging(random: Random) -> Tables:
    made: list[Row] = [
        {"conversation_id": f"C-{name[2:]}", "subject_id": one.id, "recruiter_subject_id": "S-000162",
         "application_id": name, "opened_at": ago(random, 200, 300), "closed_at": ago(random, 1, 199)}
        for name, one, where in applications()
    ]  # fmt: skip
    return {
        "messaging.conversations": made,
        "messaging.messages": [
            {"message_id": f"{one['conversation_id']}-{n}", "conversation_id": one["conversation_id"],
             "sender_subject_id": sender, "body": "架空のメッセージです。",
             "sent_at": one["opened_at"] + timedelta(hours=n), "read_at": None}
            for one in made for n, sender in enumerate((one["subject_id"], one["recruiter_subject_id"]))
        ],
    }  # fmt: skip


def billing(random: Random) -> Tables:
    contacts = of_kind("recruiter")[:COMPANIES]
    issued = [
        {"invoice_id": f"B-{n:05d}", "company_id": f"E-{n % COMPANIES + 1:04d}",
         "contact_subject_id": contacts[n % COMPANIES].id, "issued_on": ago(random, 10, 2300).date(), "net_yen": 300000,
         "consumption_tax_yen": 30000, "paid_on": None}
        for n in range(80)
    ]  # fmt: skip
    candidates = of_kind("candidate")
    return {
        "billing.plans": [{"plan_id": "standard", "name": "スタンダード", "monthly_yen": 50000}],
        "billing.billing_contacts": [
            {"subject_id": one.id, "company_id": f"E-{n + 1:04d}", "name": one.name, "email": one.email,
             "bank_reference": f"rehearsal-{n}", "ended_at": None}
            for n, one in enumerate(contacts)
        ],
        "billing.invoices": issued,
        "billing.placement_fees": [
            {"fee_id": f"F-{one['invoice_id']}", "invoice_id": one["invoice_id"],
             "placed_subject_id": candidates[n].id, "fee_yen": 300000, "started_on": one["issued_on"]}
            for n, one in enumerate(issued)
        ],
    }  # fmt: skip


def content(random: Random) -> Tables:
    return {
        "content.pages": [
            {"page_id": f"G-{n:03d}", "slug": f"rehearsal-{n}", "language": "ja", "title": "架空の記事",
             "body": "架空の記事です。", "author_subject_id": None if n else "S-000192",
             "published_at": ago(random, 1, 90)}
            for n in range(10)
        ],
        "content.redirects": [{"source": "/old", "target": "/"}],
    }  # fmt: skip
