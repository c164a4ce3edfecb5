"""The shipper's own scripts and configuration, as its stand-in in the sandbox runs them."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from sandbox.planes.elastic.lua import Filter
from sandbox.planes.elastic.shipper import ACCESS_LOG, Pipeline, Settings, request_line

ROLES = Path(__file__).resolve().parents[3] / "roles"
ROLE = ROLES / "logging"
MESH = yaml.safe_load((ROLES / "istio/vars/main/values.yml").read_text(encoding="utf-8"))["__istio_access_log"]
TEMPLATES = ROLE / "templates/fluent-bit"
KUBERNETES = {
    "pod_name": "identity-1",
    "namespace_name": "platform",
    "pod_id": "u",
    "labels": {"app.kubernetes.io/name": "identity"},
    "host": "n1",
    "container_name": "istio-proxy",
}


def configuration() -> str:
    """The filters as they are, and outputs as the role makes them of two classes."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), trim_blocks=True)
    environment.filters["flatten"] = lambda lists: [one for each in lists for one in each]
    environment.filters["regex_replace"] = lambda text, *_: "^(?!" + text[1:] + ")"
    classes = {"operational": {"services": []}, "security": {"services": ["identity"]}}
    outputs = environment.get_template("outputs.conf.j2").render(
        logging_classes=classes,
        logging_name="logs",
        logging_namespace="logging",
        platform_region="r",
        __logging_archives={f"archive-{name}": one for name, one in classes.items()},
    )
    return f"{(TEMPLATES / 'filters.conf.j2').read_text()}\n{outputs}"


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    found = Pipeline(tmp_path / "scripts")
    scripts = {
        path.name: path.read_text(encoding="utf-8")
        for path in [*ROLE.glob("files/*.lua"), *ROLE.glob("files/masking/*.lua")]
    }
    environment = {"PLATFORM_ENVIRONMENT": "test"}
    found.take({"scripts": scripts, "configuration": configuration(), "environment": environment})
    return found


def test_masking_is_the_last_filter() -> None:
    assert Settings.of(configuration()).filters == (("ecs.lua", "ecs"), ("masking.lua", "mask"))


@pytest.mark.parametrize(
    ("pod", "bucket"),
    [
        ("identity-5d-x", "archive-security"),
        ("billing-5d-x", "archive-operational"),
        ("identity2-x", "archive-operational"),
    ],
)
def test_archives_are_chosen_by_service(pod: str, bucket: str) -> None:
    tag = f"kube.var.log.containers.{pod}_platform_app-0123.log"
    found = [name for matches, name in Settings.of(configuration()).archives if matches.search(tag)]
    assert found == [bucket]


def test_access_logs_become_ecs_and_lose_addresses(pipeline: Pipeline) -> None:
    found = pipeline.process({"kubernetes": KUBERNETES}, request_line(KUBERNETES, 49, MESH))
    assert found is not None
    assert found["http"]["response"]["status_code"] == 503
    assert found["url"]["original"] == "/v1/things/49/owners/[masked:email]"
    assert found["message"] == "GET /v1/things/49/owners/[masked:email] 503"
    assert found["service"] == {"name": "identity", "environment": "test"}
    assert found["data_stream"] == {"type": "logs", "dataset": "identity", "namespace": "test"}
    assert found["kubernetes"]["pod"]["name"] == "identity-1"
    assert found["event"]["duration"] == (3 + 49 % 40) * 1_000_000
    assert "example.jp" not in json.dumps(found)
    assert not found.keys() & MESH.keys()


def test_access_logs_without_a_format_of_the_mesh_lose_addresses(pipeline: Pipeline) -> None:
    found = pipeline.process({"kubernetes": KUBERNETES}, request_line(KUBERNETES, 49, ACCESS_LOG))
    assert found is not None
    assert found["url"]["original"] == "/v1/things/49/owners/[masked:email]?contact=[masked:email]"
    assert "trace" not in found


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (TRACE, {"trace": {"id": TRACE}}),
        (TRACE.upper(), {"trace": {"id": TRACE}}),
        ("-", {}),
        ("", {}),
        (None, {}),
        ("1-5759e988-bd862e3fe1be46a994272793", {"trace_id": "1-5759e988-bd862e3fe1be46a994272793"}),
    ],
)
def test_lines_are_joined_with_their_trace(pipeline: Pipeline, written: str | None, kept: dict[str, Any]) -> None:
    """Of proxies and of services alike."""
    access = {**json.loads(request_line(KUBERNETES, 1, MESH)), "trace_id": written}
    for line in (access, {"message": "saved", "trace_id": written}):
        found = pipeline.process({"kubernetes": KUBERNETES}, json.dumps(line))
        assert found is not None
        assert {name: found[name] for name in ("trace", "trace_id") if name in found} == kept


def test_ids_are_no_personal_data(pipeline: Pipeline) -> None:
    """Digits within them can look like numbers of people."""
    seen = random.Random(7)
    for _ in range(5000):
        trace, request = f"{seen.getrandbits(128):032x}", str(uuid.UUID(int=seen.getrandbits(128)))
        line = json.dumps({"message": "saved", "trace_id": trace, "http": {"request": {"id": request}}})
        found = pipeline.process({"kubernetes": KUBERNETES}, line)
        assert found is not None
        assert (found["trace"]["id"], found["http"]["request"]["id"]) == (trace, request)


def test_the_mesh_writes_no_query_and_nobody() -> None:
    assert MESH["trace_id"] == "%TRACE_ID%"
    people = ("USER-AGENT", "FORWARDED", "COOKIE", "AUTHORIZATION", "%REQ(X-ENVOY-ORIGINAL-PATH", "%DOWNSTREAM_REMOTE")
    assert not [each for each in MESH.values() for name in people if name in each]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("plain 090-1234-5678", "plain [masked:phone]"),
        ('{"msg":"氏名: 山田太郎","severity":"WARN"}', "氏名: [masked:name]"),
        ('["no object"]', '["no object"]'),
    ],
)
def test_messages_are_masked(pipeline: Pipeline, line: str, message: str) -> None:
    found = pipeline.process({"kubernetes": KUBERNETES}, line)
    assert found is not None
    assert found["message"] == message


def test_fields_of_services_stay_and_are_masked(pipeline: Pipeline) -> None:
    record: dict[str, Any] = {"message": "saved", "candidate": {"family_name": "佐藤", "id": "S-1"}, "user.name": "x"}
    found = pipeline.process({"kubernetes": KUBERNETES}, json.dumps(record))
    assert found is not None
    assert found["candidate"] == {"family_name": "[masked:name]", "id": "S-1"}
    assert found["user.name"] == "[masked:name]"


def test_a_line_without_a_pod_is_nobodys(tmp_path: Path) -> None:
    code, found = Filter(ROLE / "files/ecs.lua", "ecs").record({"log": "x"})
    assert (code, found["service"]["name"], found["message"]) == (2, "unknown", "x")


def test_scripts_of_the_role_are_all_that_is_loaded() -> None:
    """The role names its scripts one by one."""
    values = (ROLE / "vars/main/values.yml").read_text(encoding="utf-8")
    for path in ROLE.glob("files/masking/*.lua"):
        assert path.stem in values
