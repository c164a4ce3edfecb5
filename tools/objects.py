"""Writes what the sandbox's cluster holds to build/objects, and checks it: `python -m tools.objects [--state DIR]`.

Every object of a built-in kind is validated strictly against the official schema of the cluster's version; checkov
(framework kubernetes), where it is installed, looks at what the platform's roles made, with the exceptions that
docs/checkov_exceptions.yml justifies. Exit code 1 when anything is found.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from kubernetes import config, dynamic

ROOT = Path(__file__).resolve().parent.parent
OBJECTS = ROOT / "build" / "objects"
CHECKOV = ROOT / "docs" / "checkov.yml"
EXCEPTIONS = ROOT / "docs" / "checkov_exceptions.yml"
# Made by the cluster itself from what was applied, or no configuration.
DERIVED = {"Pod", "ReplicaSet", "Endpoints", "EndpointSlice", "Event", "Node", "Lease", "ControllerRevision"}

Object = dict[str, Any]


def objects(client: dynamic.DynamicClient) -> Iterator[Object]:
    """All objects of the kinds that can be listed, each kind in the version that the server prefers."""
    for resource in client.resources.search(preferred=True):
        if "list" in (resource.verbs or []) and "/" not in resource.name and not resource.kind.endswith("List"):
            for found in resource.get().to_dict()["items"]:
                yield {"apiVersion": resource.group_version, "kind": resource.kind, **found}


def faults(found: Object, version: str) -> list[str]:
    """What the official schema says against an object; nothing of a custom resource, whose schema is the chart's."""
    try:
        kubernetes_validate.validate(found, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        return []
    except kubernetes_validate.ValidationError as error:
        return [
            f"{found['kind']} {found['metadata'].get('namespace', '')}/{found['metadata']['name']}: {error.message}"
        ]
    return []


def is_ours(found: Object) -> bool:
    labels = found["metadata"].get("labels") or {}
    return labels.get("app.kubernetes.io/managed-by") == "iworkz.platform" and found["kind"] not in DERIVED


def excuse(ours: list[Object], exceptions: list[dict[str, str]]) -> list[str]:
    """Annotate objects with the findings that are justified, as checkov reads it; the exceptions of no object."""
    named = {f"{one['kind']}.{one['metadata'].get('namespace', '')}.{one['metadata']['name']}": one for one in ours}
    for number, exception in enumerate(exceptions):
        if exception["object"] in named:
            annotations = named[exception["object"]]["metadata"].setdefault("annotations", {})
            annotations[f"checkov.io/skip{number}"] = f"{exception['check']}={exception['reason']}"
    return [f"{EXCEPTIONS.name}: there is no {one['object']}" for one in exceptions if one["object"] not in named]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.objects", description=__doc__)
    parser.add_argument("--state", default=str(ROOT / ".sandbox"), help="state directory of a running sandbox")
    options = parser.parse_args()
    shutil.rmtree(OBJECTS, ignore_errors=True)
    OBJECTS.mkdir(parents=True)
    kubeconfig = OBJECTS.parent / "objects.kubeconfig"
    ask = [sys.executable, "-m", "sandbox", "kubeconfig", "--state", options.state, "--file", str(kubeconfig)]
    subprocess.run(ask, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    client = dynamic.DynamicClient(config.new_client_from_config(str(kubeconfig)))
    version = client.version["kubernetes"]["gitVersion"].removeprefix("v").rsplit(".", 1)[0]
    held = list(objects(client))
    wrong = [fault for found in held for fault in faults(found, version)]
    ours = [found for found in held if is_ours(found)]
    stale = excuse(ours, yaml.safe_load(EXCEPTIONS.read_text("utf-8")))
    (OBJECTS / "objects.yml").write_text(yaml.safe_dump_all(ours, sort_keys=False, allow_unicode=True), "utf-8")
    print(*wrong, *stale, sep="\n", end="\n" if wrong or stale else "")
    print(f"{len(held)} objects, {len(wrong)} of them against the schema of {version}; {len(ours)} made by our roles")
    if not shutil.which("checkov"):
        print("checkov is not installed: pip install checkov, in an environment of its own")
        return 1 if wrong or stale else 0
    scan = ["checkov", "--config-file", str(CHECKOV), "--directory", str(OBJECTS)]
    return 1 if subprocess.run(scan, cwd=ROOT, check=False).returncode or wrong or stale else 0


if __name__ == "__main__":
    sys.exit(main())
