"""Findings of checkov that are justified."""

from __future__ import annotations

from tools.objects import excuse


def test_an_object_bears_what_excuses_it_and_an_exception_of_nothing_is_told():
    pooler = {"kind": "Deployment", "metadata": {"namespace": "data", "name": "pgbouncer", "annotations": {"a": "1"}}}
    why = {"check": "CKV_K8S_35", "reason": "because"}
    stale = excuse([pooler], [{"object": "Deployment.data.pgbouncer", **why}, {"object": "Job.data.gone", **why}])
    assert pooler["metadata"]["annotations"] == {"a": "1", "checkov.io/skip0": "CKV_K8S_35=because"}
    assert stale == ["checkov_exceptions.yml: there is no Job.data.gone"]
