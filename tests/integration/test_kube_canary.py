"""Canaries on the emulated cluster: led to their end, withdrawn, interrupted and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.filter.mesh_objects import mesh_objects
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import apply
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_report import Course
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_run import Canary
from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits, Rollouts
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from sandbox.kube.controllers import charts
from tests.integration.kube_server import KubeServer, running
from tests.unit.kube.mesh_declared import OPTIONS

MANAGER = "iworkz.platform"
FIRST, SECOND, THIRD = ("sha256:" + letter * 64 for letter in "acd")
UNPULLABLE = "sha256:" + "b" * 56 + "deadbeef"
NUMBERS = count()
WEIGHTS = (5, 25, 50)

Object = dict[str, Any]


class Interrupted(Exception):
    """As if the run had been killed."""


def interrupt() -> None:
    raise Interrupted


class Watching(Api):
    """Notes every change of a share with the canary's pods at that moment; ``hook`` sees each call beforehand."""

    led: list[tuple[int, int]]
    hook: Callable[[str, str], None]

    def apply(self, path: str, body: Any, manager: str, dry_run: bool = False) -> Object:
        self.hook("apply", path)
        answer = super().apply(path, body, manager, dry_run)
        if "/virtualservices/" in path:
            (share,) = {canary.share(way, host_of(body)) for way in answer["spec"]["http"]}
            stand = self.get(f"/apis/apps/v1/namespaces/{body['metadata']['namespace']}/deployments/billing-canary")
            self.led.append((share or 0, stand["status"].get("availableReplicas", 0) if stand else 0))
        return answer

    def delete(self, path: str) -> None:
        self.hook("delete", path)
        super().delete(path)


def host_of(route: Object) -> str:
    return str(route["spec"]["http"][0]["route"][0]["destination"]["host"])


class Team:
    """A namespace with a service of ten pods, its routes, and a canary's course of a moment."""

    def __init__(self, server: KubeServer) -> None:
        self.namespace = f"team-{next(NUMBERS)}"
        self.stable, self.canary = Name(self.namespace, "billing"), Name(self.namespace, "billing-canary")
        self.reached = (Cluster("c", "arn", "1.34", server.endpoint, server.authority, "i"), server.token, 30.0)
        self.api = Watching(*self.reached)
        self.api.led, self.api.hook = [], lambda _verb, _path: None
        head = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        self.api.apply(f"/api/v1/namespaces/{self.namespace}", head, "test")
        self.declare_routes()
        self.release(FIRST)

    def declare_routes(self, manager: str = MANAGER, timeout: str = "10s") -> None:
        """What the role istio applies."""
        calls: Object = {"services": [], "stores": []}
        service = {"name": "billing", "team": self.namespace, "port": 8012, "exposure": "public"}
        service |= {"host": f"{self.namespace}.iworkz.jp", "dependencies": calls}
        options = {**OPTIONS, "timeout": timeout, "timeouts": {}, "external_hosts": {}, "anonymous_paths": {}}
        found = mesh_objects([service], **options)
        own = [one for one in found if one["kind"] in ("VirtualService", "DestinationRule")]
        assert not apply(Api(*self.reached), own, manager).failed

    def definition(self, digest: str, fault: str = "") -> Object:
        labels = {"app": "billing", canary.TRACK: canary.STABLE}
        notes = {"sandbox.iworkz.jp/fault": fault} if fault else {}
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "billing", "namespace": self.namespace, "labels": labels},
            "spec": {
                "replicas": 10,
                "selector": {"matchLabels": labels},
                "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
                "template": {
                    "metadata": {"labels": labels, "annotations": notes},
                    "spec": {"containers": [{"name": "billing", "image": f"registry/billing@{digest}"}]},
                },
            },
        }

    def release(self, digest: str) -> None:
        assert not apply(self.api, [self.definition(digest)], MANAGER).failed
        (outcome,) = Rollouts(self.api, Limits(30, 1, 0.1), MANAGER).follow([self.stable])
        assert outcome.standing.state == "complete"

    def canary_of(self, digest: str, fault: str = "", pause: float = 0.2, timeout: float = 30) -> Canary:
        course = Course(WEIGHTS, pause, Limits(timeout, 1, 0.05))
        return Canary(self.api, self.definition(digest, fault), course, MANAGER)

    def interrupt(self, when: Callable[[str, str], bool], act: Callable[[], None] = interrupt) -> None:
        """Do something, once, before the first call that is so; by default, let the run end."""

        def hook(verb: str, path: str) -> None:
            if when(verb, path):
                self.api.hook = lambda _verb, _path: None
                act()

        self.api.hook = hook

    def before(self, weight: int, act: Callable[[], None]) -> None:
        """Do something when the first of both routes has just got its share in the step; ``interrupt`` before it."""
        steps = [*WEIGHTS].index(weight)
        led = 2 * steps + (act is not interrupt)
        self.interrupt(lambda _verb, path: "/virtualservices/" in path and len(self.api.led) == led, act)

    def read(self, name: Name) -> Object | None:
        return self.api.get(name.path)

    def existing(self, name: Name) -> Object:
        found = self.read(name)
        assert found
        return found

    def digest(self) -> str:
        return rollout.digest(self.existing(self.stable)["spec"]["template"])

    def weights(self) -> list[int]:
        """The shares in the order in which the canary got them, each once for both of its routes."""
        return [share for share, _pods in self.api.led[::2]]

    def routes(self) -> list[Object]:
        found, _version = self.api.list(f"/apis/networking.istio.io/v1/namespaces/{self.namespace}/virtualservices")
        return [{**one["spec"], "labels": one["metadata"]["labels"]} for one in found]


