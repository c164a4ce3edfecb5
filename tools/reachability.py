"""Prints which tier reaches which, from the newest evidence of 2.1.3.2: `python -m tools.reachability`."""

from __future__ import annotations

import sys

from tools.evidence import newest, options


def main() -> int:
    record = newest(options("tools.reachability", __doc__).state, "2.1.3.2")
    print(f"{record['verdict']}, {record['environment']}, {record['checked_at']}: open TCP ports", "", sep="\n")
    print(*record["observed"]["reachability"], sep="\n")
    return 0 if record["verdict"] == "pass" else 1


if __name__ == "__main__":
    sys.exit(main())
