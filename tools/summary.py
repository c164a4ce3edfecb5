"""Prints the decision of the last readiness report and where the report is."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_SHOWN_REASONS = 5
_UNCHECKED = "core.gate_unchecked"


def summary(report: dict[str, Any]) -> list[str]:
    """Return the lines: decision, items per verdict, the first reasons in English, what was not looked at."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report["summary"].items() if count)
    lines = [f"{report['decision']}  {report['environment']}: {counts}"]
    reasons = [reason for reason in report["reasons"] if reason["id"] != _UNCHECKED]
    lines += [f"  - {' '.join(filter(None, (r.get('item'), r['en'])))}" for r in reasons[:_SHOWN_REASONS]]
    if len(reasons) > _SHOWN_REASONS:
        lines.append(f"  - and {len(reasons) - _SHOWN_REASONS} more reasons, in the report")
    if unchecked := len(report["reasons"]) - len(reasons):
        lines.append(f"  - {unchecked} items without evidence")
    return lines


def main() -> int:
    """Print the summary of the report in a directory; the sandbox's unless told otherwise."""
    state = Path(os.environ.get("IWORKZ_SANDBOX_STATE") or ROOT / ".sandbox")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=state / "report")
    directory = parser.parse_args().directory
    report = json.loads((directory / "readiness.json").read_text(encoding="utf-8"))
    print("", *summary(report), "", f"Report: {(directory / 'readiness.html').resolve()}", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
