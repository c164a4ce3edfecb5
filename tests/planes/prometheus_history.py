"""A real Prometheus with a history of one's own, made of samples by promtool."""

from __future__ import annotations

import math
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sandbox.conftest import free_port

Sample = tuple[str, float, int]
"""Series as PromQL names it, value, Unix second."""


@contextmanager
def prometheus(directory: Path, samples: Iterable[Sample]) -> Iterator[str]:
    """The URL of a server that has these samples and takes no others."""
    data, history, configuration = directory / "data", directory / "history.txt", directory / "prometheus.yml"
    with history.open("w", encoding="utf-8") as file:
        file.writelines(f"{series} {_number(value)} {at}\n" for series, value, at in samples)
        file.write("# EOF\n")
    made = [
        "promtool",
        "tsdb",
        "create-blocks-from",
        "--max-block-duration=768h",
        "openmetrics",
        str(history),
        str(data),
    ]
    subprocess.run(made, check=True, capture_output=True)
    configuration.write_text("{}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    options = {
        "config.file": configuration,
        "storage.tsdb.path": data,
        "storage.tsdb.retention.time": "100y",
        "web.listen-address": url.removeprefix("http://"),
        "log.level": "warn",
    }
    with (directory / "log").open("wb") as log:
        server = subprocess.Popen(
            ["prometheus", *(f"--{name}={value}" for name, value in options.items())], stdout=log, stderr=log
        )
    try:
        _await(url, server, directory / "log")
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(300):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"Prometheus is not ready: {log.read_text(errors='replace')}")


def _number(value: float) -> str:
    return "+Inf" if math.isinf(value) else repr(value)
