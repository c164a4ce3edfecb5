"""Objects applied against a server in memory."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import apply_task
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import apply, declared
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

Object = dict[str, Any]


def thing(name: str, kind: str = "ConfigMap", namespace: str | None = "team", **more: Any) -> Object:
    within = {"namespace": namespace} if namespace else {}
    version = "apps/v1" if kind == "Deployment" else "v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **within}, **more}


class Server:
    """What ``Api`` offers: an apply merges the top-level keys. ``refusals`` are codes by name, ``available`` the pods
    that answers tell of, one after the other; the last one stays."""

    RESOURCES = {  # noqa: RUF012
        "/api/v1": [("configmaps", "ConfigMap", True), ("namespaces", "Namespace", False), ("pods/log", "Pod", True)],
        "/apis/apps/v1": [("deployments", "Deployment", True), ("deployments/scale", "Scale", True)],
    }

    def __init__(self, *objects: Object) -> None:
        self.objects = {self.place(one): one for one in objects}
        self.refusals: dict[str, int] = {}
        self.available = [1]
        self.listed: list[str] = []
        self.reads: list[str] = []
        self.writes: list[tuple[str, bool]] = []

    @staticmethod
    def place(one: Object) -> tuple[str, str, str]:
        return one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]

    def get(self, path: str) -> Object | None:
        if path not in self.RESOURCES:
            self.reads.append(path)
            (found,) = [one for one in self.objects.values() if path.endswith(f"/{one['metadata']['name']}")]
            return {**found, "status": self.status()}
        keys = ("name", "kind", "namespaced")
        return {"resources": [dict(zip(keys, one, strict=True)) for one in self.RESOURCES[path]]}

    def status(self) -> Object:
        available = self.available.pop(0) if self.available[1:] else self.available[0]
        return {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available}

    def list(self, path: str) -> tuple[list[Object], str]:
        self.listed.append(path)
        plural = path.rsplit("/", 1)[-1]
        found = [one for one in self.objects.values() if f"{one['kind'].lower()}s" == plural]
        # Items of a list have neither.
        return [{key: value for key, value in one.items() if key not in ("apiVersion", "kind")} for one in found], "1"

    def apply(self, path: str, body: Object, manager: str, dry_run: bool) -> Object:
        if (code := self.refusals.get(body["metadata"]["name"])) is not None:
            raise KubernetesError("refused", code)
        self.writes.append((path, dry_run))
        known = self.objects.get(self.place(body), {})
        merged = {**copy.deepcopy(known), **body, "status": self.status()}
        written = {"resourceVersion": str(len(self.writes)), "generation": 1, "managedFields": [manager]}
        merged["metadata"] = {**body["metadata"], **written}
        if not dry_run:
            self.objects[self.place(body)] = merged
        return merged


def run(server: Server, *things: Object, check_mode: bool = False) -> Any:
    return apply(server, list(things), "me", check_mode)  # type: ignore[arg-type]


def test_create_change_and_leave_alone() -> None:
    server = Server()
    first, second = thing("a", data={"x": "1"}), thing("space", "Namespace", None)
    made = run(server, first, second)
    assert (made.created, made.updated, made.unchanged) == (["ConfigMap team/a", "Namespace space"], [], [])
    again = run(server, first, second)
    assert (again.created, again.updated, again.unchanged) == ([], [], ["ConfigMap team/a", "Namespace space"])
    changed = run(server, thing("a", data={"x": "2"}))
    assert changed.updated == ["ConfigMap team/a"]
    (diff,) = changed.diff
    assert (diff["before"]["data"], diff["after"]["data"]) == ({"x": "1"}, {"x": "2"})


def test_each_kind_is_listed_once() -> None:
    server = Server()
    run(server, *(thing(f"a{number}") for number in range(50)), thing("d", "Deployment"))
    assert server.listed == ["/api/v1/configmaps", "/apis/apps/v1/deployments"]
    assert server.writes[0] == ("/api/v1/namespaces/team/configmaps/a0", False)
    assert server.writes[-1] == ("/apis/apps/v1/namespaces/team/deployments/d", False)


def test_check_mode_asks_for_dry_runs_only() -> None:
    server = Server()
    announced = run(server, thing("a"), check_mode=True)
    assert announced.created == ["ConfigMap team/a"]
    assert server.writes == [("/api/v1/namespaces/team/configmaps/a", True)]
    assert server.objects == {}


def test_check_mode_announces_what_has_no_kind_or_namespace_yet() -> None:
    server = Server()
    server.refusals = {"a": 404}
    announced = run(server, thing("a"), thing("b", "Gateway"), check_mode=True)
    assert announced.created == ["ConfigMap team/a", "Gateway team/b"]
    assert announced.failed == {}


def test_one_refusal_does_not_stop_the_others() -> None:
    server = Server()
    server.refusals = {"a": 422}
    made = run(server, thing("a"), thing("b", "Gateway"), thing("c"))
    assert made.created == ["ConfigMap team/c"]
    assert made.failed == {"ConfigMap team/a": "refused", "Gateway team/b": "the cluster knows no Gateway of v1"}


@pytest.mark.parametrize("code", [0, 401])
def test_a_server_that_stays_away_ends_it(code: int) -> None:
    server = Server()
    server.refusals = {"a": code}
    with pytest.raises(KubernetesError):
        run(server, thing("a"), thing("b"))


def test_what_controllers_write_is_no_change() -> None:
    one = thing("a", "Deployment", spec={"x": 1}, status={"replicas": 1})
    one["metadata"] |= {"generation": 2, "uid": "u", "annotations": {"deployment.kubernetes.io/revision": "2"}}
    assert declared(one) == thing("a", "Deployment", spec={"x": 1})
    one["metadata"]["annotations"]["ours"] = "yes"
    assert declared(one)["metadata"]["annotations"] == {"ours": "yes"}


PARAMS = {"cluster": "c", "region": "ap-northeast-1"}
PARAMS |= {name: option["default"] for name, option in apply_task.SPEC.items() if "default" in option}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server that the task talks to."""
    made = Server()
    monkeypatch.setattr(apply_task, "api_of", lambda _clients, _cluster: made)
    return made


