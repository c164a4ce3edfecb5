# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's command: pack, check, test, sql, snapshot, evaluate, diff, run and report."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import (
    command_pack,
    command_report,
    command_run,
    command_snapshot,
    packtests,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate as evaluation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.console import say
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.dialects import DIALECTS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.diff import diff as differences
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import WARNING_SHARE, Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import VERDICTS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot, SnapshotError

PROGRAM = "python -m ansible_collections.iworkz.platform.plugins.module_utils._compliance.command"


def check(options: argparse.Namespace) -> int:
    """Read a pack, have DuckDB look at its queries, and say what the pack is."""
    pack = load(options.pack, options.rules or None)
    problems = packtests.bind(pack, options.rules or sorted(pack.rules), DuckDb())
    for line in problems:
        say(line, file=sys.stderr)
    judged = [rule for rule in pack.rules.values() if rule.select is not None]
    say(f"{pack.id} {pack.version} {pack.hash}")
    say(f"{len(judged)} rules with a query, {len(pack.rules) - len(judged)} attested, {len(pack.schema)} tables")
    return 2 if problems else 0


def test(options: argparse.Namespace) -> int:
    """Run the tests of rules."""
    pack = load(options.pack, options.rules or None)
    runner = packtests.Runner(pack, DuckDb())
    outcomes = []
    for name in options.rules or sorted(pack.rules):
        outcome = runner.run(pack.rules[name])
        outcomes.append(outcome)
        count = f"{outcome.passed} of {outcome.passed + len(outcome.failed)} tests passed"
        say(f"{outcome.rule}: {count}, {len(outcome.uncovered)} sides of effective dates untested")
        for line in (*outcome.failed, *outcome.uncovered):
            say(f"  {line}")
    failed = sum(len(each.failed) for each in outcomes)
    uncovered = sum(len(each.uncovered) for each in outcomes)
    passed = sum(each.passed for each in outcomes)
    say(f"{len(outcomes)} rules: {passed} tests passed, {failed} failed, {uncovered} sides of effective dates untested")
    return 1 if failed or uncovered else 0