def delete_all(team: Team, plural: str) -> None:
    path = f"/apis/networking.istio.io/v1/namespaces/{team.namespace}/{plural}"
    for one in team.api.list(path)[0]:
        team.api.delete(f"{path}/{one['metadata']['name']}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeServer]:
    with running(tmp_path_factory.mktemp("kube")) as made:
        kinds = charts.render("base", "1", "istio-base", "istio-system", {}).crds
        assert not apply(made.api(), kinds, "test").failed
        yield made


@pytest.fixture
def team(server: KubeServer) -> Iterator[Team]:
    made = Team(server)
    yield made
    server.delete(f"/api/v1/namespaces/{made.namespace}")


def ended(team: Team, digest: str) -> None:
    """Routes are as the role istio declares them, the stable pods are of ``digest``, and no canary is left."""
    assert (team.digest(), team.read(team.canary)) == (digest, None)
    before = team.routes()
    team.declare_routes()
    assert team.routes() == before


def test_a_canary_that_passes_is_promoted(team: Team) -> None:
    report = team.canary_of(SECOND).lead()
    assert (report.failure, report.changed, report.former, report.digest) == ("", True, FIRST, SECOND)
    assert team.weights() == [5, 25, 50, 0]
    assert [pods for _share, pods in team.api.led[::2]] == [1, 3, 5, 5]
    assert [(step.weight, step.replicas, step.standing.state) for step in report.steps] == [
        (5, 1, "complete"), (25, 3, "complete"), (50, 5, "complete"), (100, 10, "complete")]  # fmt: skip
    (shown,) = report.diff
    assert FIRST in str(shown["before"])
    assert SECOND in str(shown["after"])
    ended(team, SECOND)


def test_the_second_run_changes_nothing(team: Team) -> None:
    team.canary_of(SECOND).lead()
    team.api.led.clear()
    report = team.canary_of(SECOND).lead()
    assert (report.changed, report.diff, team.api.led) == (False, [], [])
    assert [step.weight for step in report.steps] == [100]


@pytest.mark.parametrize(
    ("digest", "fault", "reason"),
    [
        (UNPULLABLE, "", "ImagePull"),
        (SECOND, "crash-loop", "CrashLoopBackOff"),
        (SECOND, "unready", "TimedOut: 0 of 1 pods are available"),
    ],
)
def test_a_canary_that_does_not_start_gets_no_request(team: Team, digest: str, fault: str, reason: str) -> None:
    generation = team.existing(team.stable)["metadata"]["generation"]
    report = team.canary_of(digest, fault, timeout=4).lead()
    assert f"{team.stable}: the canary of {digest} failed in the step of 5 % (" in report.failure
    assert reason in report.failure
    assert f"{FIRST} has all requests" in report.failure
    assert (team.api.led, report.diff) == ([], [])
    assert team.existing(team.stable)["metadata"]["generation"] == generation
    ended(team, FIRST)


def test_a_canary_that_breaks_under_its_requests_is_withdrawn(team: Team) -> None:
    def break_it() -> None:
        template = {"metadata": {"annotations": {"sandbox.iworkz.jp/fault": "crash-loop"}}}
        head = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": team.canary.name}}
        Api.apply(team.api, team.canary.path, {**head, "spec": {"template": template}}, "somebody")

    team.before(25, break_it)
    report = team.canary_of(SECOND, pause=3).lead()
    assert (report.steps[-1].weight, report.steps[-1].standing.state) == (25, "failed")
    assert "Restarted: restarts of container billing of pod billing-canary-" in report.failure
    assert team.weights() == [5, 25, 0]
    ended(team, FIRST)


def test_a_canary_whose_share_somebody_changes_is_withdrawn(team: Team) -> None:
    """As when the role istio is applied meanwhile: what is declared has no canary."""
    team.before(50, team.declare_routes)
    report = team.canary_of(SECOND).lead()
    assert report.steps[-1].weight == 50
    assert "RouteChanged: somebody else led 0 %, 50 % of them to it" in report.failure
    ended(team, FIRST)


def test_a_promotion_that_fails_is_rolled_back(team: Team) -> None:
    """The canary was fine, but ten pods of it have no room."""
    definition = team.definition(SECOND)
    definition["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "5"}}
    report = Canary(team.api, definition, Course((5,), 0, Limits(3, 1, 0.05)), MANAGER).lead()
    assert [(step.weight, step.standing.state) for step in report.steps] == [(5, "complete"), (100, "failed")]
    assert f"rolled back to {FIRST}, which is available. No canary is left" in report.failure
    assert report.diff == []
    ended(team, FIRST)


def test_an_interrupted_canary_goes_on_where_it_was(team: Team) -> None:
    team.before(50, interrupt)
    with pytest.raises(Interrupted):
        team.canary_of(SECOND).lead()
    assert team.weights() == [5, 25]
    report = team.canary_of(SECOND).lead()
    assert (report.found, [step.weight for step in report.steps]) == (SECOND, [25, 50, 100])
    assert team.weights() == [5, 25, 50, 0]
    ended(team, SECOND)


def test_an_interrupted_canary_with_more_than_is_asked_for_now_begins_anew(team: Team) -> None:
    team.before(50, interrupt)
    with pytest.raises(Interrupted):
        team.canary_of(SECOND).lead()
    course = Course((1, 10), 0, Limits(30, 1, 0.05))
    report = Canary(team.api, team.definition(SECOND), course, MANAGER).lead()
    assert [step.weight for step in report.steps] == [1, 10, 100]
    assert team.weights() == [5, 25, 1, 10, 0]
    ended(team, SECOND)


def test_an_interrupted_canary_makes_way_for_another_release(team: Team) -> None:
    team.before(50, interrupt)
    with pytest.raises(Interrupted):
        team.canary_of(SECOND).lead()
    report = team.canary_of(THIRD).lead()
    assert (report.found, [step.weight for step in report.steps]) == (SECOND, [5, 25, 50, 100])
    assert team.weights() == [5, 25, 0, 5, 25, 50, 0]
    ended(team, THIRD)


@pytest.mark.parametrize("last", ["apply of the Deployment", "routes", "delete"])
def test_an_interrupted_promotion_is_ended(team: Team, last: str) -> None:
    moments = {
        "apply of the Deployment": lambda verb, path: path == team.stable.path,
        "routes": lambda verb, path: bool(team.api.led) and team.api.led[-1][0] == 50 and len(team.api.led) == 6,
        "delete": lambda verb, path: verb == "delete",
    }
    team.interrupt(moments[last])
    with pytest.raises(Interrupted):
        team.canary_of(SECOND).lead()
    report = team.canary_of(SECOND).lead()
    assert report.changed
    assert report.steps[-1].weight == 100
    ended(team, SECOND)


def test_a_canary_is_taken_back_on_demand(team: Team) -> None:
    team.before(25, interrupt)
    with pytest.raises(Interrupted):
        team.canary_of(SECOND).lead()
    led = team.canary_of("")
    assert led.withdraw(check_mode=True).changed
    assert team.existing(team.canary)
    report = led.withdraw(check_mode=False)
    assert (report.changed, report.found, report.former) == (True, SECOND, FIRST)
    assert not led.withdraw(check_mode=False).changed
    ended(team, FIRST)


def test_check_mode_tells_and_changes_nothing(team: Team) -> None:
    routes, generation = team.routes(), team.existing(team.stable)["metadata"]["generation"]
    report = team.canary_of(SECOND).preview()
    assert report.changed
    assert [(step.weight, step.replicas, step.standing.state) for step in report.steps] == [
        (5, 1, "progressing"), (25, 3, "progressing"), (50, 5, "progressing")]  # fmt: skip
    (shown,) = report.diff
    assert (FIRST in str(shown["before"]), SECOND in str(shown["after"])) == (True, True)
    assert (team.read(team.canary), team.routes()) == (None, routes)
    assert (team.digest(), team.existing(team.stable)["metadata"]["generation"]) == (FIRST, generation)
    team.canary_of(SECOND).lead()
    assert not team.canary_of(SECOND).preview().changed


def test_check_mode_asks_the_server(team: Team) -> None:
    definition = team.definition(SECOND)
    definition["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 0}]
    with pytest.raises(KubernetesError, match="containerPort"):
        Canary(team.api, definition, Course(WEIGHTS, 0, Limits(3, 1, 0.05)), MANAGER).preview()


def test_without_a_first_release_nothing_is_tried(team: Team) -> None:
    team.api.delete(team.stable.path)
    with pytest.raises(ReconcileError, match=r"There is no Deployment .*/billing to compare"):
        team.canary_of(SECOND).lead()


def test_a_service_that_is_not_well_is_not_compared_with(team: Team) -> None:
    assert not apply(team.api, [team.definition(UNPULLABLE)], MANAGER).failed
    for act in (team.canary_of(SECOND).preview, team.canary_of(SECOND, timeout=2).lead):
        with pytest.raises(ReconcileError, match=r"Nothing was changed.* is not available as it is"):
            act()
    assert team.read(team.canary) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda team: delete_all(team, "virtualservices"), "no VirtualService leads to billing"),
        (
            lambda team: delete_all(team, "destinationrules"),
            "has the subset canary, stable by platform.iworkz.jp/track",
        ),
        (lambda team: team.declare_routes("somebody", "9s"), "is not as iworkz.platform has applied it"),
    ],
)
def test_a_mesh_that_cannot_lead_it(team: Team, change: Callable[[Team], None], told: str) -> None:
    change(team)
    with pytest.raises(ReconcileError, match=f"Nothing was changed.*{told}.*apply the role istio first"):
        team.canary_of(SECOND).lead()
    assert team.read(team.canary) is None


def test_a_deployment_that_only_bears_the_name_is_left_alone(team: Team) -> None:
    other = team.definition(THIRD)
    other["metadata"] = {"name": team.canary.name, "namespace": team.namespace}
    other["spec"]["selector"]["matchLabels"] = other["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    assert not apply(team.api, [other], "somebody").failed
    for act in (team.canary_of(SECOND).lead, lambda: team.canary_of(SECOND).withdraw(check_mode=False)):
        with pytest.raises(ReconcileError, match=r"is no canary: platform\.iworkz\.jp/track differs"):
            act()
    assert team.existing(team.canary)
