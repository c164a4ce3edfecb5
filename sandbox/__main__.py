"""The command line: `python -m sandbox VERB`, of which `--help` tells the verbs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from sandbox import commands, kubeconfig, observing
from sandbox.settings import DEFAULT_PORT, DEFAULT_STATE, SandboxError, Settings

DONE = {"start": "started", "stop": "stopped", "kill": "killed"}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.of(options.state, options.port, getattr(options, "planes", None))
        return int(options.run(settings, options))
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--state", help=f"state directory (IWORKZ_SANDBOX_STATE, {DEFAULT_STATE})")
    common.add_argument("--port", type=int, help=f"port of the AWS APIs (IWORKZ_SANDBOX_PORT, {DEFAULT_PORT})")
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The embedded sandbox.")
    verbs = parser.add_subparsers(required=True, metavar="command")

    verb = verbs.add_parser("up", parents=[common], help="start it and wait until it answers")
    verb.add_argument(
        "--planes",
        action=argparse.BooleanOptionalAction,
        default=_planes_by_environment(),
        help="real servers behind the emulated resources (IWORKZ_SANDBOX_PLANES=0|1, yes)",
    )
    verb.set_defaults(run=_up)
    verbs.add_parser("down", parents=[common], help="stop it; its state is kept").set_defaults(run=_down)
    verb = verbs.add_parser("status", parents=[common], help="what runs; exit code 3 when it is down")
    verb.add_argument("--json", action="store_true")
    verb.set_defaults(run=_status)
    verbs.add_parser("reset", parents=[common], help="empty it").set_defaults(run=_reset)
    verb = verbs.add_parser("logs", parents=[common], help="the end of a program's log")
    verb.add_argument("program", nargs="?", default="aws")
    verb.add_argument("--lines", type=int, default=50)
    verb.set_defaults(run=_logs)
    verb = verbs.add_parser("kubeconfig", parents=[common], help="how kubectl reaches a cluster, as its administrator")
    verb.add_argument("cluster", nargs="?", help="name of an EKS cluster; the only one by default")
    verb.add_argument("--file", type=Path, help="write it there instead of printing it")
    verb.set_defaults(run=_kubeconfig)
    verb = verbs.add_parser("rehearse", parents=[common], help="make what services and users would have, once launched")
    verb.set_defaults(run=_rehearse)
    observing.add(verbs, common)
    for name, does in (("start", "start"), ("stop", "stop"), ("kill", "kill, with all its processes,")):
        verb = verbs.add_parser(name, parents=[common], help=f"{does} one program")
        verb.add_argument("program")
        verb.set_defaults(run=_one, command=getattr(commands, name), done=DONE[name])
    return parser


def _planes_by_environment() -> bool | None:
    """What IWORKZ_SANDBOX_PLANES says, None when it says nothing."""
    value = os.environ.get("IWORKZ_SANDBOX_PLANES", "")
    return None if value == "" else value != "0"


def _up(settings: Settings, options: argparse.Namespace) -> int:
    commands.up(settings)
    print(f"sandbox is up: {settings.url}")
    return 0


def _down(settings: Settings, options: argparse.Namespace) -> int:
    print("sandbox is down" if commands.down(settings) else "sandbox was not running")
    return 0


def _status(settings: Settings, options: argparse.Namespace) -> int:
    status = commands.status(settings)
    if options.json:
        print(json.dumps(status, indent=2))
    else:
        print(f"sandbox {'is up' if status['running'] else 'is down'}: {status['url']}, state in {status['state']}")
        width = max(map(len, status["programs"]))
        for name, program in status["programs"].items():
            ready = "ready" if program["ready"] else "not ready"
            print(f"  {name:{width}} {program['state']:10} {ready:10} pid {program.get('pid') or '-'}")
    return 0 if status["running"] and all(program["ready"] for program in status["programs"].values()) else 3


def _reset(settings: Settings, options: argparse.Namespace) -> int:
    commands.reset(settings)
    print("sandbox is empty")
    return 0


def _logs(settings: Settings, options: argparse.Namespace) -> int:
    print(commands.logs(settings, options.program, options.lines), end="")
    return 0


def _kubeconfig(settings: Settings, options: argparse.Namespace) -> int:
    text = kubeconfig.kubeconfig(settings, options.cluster)
    if options.file is None:
        print(text, end="")
    else:
        kubeconfig.write(options.file, text)
        print(f"export KUBECONFIG={options.file.resolve()}")
    return 0


def _rehearse(settings: Settings, options: argparse.Namespace) -> int:
    # Not at the top: the other commands need none of the clients of stores.
    from sandbox.rehearsal.command import rehearse

    for what, state in rehearse(settings):
        print(f"{what}: {state}")
    return 0


def _one(settings: Settings, options: argparse.Namespace) -> int:
    options.command(settings, options.program)
    print(f"{options.program} is {options.done}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