def sql(options: argparse.Namespace) -> int:
    """Print a rule as SQL."""
    pack = load(options.pack, options.rules)
    compiler = pack.compiler(_situation(options, pack.as_of), _overrides(options))
    for name in options.rules:
        say(compiler.sql(pack.rules[name], options.dialect) + ";")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Judge a snapshot; print what was found by rule."""
    if options.out is not None:
        return _report(_evaluated(options, options.pack, options.out, options.law_date))
    with tempfile.TemporaryDirectory() as directory:
        return _report(_evaluated(options, options.pack, Path(directory), options.law_date))


def diff(options: argparse.Namespace) -> int:
    """Compare two evaluations, or two packs on one snapshot, the second with the law of --law-date."""
    with tempfile.TemporaryDirectory() as scratch:
        sides = []
        for name, source, law_date in (("before", options.before, None), ("after", options.after, options.law_date)):
            directory = source
            if (source / "pack.yml").exists():
                directory = Path(scratch) / name
                _evaluated(options, source, directory, law_date)
            sides.append(directory)
        changes = Counter[str]()
        for each in differences(*sides):
            changes[each["change"]] += 1
            found = each["after"] or each["before"]
            said = found["message"][options.language]
            was, now = (one["verdict"] if one else "ok" for one in (each["before"], each["after"]))
            if options.json:
                say(json.dumps(each, ensure_ascii=False, sort_keys=True))
            else:
                say(f"{each['change']}: {found['rule']} {found['reference']} {was} -> {now}: {said}")
    say(", ".join(f"{changes[kind]} {kind}" for kind in ("new", "gone", "changed")), file=sys.stderr)
    return 1 if changes else 0


def _evaluated(
    options: argparse.Namespace, source: Path, directory: Path, law_date: date | None
) -> evaluation.Evaluation:
    if options.snapshot is None or options.as_of is None:
        raise PackError("--snapshot and --as-of are needed to judge")
    # Reading a pack is Python, verifying a snapshot is not: each has a core.
    with ThreadPoolExecutor(max_workers=1) as pool:
        verified = pool.submit(Snapshot, options.snapshot)
        pack = load(source)
    situation = _situation(options, options.as_of)
    return evaluation.evaluate(
        pack,
        verified.result(),
        as_of=situation.as_of,
        directory=directory,
        period=situation.period,
        rules=options.rule or None,
        overrides=_overrides(options),
        warning_share=situation.warning_share,
        law_date=law_date,
        memory_mib=options.memory_mib,
        threads=options.threads,
    )


def _report(found: evaluation.Evaluation) -> int:
    rules = found.document["rules"]
    say(f"{'rule':<28}" + "".join(f"{verdict:>12}" for verdict in VERDICTS) + f"{'seconds':>10}")
    for name, each in rules.items():
        counts = "".join(f"{each['cases'][verdict]:>12}" for verdict in VERDICTS)
        say(f"{name:<28}{counts}{found.seconds[name]:>10.2f}")
        if each["problem"]:
            say(f"  not judged: {each['problem']}")
    return 0 if found.complete else 1


def _situation(options: argparse.Namespace, as_of: date) -> Situation:
    return Situation(options.as_of or as_of, (options.start, options.until), options.warning_share, options.law_date)


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    found = {}
    for each in options.override:
        name, _equals, value = each.partition("=")
        try:
            found[name] = json.loads(value)
        except ValueError as error:
            raise PackError(f"--override {each}: takes RULE.parameter=number, or a JSON list of items") from error
    return found


def _share(text: str) -> Decimal:
    share = Decimal(text)
    if not 0 < share <= 1:
        raise ValueError
    return share


def _parser() -> argparse.ArgumentParser:
    question = argparse.ArgumentParser(add_help=False)
    question.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="the day of the evaluation")
    question.add_argument("--from", dest="start", type=date.fromisoformat, metavar="DATE", help="first day judged")
    question.add_argument("--to", dest="until", type=date.fromisoformat, metavar="DATE", help="last day judged")
    question.add_argument(
        "--law-date", type=date.fromisoformat, metavar="DATE", help="apply the law of this day to all"
    )
    question.add_argument(
        "--override", action="append", default=[], metavar="RULE.PARAMETER=VALUE", help="stricter only"
    )
    question.add_argument("--warning-share", type=_share, default=WARNING_SHARE, metavar="SHARE", help="of a cap")
    run = argparse.ArgumentParser(add_help=False)
    run.add_argument("--snapshot", type=Path, metavar="DIR")
    run.add_argument("--rule", action="append", default=[], metavar="RULE", help="judge only these")
    run.add_argument("--memory-mib", type=int, default=1024)
    run.add_argument("--threads", type=int, default=2)
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function in (check, test):
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.add_argument("pack", type=Path)
        command.add_argument("rules", nargs="*", metavar="RULE")
        command.set_defaults(run=function)
    command = commands.add_parser("sql", help=sql.__doc__, parents=[question])
    command.add_argument("pack", type=Path)
    command.add_argument("rules", nargs="+", metavar="RULE")
    command.add_argument("--dialect", choices=DIALECTS, default="duckdb")
    command.set_defaults(run=sql)
    command = commands.add_parser("evaluate", help=evaluate.__doc__, parents=[question, run])
    command.add_argument("pack", type=Path)
    command.add_argument("--out", type=Path, metavar="DIR", help="where findings.jsonl and evaluation.json go")
    command.set_defaults(run=evaluate)
    command = commands.add_parser("diff", help=diff.__doc__, parents=[question, run])
    command.add_argument("before", type=Path, help="directory of an evaluation, or of a pack")
    command.add_argument("after", type=Path, help="directory of an evaluation, or of a pack")
    command.add_argument("--language", choices=("en", "ja"), default="en")
    command.add_argument("--json", action="store_true", help="one JSON object per difference")
    command.set_defaults(run=diff)
    for each in (command_pack, command_snapshot, command_run, command_report):
        each.add(commands)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when something isn't, 2 when the pack or the question is wrong."""
    options = _parser().parse_args(arguments)
    try:
        evaluation.require()
        return int(options.run(options))
    except (PackError, SnapshotError) as error:
        say(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
