"""From 19 to 190 services: processes and API calls of a no-change apply."""

from __future__ import annotations

from benchmarks.bench import PLAYBOOKS, Bench, Row

FEW, MANY = 19, 190


def measure(bench: Bench) -> list[Row]:
    cpu: dict[int, float] = {}
    calls: dict[int, dict[str, int]] = {}
    for count in (FEW, MANY):
        bench.reset()
        bench.playbook(PLAYBOOKS / "ecr.yml", count=count)
        cpu[count] = bench.least(bench.playbook, PLAYBOOKS / "ecr.yml", count=count)
        bench.forget_calls()
        bench.playbook(PLAYBOOKS / "ecr.yml", count=count)
        calls[count] = bench.calls()
    total = {count: sum(by_operation.values()) for count, by_operation in calls.items()}
    describes = {count: by_operation["ecr:DescribeRepositories"] for count, by_operation in calls.items()}
    times = MANY / FEW
    return [
        _row("CPU, 19 to 190 services", cpu[MANY], cpu[FEW], f"< {times:g} x", cpu[MANY] >= times * cpu[FEW]),
        _row("API calls, 19 to 190", total[MANY], total[FEW], f"<= {times:g} x", total[MANY] > times * total[FEW]),
        _row(
            "describe calls (100 a page)",
            describes[MANY],
            describes[FEW],
            "<= 2 x",
            describes[MANY] > 2 * describes[FEW],
        ),
    ]


def _row(what: str, measured: float, against: float, target: str, missed: bool) -> Row:
    return Row(what, f"{measured:.4g}", f"{against:.4g}", f"{measured / against:.2f}", target, missed)
