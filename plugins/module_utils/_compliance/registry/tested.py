# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tests of a pack's rules say, when it is published."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError

SHOWN = 10


def run(pack: Pack) -> dict[str, Any]:
    """Run all tests; return ``{rules, passed, failed: 0, uncovered: 0, engine}``.

    Raises PackError naming the tests that fail and the sides of effective dates that none is judged on.
    """
    evaluate.require()
    runner = Runner(pack, DuckDb())
    passed = 0
    wrong: list[str] = []
    for rule in pack.rules.values():
        outcome = runner.run(rule)
        passed += outcome.passed
        wrong += [f"{rule.id}: {line}" for line in (*outcome.failed, *outcome.uncovered)]
    if wrong:
        more = [f"... and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        raise PackError(
            "\n".join([f"{pack.id} {pack.version} is not published: its tests fail", *wrong[:SHOWN], *more])
        )
    engine = f"duckdb {version('duckdb')}"
    return {"rules": len(pack.rules), "passed": passed, "failed": 0, "uncovered": 0, "engine": engine}
