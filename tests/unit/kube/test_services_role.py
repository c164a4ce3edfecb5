"""What the role services renders for each environment, judged by the official schemas and by what is declared."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import parliament
import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.iworkz.platform.plugins.filter.service_waves import service_waves
from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import OWN

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "services"
DIGEST = "sha256:" + "a" * 64
ENDPOINTS = {store: {"host": f"{store}.example", "port": 1} for store in ("redis", "search", "mq")}
PER_SERVICE = ("ServiceAccount", "ConfigMap", "Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget",
               "NetworkPolicy")  # fmt: skip

Objects = list[dict[str, Any]]


@lru_cache(maxsize=2)
def variables(environment: str) -> dict[str, Any]:
    loader = DataLoader()
    loader.set_basedir(str(ROOT / "playbooks"))
    inventory = InventoryManager(loader=loader, sources=[str(ROOT / "inventories" / environment)])
    manager = VariableManager(loader=loader, inventory=inventory)
    found: dict[str, Any] = {}
    for name in ("defaults", "vars"):
        found |= loader.load_from_file(str(ROLE / name / "main.yml"), trusted_as_template=True)
    found |= manager.get_vars(host=inventory.get_host("control"))
    names = [service["name"] for service in found["platform_services"]]
    given = {"services_releases": dict.fromkeys(names, DIGEST), "platform_account_id": "123456789012"}
    given |= {"__services_oidc_issuer": "oidc.example/id/1", "__services_endpoints": ENDPOINTS}
    return {**found, **given, "ansible_search_path": [str(ROLE)]}


@lru_cache(maxsize=8)
def rendered(environment: str, name: str) -> Any:
    return made_of(variables(environment), name)


def made_of(given: dict[str, Any], name: str) -> Any:
    loader = DataLoader()
    loader.set_basedir(str(ROLE))
    return Templar(loader=loader, variables=given).template(given[name])


def services(environment: str = "sandbox") -> dict[str, dict[str, Any]]:
    return {service["name"]: service for service in rendered(environment, "services_declared")}


def of_kind(kind: str, environment: str = "sandbox") -> dict[str, dict[str, Any]]:
    objects: Objects = rendered(environment, "__services_objects")
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_every_object_is_strictly_valid(environment: str) -> None:
    objects: Objects = rendered(environment, "__services_objects")
    version = str(variables(environment)["platform_cluster"]["version"])
    for one in objects:
        if one["kind"] != "ExternalSecret":  # a custom resource
            kubernetes_validate.validate(one, version, strict=True)
    assert Counter(one["kind"] for one in objects) == {
        **dict.fromkeys(PER_SERVICE, 19), "PriorityClass": 1, "ExternalSecret": 17}  # fmt: skip


def test_everything_is_labelled_as_ours() -> None:
    objects: Objects = rendered("sandbox", "__services_objects")
    for one in objects:
        labels = one["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "iworkz"
        assert labels["app.kubernetes.io/managed-by"] == "iworkz.platform"
        assert labels["platform.iworkz.jp/component"] == "services"
        assert labels["app.kubernetes.io/name"] == labels["app.kubernetes.io/instance"] == one["metadata"]["name"]
        assert labels["app.kubernetes.io/component"]


def test_deployments_leave_the_number_of_pods_to_the_autoscaler() -> None:
    for name, one in of_kind("Deployment").items():
        assert "replicas" not in one["spec"]
        pod = one["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["image"].endswith(f"/iworkz-sandbox/{name}@{DIGEST}")
        assert one["spec"]["selector"]["matchLabels"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
        assert pod["terminationGracePeriodSeconds"] > container["lifecycle"]["preStop"]["sleep"]["seconds"]


def test_a_changed_configuration_rolls_the_pods() -> None:
    notes = [one["spec"]["template"]["metadata"]["annotations"] for one in of_kind("Deployment").values()]
    assert len({note["platform.iworkz.jp/configuration"] for note in notes}) == 19


def test_network_policies_let_in_callers_and_out_to_dependencies() -> None:
    declared = services()
    for name, one in of_kind("NetworkPolicy").items():
        port = declared[name]["port"]
        callers = {each for each, service in declared.items() if name in service["dependencies"]["services"]}
        let_in = {
            peer.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name", "gateway")
            for rule in one["spec"]["ingress"]
            if rule["ports"][0]["port"] == port
            for peer in rule["from"]
        }
        assert let_in == callers | ({"gateway"} if declared[name]["exposure"] == "public" else set())
        let_out = {
            (peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"], rule["ports"][0]["port"])
            for rule in one["spec"]["egress"]
            for peer in rule["to"]
            if "app.kubernetes.io/name" in peer.get("podSelector", {}).get("matchLabels", {})
        }
        wanted = {(each, declared[each]["port"]) for each in declared[name]["dependencies"]["services"]}
        pooled = {("pgbouncer", 6432)} if "postgres" in declared[name]["dependencies"]["stores"] else set()
        assert let_out == wanted | pooled


def test_secrets_are_files_and_only_where_a_store_has_a_password() -> None:
    secrets = of_kind("ExternalSecret")
    for name, one in of_kind("Deployment").items():
        pod = one["spec"]["template"]["spec"]
        mounted = [volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume]
        assert mounted == ([name] if name in secrets else [])
        assert all("secretRef" not in source for source in pod["containers"][0]["envFrom"])
    keys = {remote["remoteRef"]["key"] for one in secrets.values() for remote in one["spec"]["data"]}
    assert {key.split("/")[-1] for key in keys} == set(secrets)


def test_a_configuration_tells_where_dependencies_and_stores_are() -> None:
    data = of_kind("ConfigMap")["matching"]["data"]
    assert data["SEARCH_URL"] == "http://search.discovery.svc.cluster.local:8005"
    assert (data["REDIS_HOST"], data["REDIS_PORT"]) == ("redis.example", "1")
    assert data["POSTGRES_DATABASE"] == "matching"
    assert all(isinstance(value, str) for value in data.values())


def test_a_role_trusts_one_account_and_reads_its_own_secrets() -> None:
    roles = {role["role_name"]: role for role in rendered("sandbox", "__services_roles")}
    assert len(roles) == 19
    (trust,) = roles["iworkz-sandbox-billing"]["assume_role_policy_document"]["Statement"]
    assert trust["Condition"]["StringEquals"] == {
        "oidc.example/id/1:aud": "sts.amazonaws.com",
        "oidc.example/id/1:sub": "system:serviceaccount:business:billing",
    }
    secrets, _key = roles["iworkz-sandbox-billing"]["inline_policies"]["own"]["Statement"]
    assert [arn.split("secret:")[1] for arn in secrets["Resource"]] == [
        "iworkz-sandbox/postgres/billing-??????", "iworkz-sandbox/mq/billing-??????"]  # fmt: skip


def test_a_role_is_bounded_and_its_secrets_are_read_from_the_nodes_only() -> None:
    roles = {role["role_name"]: role for role in rendered("sandbox", "__services_roles")}
    assert {role["permissions_boundary"] for role in roles.values()} == {"iworkz-sandbox-service-boundary"}
    for role in roles.values():
        (secrets,) = [one for one in statements(role) if one["Sid"] == "OwnSecrets"]
        assert secrets["Condition"] == {"IpAddress": {"aws:VpcSourceIp": "10.96.0.0/17"}}


def reached(roles: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Roles with the objects that they read and write."""
    return {
        (role["role_name"], one["Resource"])
        for role in roles
        for one in statements(role)
        if one["Sid"].startswith("Objects") and "Key" not in one["Sid"]
    }


