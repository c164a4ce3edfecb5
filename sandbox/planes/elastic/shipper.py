"""What stands in for Fluent Bit and Logstash: `python -m sandbox.planes.elastic.shipper --directory D --url URL
--ca PEM --aws URL --region R`.

It writes the lines that pods would write (the canary's own, one request now and then of each service), does to each
what the shipper's own configuration says (the Lua filters in their order, the S3 outputs by tag), and sends them on to
the emulation of Elasticsearch and to the archive. It is no Fluent Bit: it tails no files, and knows these sections of
the configuration only. Of Logstash it does nothing but hand over.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import re
import secrets
import signal
import ssl
import sys
import threading
import time
import traceback
import urllib.request
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from sandbox.planes.elastic.lua import Filter
from sandbox.stand_in import SECRET, access_key

CLUSTER = "cluster.json"
"""The file that says what there is to ship, written by the engine."""
SCRIPTS = "scripts"
STEP_SECONDS = 1.0
REQUEST_SECONDS = 30.0
ARCHIVE_SECONDS = 10.0
SECTION = re.compile(r"^\[(\w+)\]\s*$", re.MULTILINE)
ACCESS_LOG = {
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "response_code": "%RESPONSE_CODE%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "user_agent": "%REQ(USER-AGENT)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "authority": "%REQ(:AUTHORITY)%",
    "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
}
"""What proxies write where the mesh declares no format, as far as anything here looks at it."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Of a configuration in the classic form: Lua filters as (script, function), archives as (tags, bucket)."""

    filters: tuple[tuple[str, str], ...] = ()
    archives: tuple[tuple[re.Pattern[str], str], ...] = ()

    @classmethod
    def of(cls, text: str) -> Settings:
        parts = SECTION.split(text)
        sections = [(kind, _properties(body)) for kind, body in zip(parts[1::2], parts[2::2], strict=True)]
        filters = [
            (Path(one["script"]).name, one["call"])
            for kind, one in sections
            if kind == "FILTER" and one["name"] == "lua"
        ]
        archives = [
            (re.compile(one["match_regex"]), one["bucket"])
            for kind, one in sections
            if kind == "OUTPUT" and one["name"] == "s3"
        ]
        return cls(tuple(filters), tuple(archives))


def _properties(body: str) -> dict[str, str]:
    lines = [line.split(None, 1) for line in body.splitlines() if line.strip() and not line.strip().startswith("#")]
    return {words[0].lower(): words[1].strip() if len(words) > 1 else "" for words in lines}


