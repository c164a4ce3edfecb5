"""make test-aws asks first, refuses the wrong account, and always tears down."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from tools import test_aws as real

SCENARIO = real.Scenario("rds", "base,network,rds", 80, 6)


def recorder(*codes: int) -> tuple[list[str], real.Run]:
    calls: list[str] = []
    answers = iter(codes)

    def run(command: Sequence[str]) -> int:
        calls.append(next(part for part in command if part.startswith("playbooks/")))
        return next(answers)

    return calls, run


@pytest.mark.parametrize(
    ("codes", "playbooks", "passed"),
    [
        ((0, 0, 0, 0), ["site", "site", "verify", "teardown"], True),
        ((0, 2, 0), ["site", "site", "teardown"], False),
        ((0, 0, 0, 2), ["site", "site", "verify", "teardown"], False),
    ],
)
def test_teardown_follows_whatever_happened(codes: tuple[int, ...], playbooks: list[str], passed: bool) -> None:
    calls, run = recorder(*codes)
    assert real.rehearse(SCENARIO, "123456789012", run) is passed
    assert calls == [f"playbooks/{name}.yml" for name in playbooks]


def test_cost_and_time_are_announced() -> None:
    assert real.announcement([SCENARIO])[1:] == [
        "  rds          about  80 minutes,    6 USD",
        "  total 80 minutes, 6 USD",
    ]


@pytest.mark.parametrize(("typed", "printed"), [("", ""), ("999999999999", "belong to account 123456789012")])
def test_nothing_happens_without_the_right_account(
    typed: str, printed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["test_aws", "rds"])
    monkeypatch.setattr("builtins.input", lambda _: typed)
    identity = SimpleNamespace(get_caller_identity=lambda: {"Account": "123456789012"})
    monkeypatch.setattr(real.boto3, "client", lambda service: identity)
    monkeypatch.setattr(real, "rehearse", lambda *_: pytest.fail("a scenario ran"))
    assert real.main() == 1
    assert printed in capsys.readouterr().out
