"""No-change apply of 19 repositories: the plural action against raw boto3 and against the usual module loops."""

from __future__ import annotations

from benchmarks.bench import PLAYBOOKS, Bench, Row, ratio_row


def measure(bench: Bench) -> list[Row]:
    bench.reset()
    bench.playbook(PLAYBOOKS / "ecr.yml", count=19)
    plural = bench.least(bench.playbook, PLAYBOOKS / "ecr.yml", count=19)
    raw = bench.least(bench.raw, "ecr")
    loops = bench.playbook(PLAYBOOKS / "ecr_loops.yml", count=19)
    empty = bench.least(bench.playbook, PLAYBOOKS / "empty.yml")
    # What the tasks themselves cost, since both kinds of run start Ansible.
    share = (loops - empty) / max(plural - empty, 0.01)
    return [
        ratio_row("ecr, 19 services, no change, against raw boto3", plural, raw, 2.5),
        Row(
            "the same by loops of community.aws modules, over an empty play",
            f"{plural - empty:.2f}",
            f"{loops - empty:.2f}",
            f"{share:.0f}",
            ">= 25 x less",
            share < 25,
        ),
        Row("the same, whole runs", f"{plural:.2f}", f"{loops:.2f}", f"{loops / plural:.1f}", "for information", False),
    ]
