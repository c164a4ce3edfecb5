"""The newest record of an item, for tools that print what it holds."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def options(name: str, about: str | None) -> argparse.Namespace:
    """The option --state: the directory of a sandbox, or of an environment."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=about)
    state = os.environ.get("IWORKZ_SANDBOX_STATE") or ROOT / ".sandbox"
    parser.add_argument("--state", type=Path, default=Path(state), help="directory that holds evidence/")
    return parser.parse_args()


def newest(state: Path, item: str) -> dict[str, Any]:
    """The last record of an item. Exits, saying how to get one, where there is none."""
    records = sorted((state / "evidence" / item).glob("[0-9]*.json"))
    if not records:
        raise SystemExit(f"There is no evidence of {item} in {state}: run playbooks/verify.yml -e items={item}")
    found: dict[str, Any] = json.loads(records[-1].read_text(encoding="utf-8"))
    return found
