"""Judges what an independent scanner finds in a launched sandbox: `tools/scan.sh`, which installs the scanner first.

Prowler reads the services and regions of docs/scanner.yml through the emulator's API, with no internet, and
tools/scan_judge.py holds what it found against the exceptions there. Exit code 1 when a failure of medium severity or
more, or something that could not be read, has no exception, or an exception is no longer needed. The scan stays in
build/scanner/scan.json; `--again` judges that one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tools.scan_judge import GRAVE, Judgement, judge

ROOT = Path(__file__).resolve().parent.parent
REVIEWED = ROOT / "docs" / "scanner.yml"
SCANNER = ROOT / "build" / "scanner"
SCAN = SCANNER / "scan.json"
STATUSES = ("PASS", "FAIL", "MANUAL")


def read(port: int, reviewed: dict[str, Any]) -> dict[str, Any]:
    """The scan of the sandbox on a port, with the calls that the emulator could not answer among its errors."""
    endpoint = f"http://127.0.0.1:{port}"
    since = _ask(f"{endpoint}/_sandbox/calls?since=999999999")["sequence"]
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIASCANNERSCANNER00",
        "AWS_SECRET_ACCESS_KEY": "scanner",
        "AWS_DEFAULT_REGION": reviewed["regions"][0],
        "AWS_EC2_METADATA_DISABLED": "true",
        # A refusal is final here, and 501 is not retried anyway.
        "AWS_MAX_ATTEMPTS": "1",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [SCANNER / "bin" / "python", ROOT / "tools" / "scanner" / "read.py"]
    scope = [",".join(reviewed[name]) for name in ("regions", "services")]
    subprocess.run([*command, *scope, SCAN], env=kept | environment, cwd=SCANNER, check=True)
    scan: dict[str, Any] = json.loads(SCAN.read_text("utf-8"))
    calls = _ask(f"{endpoint}/_sandbox/calls?since={since}")["calls"]
    scan["errors"] += unmentioned(calls, [error["message"] for error in scan["errors"]])
    SCAN.write_text(json.dumps(scan, indent=1), encoding="utf-8")
    return scan


def unmentioned(calls: list[dict[str, Any]], messages: list[str]) -> list[dict[str, str]]:
    """Calls that the emulator did not answer, as errors: those of which the scanner's log says nothing."""
    failed = [call for call in calls if call["status"] >= 500]
    return [
        {"service": "emulator", "message": f"{call['service']}:{call['operation']}"}
        for call in failed
        if not any(f"calling the {call['operation']} operation" in message for message in messages)
    ]


def table(judged: Judgement) -> str:
    """Findings by severity and status."""
    there = {severity for severity, _status in judged.statuses}
    severities = [one for one in (*GRAVE, "low", "informational") if one in there]
    rows = [f"| {one} | {' | '.join(str(judged.statuses[one, it]) for it in STATUSES)} |" for one in severities]
    return "\n".join([f"| severity | {' | '.join(STATUSES)} |", "|---|--:|--:|--:|", *rows])


def told(judged: Judgement, scan: dict[str, Any]) -> str:
    """The judgement in words, faults last."""
    lines = [*sorted(judged.minor), "", table(judged), ""]
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(judged.excused.items())) or "none"
    lines.append(f"{len(scan['checks'])} checks in {scan['seconds']:.0f} s; excused: {kinds}; low: {len(judged.minor)}")
    lines.append(f"{len(judged.silent)} checks found nothing of their kind in the account")
    lines.append(f"{len(judged.blind)} checks can't be counted as passed, their service was not read to the end:")
    lines += [f"  {one}" for one in judged.blind]
    lines += sorted(judged.faults)
    lines.append(f"{len(judged.faults)} faults")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.scan", description=__doc__)
    parser.add_argument("--again", action="store_true", help="judge the last scan again")
    options = parser.parse_args()
    reviewed = yaml.safe_load(REVIEWED.read_text("utf-8"))
    port = int(os.environ.get("IWORKZ_SANDBOX_PORT", "4566"))
    scan = json.loads(SCAN.read_text("utf-8")) if options.again else read(port, reviewed)
    judged = judge(scan, reviewed, datetime.now(UTC).date())
    print(told(judged, scan))
    return 1 if judged.faults else 0


def _ask(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
