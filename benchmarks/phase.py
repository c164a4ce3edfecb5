"""The AWS half of phase 1 without changes, apply plus verify, against a raw boto3 reader of the same resources."""

from __future__ import annotations

from benchmarks.bench import PLAYBOOKS, ROOT, Bench, Row, ratio_row

OVER_EMPTY_SECONDS = 5.0


def measure(bench: Bench) -> list[Row]:
    bench.reset()
    bench.playbook(ROOT / "playbooks/site.yml")
    both = bench.least(bench.playbook, PLAYBOOKS / "apply_verify.yml")
    verify = bench.least(bench.playbook, ROOT / "playbooks/verify.yml")
    raw = bench.least(bench.raw, "phase1")
    empty = bench.least(bench.playbook, PLAYBOOKS / "empty.yml")
    over = verify - empty
    return [
        ratio_row("phase 1, apply plus verify, no change, against raw boto3", both, raw, 6),
        Row(
            "verify.yml over an empty play",
            f"{verify:.2f}",
            f"{empty:.2f}",
            f"+{over:.2f} s",
            f"< {OVER_EMPTY_SECONDS:g} s",
            over >= OVER_EMPTY_SECONDS,
        ),
    ]
