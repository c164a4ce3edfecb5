from __future__ import annotations

from urllib.parse import parse_qs

import boto3
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import endpoint, iam_token
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_warm import Pace, percent

GROUP = {
    "ReplicationGroupId": "IWORKZ-redis",
    "NodeGroups": [{"PrimaryEndpoint": {"Address": "master.redis.example", "Port": 6379}}],
}


class Clients:
    def client(self, service, region=None):
        return boto3.client(
            service, region_name="ap-northeast-1", aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="secret",
            aws_session_token="session", endpoint_url="http://127.0.0.1:1",
        )  # fmt: skip


def test_a_token_is_a_presigned_request_to_connect():
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html"""
    host, _, query = iam_token(Clients(), GROUP, "iworkz-content").partition("/?")
    signed = {name: values[0] for name, values in parse_qs(query).items()}
    assert host == "iworkz-redis"
    assert (signed["Action"], signed["User"]) == ("connect", "iworkz-content")
    assert signed["X-Amz-Expires"] == "900"
    assert signed["X-Amz-Credential"].split("/")[2:] == ["ap-northeast-1", "elasticache", "aws4_request"]
    assert (signed["X-Amz-SignedHeaders"], signed["X-Amz-Security-Token"]) == ("host", "session")
    assert len(signed["X-Amz-Signature"]) == 64


def test_the_endpoint_of_a_cluster_is_its_configuration():
    assert endpoint(GROUP) == redis.Endpoint("master.redis.example", 6379, cluster=False)
    cluster = {**GROUP, "ConfigurationEndpoint": {"Address": "clustercfg.redis.example", "Port": 6379}}
    assert endpoint(cluster) == redis.Endpoint("clustercfg.redis.example", 6379, cluster=True)


def test_says_that_the_library_is_missing(monkeypatch):
    monkeypatch.setattr(redis, "LIBRARY", ImportError("No module named 'redis'"))
    with pytest.raises(ReconcileError, match="library redis is needed on the controller: No module named 'redis'"):
        redis.connect(GROUP, "user", "password")


def test_connections_verify_and_don_t_retry_unless_wanted():
    patient, eager = (redis.connect(GROUP, "u", "p", ca_bundle="/ca.pem", retry=retry) for retry in (True, False))
    options = eager.connection_pool.connection_kwargs
    assert (options["ssl_ca_certs"], options["ssl_check_hostname"]) == ("/ca.pem", True)
    assert options["credential_provider"].get_credentials() == ("u", "p")
    assert eager.get_retry().get_retries() == 0 < patient.get_retry().get_retries()


def test_a_pace_lets_so_many_pass_in_a_second():
    now, slept = [100.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(50, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.take(100)
    assert slept == [2.0, 2.0]
    now[0] += 60
    pace.take(100)
    assert slept == [2.0, 2.0]


@pytest.mark.parametrize(("part", "whole", "share"), [(0, 0, 100.0), (1, 3, 33.33), (3, 3, 100.0), (0, 2, 0.0)])
def test_a_share_of_nothing_is_all_of_it(part, whole, share):
    assert percent(part, whole) == share