def test_objects_of_a_manifest_come_behind_the_definitions(server: Server) -> None:
    manifest = "---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: two, namespace: team}\n"
    answer = apply_task.run({**PARAMS, "definitions": [thing("one")], "manifest": manifest}, False)
    assert answer["created"] == ["ConfigMap team/one", "ConfigMap team/two"]


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("a: [", "the manifest is no YAML"),
        ("- 1", r"need apiVersion, kind and metadata.name: \[1\]"),
        ("apiVersion: v1\nkind: ConfigMap", "need apiVersion, kind and metadata.name"),
    ],
)
def test_a_manifest_that_cannot_be(manifest: str, told: str) -> None:
    with pytest.raises(ReconcileError, match=told):
        apply_task.run({**PARAMS, "manifest": manifest}, False)


DEPLOYMENT = thing("d", "Deployment", spec={"replicas": 1})
PLACE = "/apis/apps/v1/namespaces/team/deployments/d"


def applied(server: Server, *things: Object, check_mode: bool = False, **params: Any) -> Any:
    return apply_task.run({**PARAMS, "definitions": list(things), "wait": True, **params}, check_mode)


def test_what_is_ready_in_the_answers_is_not_read_again(server: Server) -> None:
    answer = applied(server, DEPLOYMENT, thing("a"))
    assert (answer["created"], answer["unready"]) == (["Deployment team/d", "ConfigMap team/a"], {})
    assert server.reads == []


def test_what_is_not_ready_is_read_until_it_is(server: Server) -> None:
    server.available = [0, 0, 1]
    assert "failed" not in applied(server, thing("a"), DEPLOYMENT)
    assert server.reads == [PLACE]


def test_what_does_not_become_ready_is_named(server: Server) -> None:
    server.available = [0]
    answer = applied(server, DEPLOYMENT, wait_timeout=1)
    assert (answer["failed"], answer["changed"], answer["failed_objects"]) == (True, True, {})
    assert answer["unready"] == {"Deployment team/d": "0 of 1 pods are available"}
    assert answer["msg"] == "not ready after 1 s: Deployment team/d: 0 of 1 pods are available"
    assert answer["elapsed"] >= 1


def test_after_an_interrupted_run_the_next_waits(server: Server) -> None:
    server.available = [0]
    applied(server, DEPLOYMENT, wait=False)
    server.available = [0, 1]
    again = applied(server, DEPLOYMENT)
    assert (again["changed"], again["unready"], server.reads) == (False, {}, [PLACE])


@pytest.mark.parametrize(("check_mode", "refusals"), [(True, {}), (False, {"a": 422})])
def test_check_mode_and_what_was_refused_do_not_wait(
    server: Server, check_mode: bool, refusals: dict[str, int]
) -> None:
    server.available, server.refusals = [0], refusals
    assert applied(server, DEPLOYMENT, thing("a"), check_mode=check_mode)["unready"] == {}
    assert server.reads == []
