"""Prints which kinds of tokens each service lets in, by the newest evidence of 2.1.2.4: `python -m tools.jwt_table`."""

from __future__ import annotations

import sys

from tools.evidence import newest, options


def main() -> int:
    record = newest(options("tools.jwt_table", __doc__).state, "2.1.2.4")
    print(f"{record['verdict']}, {record['environment']}, {record['checked_at']}", "", sep="\n")
    print(*record["observed"]["token_table"], sep="\n")
    return 0 if record["verdict"] == "pass" else 1


if __name__ == "__main__":
    sys.exit(main())