@dataclass
class Pipeline:
    """The filters, rebuilt when the scripts or the configuration have changed."""

    directory: Path
    told: tuple[str, str] = ("", "")
    settings: Settings = field(default_factory=Settings)
    filters: list[Filter] = field(default_factory=list)

    def take(self, portrait: Record) -> None:
        told = (json.dumps(portrait["scripts"], sort_keys=True), portrait["configuration"])
        if told == self.told:
            return
        self.directory.mkdir(exist_ok=True)
        for name, text in portrait["scripts"].items():
            (self.directory / Path(name).name).write_text(text, encoding="utf-8")
        os.environ.update(portrait["environment"])
        self.settings = Settings.of(portrait["configuration"])
        self.filters = [Filter(self.directory / script, call) for script, call in self.settings.filters]
        self.told = told

    def process(self, line: Record, text: str) -> Record | None:
        """A line as the output plugins get it, None when a filter dropped it."""
        record: Record = {"stream": "stdout", "log": text, "kubernetes": line["kubernetes"]}
        if isinstance(merged := _json(text), dict):
            del record["log"]
            record |= merged
        for each in self.filters:
            code, found = each.record(record)
            if code < 0:
                return None
            record = found if code else record
        return {"@timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), **record}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def request_line(about: Record, count: int, format: Record) -> str:
    """An access log's line, as the mesh writes it (format); every fiftieth request fails.

    :param format: operators of Envoy by field, as istiod's ConfigMap has them.
    """
    path = f"/v1/things/{count}/owners/taro.yamada%40example.jp"
    query = "?contact=taro.yamada%40example.jp"
    values = {
        "%REQ(:METHOD)%": "GET",
        "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%": path + query,
        "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%": path,
        "%PROTOCOL%": "HTTP/1.1",
        "%REQ(:AUTHORITY)%": about["labels"].get("app.kubernetes.io/name", "-"),
        "%RESPONSE_CODE%": 503 if count % 50 == 49 else 200,
        "%RESPONSE_CODE_DETAILS%": "via_upstream",
        "%UPSTREAM_CLUSTER_RAW%": "inbound|8080||",
        "%BYTES_RECEIVED%": 0,
        "%BYTES_SENT%": 512 + count % 100,
        "%DURATION%": 3 + count % 40,
        "%REQ(USER-AGENT)%": "sandbox",
        "%REQ(X-REQUEST-ID)%": str(uuid.uuid4()),
        "%TRACE_ID%": secrets.token_hex(16),
        "%DOWNSTREAM_REMOTE_ADDRESS%": "10.16.0.9:40000",
        "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%": "10.16.0.9:40000",
    }
    return json.dumps({name: values.get(operator) for name, operator in format.items()})


class Shipper:
    def __init__(self, options: argparse.Namespace) -> None:
        self._directory: Path = options.directory
        self._url: str = options.url
        self._context = ssl.create_default_context(cafile=str(options.ca))
        self._s3 = boto3.client(
            "s3",
            endpoint_url=options.aws,
            region_name=options.region,
            aws_access_key_id=access_key("shipper"),
            aws_secret_access_key=SECRET,
        )
        self._pipeline = Pipeline(options.directory / SCRIPTS)
        self._written: dict[str, float] = {}
        """When a pod wrote last, by its uid."""
        self._count = 0
        self._waiting: list[Record] = []
        self._archive: dict[str, list[Record]] = {}
        self._archived = time.monotonic()

    def step(self) -> None:
        path = self._directory / CLUSTER
        if not path.exists():
            return
        portrait = json.loads(path.read_text(encoding="utf-8"))
        self._pipeline.take(portrait)
        if not self._pipeline.filters:
            return
        for line in portrait["pods"]:
            self._write(line, portrait["access_log"])
        if self._waiting and portrait["intake"]:
            self._send()
        if time.monotonic() - self._archived > ARCHIVE_SECONDS:
            self._put()

    def _write(self, line: Record, access_log: Record) -> None:
        last, now = self._written.get(line["id"]), time.monotonic()
        if last is not None and ("log" in line or now - last < REQUEST_SECONDS):
            return
        self._written[line["id"]] = now
        self._count += 1
        text = line.get("log") or request_line(line["kubernetes"], self._count, access_log)
        document = self._pipeline.process(line, text)
        if document is None:
            return
        self._waiting.append(document)
        about = line["kubernetes"]
        names = (about["pod_name"], about["namespace_name"], about["container_name"])
        tag = "kube.var.log.containers.{}_{}_{}-{}.log".format(*names, line["id"].replace("-", ""))
        for matches, bucket in self._pipeline.settings.archives:
            if matches.search(tag):
                self._archive.setdefault(bucket, []).append(document)

    def _send(self) -> None:
        lines = []
        for one in self._waiting:
            stream = one.get("data_stream") or {}
            index = f"logs-{stream.get('dataset', 'unknown')}-{stream.get('namespace', 'unknown')}"
            lines += [json.dumps({"create": {"_index": index}}), json.dumps(one, ensure_ascii=False)]
        password = (self._directory / "password").read_text(encoding="utf-8").strip()
        token = base64.b64encode(f"elastic:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "application/x-ndjson"}
        body = ("\n".join(lines) + "\n").encode()
        request = urllib.request.Request(f"{self._url}/_bulk", data=body, headers=headers, method="POST")
        with urllib.request.urlopen(request, context=self._context, timeout=10) as answer:
            answer.read()
        self._waiting = []

    def _put(self) -> None:
        self._archived = time.monotonic()
        for bucket, records in list(self._archive.items()):
            key = datetime.now(UTC).strftime("%Y/%m/%d/%H/") + f"{uuid.uuid4().hex[:8]}.gz"
            body = gzip.compress("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records).encode())
            # S3 asks for a checksum of what is locked.
            self._s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")
            del self._archive[bucket]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.planes.elastic.shipper", description=__doc__)
    for name in ("--directory", "--ca"):
        parser.add_argument(name, type=Path, required=True)
    for name in ("--url", "--aws", "--region"):
        parser.add_argument(name, required=True)
    shipper, stop = Shipper(parser.parse_args(arguments)), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(STEP_SECONDS):
        try:
            shipper.step()
        except Exception:  # what is waiting is tried again, as the shipper does
            traceback.print_exc()
    return 0


if __name__ == "__main__":
    sys.exit(main())
