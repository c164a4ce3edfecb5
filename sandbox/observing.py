"""Commands about what is observed: faults of the traffic model, and the alerts that arrived."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.settings import SandboxError, Settings
from sandbox.sinks import journal
from sandbox.traffic import cluster, faults


def add(verbs: Any, common: argparse.ArgumentParser) -> None:
    """The verbs `traffic` and `alerts`."""
    traffic = verbs.add_parser("traffic", parents=[common], help="faults of services, as their callers see them")
    kinds = traffic.add_subparsers(required=True, metavar="what")
    kind = kinds.add_parser("fault", parents=[common], help="let a service fail or be slow")
    kind.add_argument("service")
    kind.add_argument("--errors", type=_ratio, default=0.0, metavar="RATIO", help="of its requests that fail")
    kind.add_argument("--latency", type=_positive, default=0.0, metavar="SECONDS", help="more that requests take")
    kind.add_argument("--for", type=_positive, dest="seconds", metavar="SECONDS", help="until it is over by itself")
    kind.set_defaults(run=_fault)
    kinds.add_parser("faults", parents=[common], help="which there are").set_defaults(run=_faults)
    kinds.add_parser("clear", parents=[common], help="end them").set_defaults(run=_clear)
    verb = verbs.add_parser("alerts", parents=[common], help="what arrived by webhook and mail")
    verb.add_argument("--follow", action="store_true", help="go on with what arrives")
    verb.add_argument("--json", action="store_true", help="all of it, one object a line")
    verb.set_defaults(run=_alerts)


def _fault(settings: Settings, options: argparse.Namespace) -> int:
    directory = faults.directory(settings.state)
    known = _services(directory)
    if options.service not in known:
        raise SandboxError(f"there is no service {options.service}; there are: {', '.join(sorted(known)) or 'none'}")
    if not options.errors and not options.latency:
        raise SandboxError("say what is wrong with it: --errors, --latency or both")
    until = time.time() + options.seconds if options.seconds else None
    faults.inject(directory, faults.Fault(options.service, options.errors, options.latency, until))
    return _faults(settings, options)


def _faults(settings: Settings, options: argparse.Namespace) -> int:
    for each in faults.read(faults.directory(settings.state)):
        until = datetime.fromtimestamp(each.until, UTC).isoformat(timespec="seconds") if each.until else "it is cleared"
        print(f"{each.service}: {each.errors:.2%} fail, {each.latency:g} s slower, until {until}")
    return 0


def _clear(settings: Settings, options: argparse.Namespace) -> int:
    print(f"{faults.clear(faults.directory(settings.state))} faults ended")
    return 0


def _services(directory: Path) -> set[str]:
    """Those of the model."""
    path = directory / cluster.FILE
    return (
        {each["name"] for each in json.loads(path.read_text(encoding="utf-8"))["services"]} if path.exists() else set()
    )


def _alerts(settings: Settings, options: argparse.Namespace) -> int:
    found = journal.follow(settings.state) if options.follow else iter(journal.entries(settings.state))
    for entry in found:
        for line in (json.dumps(entry, ensure_ascii=False),) if options.json else _told(entry):
            print(line, flush=True)
    return 0


def _told(entry: dict[str, Any]) -> Iterator[str]:
    """One line for each alert of a webhook's call, one for a mail."""
    start = f"{entry['received']} {entry['kind']}"
    if entry["kind"] == "mail":
        yield f"{start} {', '.join(entry['to'])}: {entry['subject']}"
        return
    body = entry["body"]
    alerts = body.get("alerts") if isinstance(body, dict) else None
    if not alerts:
        yield f"{start} {entry['path']}"
    for alert in alerts or ():
        labels = " ".join(f"{key}={value}" for key, value in sorted(alert["labels"].items()) if key != "alertname")
        yield f"{start} {entry['path']}: {alert['labels'].get('alertname', '')} {alert['status']} {labels}"


def _ratio(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0")
    return number