def test_objects_are_those_that_the_inventory_of_data_declares() -> None:
    assert reached(rendered("sandbox", "__services_roles")) == {
        ("iworkz-sandbox-document", "arn:aws:s3:::iworkz-sandbox-documents-123456789012/subjects/*")
    }


def test_whose_objects_are_decides_who_reaches_them() -> None:
    given = variables("sandbox")
    inventory = given["platform_data_inventory"]
    theirs, answers = inventory["document"]["objects"], inventory[OWN]["objects"]
    assert [one["key"] for one in answers] == ["exports/"]
    turned = {"billing": {"objects": answers}, OWN: {"objects": theirs}}
    assert reached(made_of({**given, "platform_data_inventory": turned}, "__services_roles")) == {
        ("iworkz-sandbox-billing", "arn:aws:s3:::iworkz-sandbox-documents-123456789012/exports/*")
    }


def test_only_the_issuer_signs_tokens() -> None:
    signing = {
        role["role_name"]: one["Condition"]["ForAnyValue:StringEquals"]
        for role in rendered("sandbox", "__services_roles")
        for one in statements(role)
        if "kms:Sign" in one["Action"]
    }
    assert signing == {"iworkz-sandbox-identity": {"kms:ResourceAliases": "alias/iworkz-sandbox-tokens-2026-11"}}


def test_parliament_finds_nothing_in_the_policies() -> None:
    documents = [role["inline_policies"]["own"] for role in rendered("sandbox", "__services_roles")]
    documents.append(rendered("sandbox", "__services_boundary")["policy_document"])
    found = [one for document in documents for one in parliament.analyze_policy_string(json.dumps(document)).findings]
    # It has no key of a key's aliases, which all operations on keys have.
    assert {one.detail for one in found if "kms:ResourceAliases" not in str(one.detail)} == set()


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = role["inline_policies"]["own"]["Statement"]
    return found


def test_waves_follow_dependencies() -> None:
    declared = services()
    waves = service_waves(list(declared.values()))
    at = {name: number for number, wave in enumerate(waves) for name in wave}
    assert set(at) == set(declared)
    for name, service in declared.items():
        assert all(at[other] < at[name] for other in service["dependencies"]["services"])


@pytest.mark.parametrize(
    ("calls", "waves"),
    [
        ({"a": ["b"], "b": []}, [["b"], ["a"]]),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}, [["b", "c", "d"], ["a"]]),
        ({"a": ["a"]}, [["a"]]),
        ({}, []),
    ],
)
def test_waves(calls: dict[str, list[str]], waves: list[list[str]]) -> None:
    declared = [{"name": name, "dependencies": {"services": others}} for name, others in calls.items()]
    assert service_waves(declared) == waves
