"""The runner of make test: order, cores, stopping at the first failure, and what it prints."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from tools import stages
from tools.stages import Stage


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stages, "LOGS", tmp_path)
    monkeypatch.setattr(stages, "COVERAGE", tmp_path / "coverage")
    return tmp_path


def python(name: str, code: str, cores: int = 1) -> Stage:
    return Stage(name, (sys.executable, "-c", code), cores=cores)


def test_stages_share_the_cores(capsys: pytest.CaptureFixture[str]) -> None:
    nap = "import time; time.sleep(0.6); print('napped')"
    began = time.monotonic()
    seconds, failed = stages.run([python("one", nap), python("two", nap)], cores=2)
    assert failed == []
    assert time.monotonic() - began < sum(seconds.values())
    assert capsys.readouterr().out.count("napped") == 2


def test_a_stage_that_needs_all_cores_runs_alone(logs: Path) -> None:
    note = "import time; open({path!r}, 'a').write('{mark}'); time.sleep(0.3); open({path!r}, 'a').write('{mark}')"
    path = str(logs / "order")
    wanted = [python(mark, note.format(path=path, mark=mark), cores) for mark, cores in (("a", 1), ("B", 2), ("c", 1))]
    assert stages.run(wanted, cores=2)[1] == []
    assert Path(path).read_text() == "aaBBcc"


def test_a_stage_that_waits_takes_no_core_and_no_one_gets_into_its_way(logs: Path) -> None:
    begin = "import os, pathlib, time\nhere = pathlib.Path({path!r})\n(here / '{mark}').write_text(str(os.nice(0)))\n"
    until = "while len(list(here.glob('?'))) < 3: time.sleep(0.01)\n"
    wanted = [
        python(mark, begin.format(path=str(logs), mark=mark) + until, cores)
        for mark, cores in (("a", 0), ("b", 1), ("c", 1))
    ]
    assert stages.run(wanted, cores=2)[1] == []
    waiting, *busy = (int((logs / mark).read_text()) for mark in "abc")
    assert all(waiting < other for other in busy)


def test_the_first_failure_stops_the_rest_and_is_printed_in_full(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sleeper = python(
        "sleeper", f"import os, time; open({str(logs / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    wait = f"import os, time\nwhile not os.path.exists({str(logs / 'pid')!r}): time.sleep(0.01)\n"
    broken = python("broken", wait + "print('line 1'); print('line 2'); raise SystemExit(3)")
    never = python("never", f"open({str(logs / 'never')!r}, 'w')")
    seconds, failed = stages.run([sleeper, broken, never], cores=2)
    assert failed == [broken]
    assert list(seconds) == ["broken"]
    printed = capsys.readouterr().out
    assert "line 1\nline 2\nFAILED  broken after" in printed
    assert "(exit code 3)" in printed
    assert not (logs / "never").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((logs / "pid").read_text()), 0)


def test_in_ci_the_others_run_nevertheless(logs: Path) -> None:
    broken = python("broken", "raise SystemExit(3)")
    seconds, failed = stages.run([broken, python("other", "pass")], cores=1, keep_going=True)
    assert (list(seconds), failed) == (["broken", "other"], [broken])


def test_the_cpu_a_stage_has_used_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    busy = "import time\nwhile time.process_time() < 0.4: pass\nprint('done')"
    assert stages.run([python("busy", busy), python("idle", "import time; time.sleep(1)")], cores=2)[1] == []
    told = dict(re.findall(r"^ok +(\w+) .* ([\d.]+) s of CPU", capsys.readouterr().out, re.MULTILINE))
    assert float(told["busy"]) >= 0.4 > float(told["idle"])


def test_measured_stages_know_where_coverage_belongs(logs: Path) -> None:
    code = "import os; print(os.environ['COVERAGE_ROOT'], os.environ['COVERAGE_FILE'])"
    (logs / "coverage").mkdir()
    stage = Stage("measured", (sys.executable, "-c", code), measured=True)
    assert stages.run([stage])[1] == []
    assert stages.log_of(stage).read_text().split() == [str(stages.ROOT), str(logs / "coverage" / "data")]


@pytest.mark.parametrize(
    ("last", "counts"),
    [("= 1 failed, 22 passed in 3.10s =", (22, 1)), ("5 passed in 1s", (5, 0)), ("9 passed, 1 skipped in 1s", (9, 0))],
)
def test_tests_are_counted_by_the_last_line_of_pytest(logs: Path, last: str, counts: tuple[int, int]) -> None:
    stage = stages.pytest("some", "tests")
    stages.log_of(stage).write_text(f"7 failed before\n{last}\n")
    assert tuple(stages.counted(stage, outcome) for outcome in stages.OUTCOMES) == counts


def test_every_stage_of_ci_has_its_own_log_and_fits_the_cores() -> None:
    assert len({stages.log_of(stage) for stage in stages.STAGES}) == len(stages.STAGES)
    assert all(0 <= stage.cores <= stages.CORES for stage in stages.STAGES)


def test_an_unknown_stage_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["stages", "--only", "nonsense"])
    with pytest.raises(SystemExit) as refused:
        stages.main()
    assert refused.value.code == 2
    assert "'nonsense'" in capsys.readouterr().err
