from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.deprecations import (
    DEFINITIONS,
    KINDS,
    LAST_APPLIED,
    old_writers,
    removed_by,
)


class Reader:
    """Answers from a table of lists by plural name; every kind must be asked for at the version that is served."""

    def __init__(self, **lists):
        self.lists = lists

    def list(self, api_version, plural, namespace=""):
        assert (api_version, plural) in (*KINDS, DEFINITIONS)
        return self.lists.get(plural, [])


def written(*apis, applied=None):
    metadata = {"name": "x", "namespace": "n", "managedFields": [{"apiVersion": api} for api in apis]}
    if applied:
        metadata["annotations"] = {LAST_APPLIED: json.dumps({"apiVersion": applied})}
    return {"metadata": metadata}


def definition(served, stored):
    return {
        "metadata": {"name": "things.example.com"},
        "spec": {"versions": [{"name": name, "served": True} for name in served] + [{"name": "v0", "served": False}]},
        "status": {"storedVersions": stored},
    }


@pytest.mark.parametrize(
    ("api", "version", "removed"),
    [
        ("policy/v1beta1", "1.24", False),
        ("policy/v1beta1", "1.25", True),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "1.31", False),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "1.35", True),
        ("policy/v1", "1.99", False),
    ],
)
def test_removed_by(api, version, removed):
    assert removed_by(api, version) is removed


def test_nothing_old_is_nothing_to_say():
    lists = {"poddisruptionbudgets": [written("policy/v1", applied="policy/v1")], "deployments": [{"metadata": {}}]}
    assert old_writers(Reader(**lists), "1.35") == []


def test_old_writers_are_named_once():
    lists = {
        "poddisruptionbudgets": [written("policy/v1beta1", "policy/v1", "policy/v1beta1")],
        "cronjobs": [written("batch/v1", applied="batch/v1beta1")],
        "customresourcedefinitions": [definition(["v1", "v2"], ["v0", "v1"])],
    }
    assert old_writers(Reader(**lists), "1.35") == [
        "cronjobs n/x was written as batch/v1beta1, which 1.35 no longer serves",
        "custom resources things.example.com are stored as v0, which is not served",
        "poddisruptionbudgets n/x was written as policy/v1beta1, which 1.35 no longer serves",
    ]
