"""Copies of the candidates' profiles that are searched: without names and contacts, found by the person's id."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.rehearsal.account import Account
from sandbox.rehearsal.making import TODAY, ago
from sandbox.rehearsal.persons import SEED, of_kind

ALIAS = "candidates"


def documents() -> dict[str, dict[str, Any]]:
    """By id, which is the person's."""
    random = Random(f"{SEED}/search")
    return {
        one.id: {
            "candidate_id": one.id,
            "headline": "営業職を希望（架空）",
            "summary": "架空の経歴です。",
            "skills": random.choice(("簿記", "英語", "溶接")),
            "desired_occupation_codes": ["D"],
            "desired_prefecture_codes": ["13"],
            "experience_years": random.randint(0, 20),
            "visible": True,
            "available_from": TODAY.date().isoformat(),
            "updated_at": ago(random, 1, 100).isoformat(),
        }
        for one in of_kind("candidate")
    }


def index(account: Account) -> bool:
    """Index what is not there; False when everything was."""
    wanted = documents()
    query = {"query": {"match_all": {}}, "size": len(wanted) * 2, "_source": False}
    found = account.search("POST", f"/{ALIAS}/_search", [query])
    there = {hit["_id"] for hit in found["hits"]["hits"]}
    missing = [name for name in wanted if name not in there]
    if not missing:
        return False
    lines = [line for name in missing for line in ({"index": {"_index": ALIAS, "_id": name}}, wanted[name])]
    account.search("POST", "/_bulk?refresh=true", lines)
    return True
