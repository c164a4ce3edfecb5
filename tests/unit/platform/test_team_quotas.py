from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.team_quotas import team_quotas

SIDECAR = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}


def service(team: str, replicas: int, cpu: str = "250m"):
    resources = {"requests": {"cpu": cpu, "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    return {"name": "s", "team": team, "replicas": {"min": 1, "max": replicas}, "resources": resources}


def test_a_team_may_take_what_its_services_may_grow_to_with_their_sidecars():
    found = team_quotas([service("a", 10), service("a", 3), service("b", 1)], SIDECAR, 0)
    assert found == {
        "a": {
            "pods": "13",
            "requests.cpu": "5",
            "requests.memory": "8320Mi",
            "limits.cpu": "26",
            "limits.memory": "26624Mi",
        },
        "b": {
            "pods": "1",
            "requests.cpu": "1",
            "requests.memory": "640Mi",
            "limits.cpu": "2",
            "limits.memory": "2048Mi",
        },
    }


def test_headroom_is_rounded_up():
    assert team_quotas([service("a", 3)], SIDECAR, 30)["a"]["pods"] == "4"


@pytest.mark.parametrize("broken", [{"team": "a", "name": "s"}, service("a", 1, cpu="banana")])
def test_a_service_that_cannot_be_added_up_is_named(broken):
    with pytest.raises(AnsibleFilterError, match="team_quotas: service s:"):
        team_quotas([broken], SIDECAR, 0)
