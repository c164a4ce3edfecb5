"""ansible-runner with a private data directory, as AWX runs a job: playbook by name from the installed collection."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.integration.installed import PHASE, ROOT, run, sandbox


@pytest.mark.sandbox
def test_a_phase_runs_from_a_private_data_directory(installed: tuple[Path, Path], tmp_path: Path) -> None:
    private = tmp_path / "job"
    for name in ("env", "project"):
        (private / name).mkdir(parents=True)
    shutil.copytree(ROOT / "inventories" / "sandbox", private / "inventory")
    (private / "env" / "settings").write_text(yaml.safe_dump({"suppress_ansible_output": False}))
    # The sandbox's inventory finds its stand-in for Flux beside itself, which it isn't here.
    flux = ROOT / "sandbox" / "kube" / "flux" / "install.yml"
    extra = {"platform_evidence_dir": str(private / "evidence"), "addons_flux_manifest": str(flux)}
    (private / "env" / "extravars").write_text(yaml.safe_dump(extra))

    with sandbox(planes=True) as variables:
        wanted = {
            "ANSIBLE_COLLECTIONS_PATH": str(installed[1]),
            # AWX reads this callback's output and events through its own, which builds on it.
            "ANSIBLE_STDOUT_CALLBACK": "iworkz.platform.launch",
            **variables,
        }
        (private / "env" / "envvars").write_text(yaml.safe_dump(wanted))
        first = run("ansible-runner", "run", private, "--playbook", PHASE, "--ident", "first", cwd=tmp_path)
        assert first.returncode == 0, first.stdout + first.stderr
        second = run("ansible-runner", "run", private, "--playbook", PHASE, "--ident", "second", cwd=tmp_path)
        assert second.returncode == 0, second.stdout + second.stderr

    assert (private / "artifacts" / "first" / "status").read_text() == "successful"
    assert _changes(private / "artifacts" / "first") > 0
    assert _changes(private / "artifacts" / "second") == 0


def _changes(artifacts: Path) -> int:
    """Changed tasks according to the job's last statistics event, which is what AWX shows."""
    events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*.json")]
    (statistics,) = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    return sum(statistics["changed"].values())
