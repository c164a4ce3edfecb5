"""make test-aws asks first, refuses the wrong account, and always tears down."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from tools import test_aws as real

SCENARIO = real.Scenario("rds", "base,network,rds", "1.1.1", 80, 6)


DONE, CHANGED, FAILED = real.Outcome(0), real.Outcome(0, changed=3), real.Outcome(2)


def recorder(*outcomes: real.Outcome) -> tuple[list[str], real.Run]:
    calls: list[str] = []
    answers = iter(outcomes)

    def run(command: Sequence[str]) -> real.Outcome:
        calls.append(next(part for part in command if part.startswith("playbooks/")))
        return next(answers)

    return calls, run


@pytest.mark.parametrize(
    ("outcomes", "playbooks", "passed"),
    [
        ((CHANGED, DONE, DONE, CHANGED), ["site", "site", "verify", "teardown"], True),
        ((FAILED, CHANGED), ["site", "teardown"], False),
        ((CHANGED, CHANGED, CHANGED), ["site", "site", "teardown"], False),
        ((CHANGED, DONE, DONE, FAILED), ["site", "site", "verify", "teardown"], False),
    ],
)
def test_teardown_follows_whatever_happened(
    outcomes: tuple[real.Outcome, ...], playbooks: list[str], passed: bool
) -> None:
    calls, run = recorder(*outcomes)
    assert real.rehearse(SCENARIO, "123456789012", run) is passed
    assert calls == [f"playbooks/{name}.yml" for name in playbooks]


def test_cost_and_time_are_announced() -> None:
    assert real.announcement([SCENARIO])[2:] == [
        "  rds          about  80 minutes,    6 USD",
        "  total 80 minutes, 6 USD",
    ]


def test_changes_are_read_from_the_recap(capsys: pytest.CaptureFixture[str]) -> None:
    recap = "control : ok=5    changed=2    unreachable=0    failed=0"
    assert real._run(["echo", recap]) == real.Outcome(0, changed=2)
    assert recap in capsys.readouterr().out


def test_only_what_a_scenario_made_is_torn_down() -> None:
    command = real.playbook("teardown", "123456789012")
    assert "platform_account_id=123456789012 platform_name=iworkztest" in command


@pytest.mark.parametrize(
    ("typed", "printed"), [("", "Nothing was done"), ("999999999999", "belong to account 123456789012")]
)
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
