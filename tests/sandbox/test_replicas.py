"""What ECR and Secrets Manager copy to another region."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

import pytest
import yaml

from sandbox.rehearsal import images
from tests.sandbox.conftest import ROOT
from tests.sandbox.support import code_of

HERE, THERE = "ap-northeast-1", "ap-northeast-3"
ACCOUNT = "123456789012"


def manifest(name: str) -> str:
    return json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "title": name})


def digest_of(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def tags_of(ecr: Any, repository: str) -> dict[str, list[str]]:
    images = ecr.describe_images(repositoryName=repository)["imageDetails"]
    return {image["imageDigest"]: sorted(image.get("imageTags", [])) for image in images}


@pytest.fixture
def registry(sandbox):
    """ECR here, ECR there, and the name of a repository whose images are copied."""
    ecr, name = sandbox.client("ecr"), f"copied-{uuid.uuid4().hex[:8]}/app"
    ecr.create_repository(repositoryName=name)
    ecr.put_image(repositoryName=name, imageManifest=manifest("early"), imageTag="early")
    destination = {"region": THERE, "registryId": ACCOUNT}
    filters = [{"filter": name.partition("/")[0], "filterType": "PREFIX_MATCH"}]
    rules = [{"destinations": [destination], "repositoryFilters": filters}]
    ecr.put_replication_configuration(replicationConfiguration={"rules": rules})
    yield ecr, sandbox.client("ecr", region=THERE), name
    ecr.put_replication_configuration(replicationConfiguration={"rules": []})


def test_what_is_pushed_from_then_on_is_copied_into_a_repository_of_defaults(registry):
    ecr, far, name = registry
    ecr.put_image(repositoryName=name, imageManifest=manifest("a"), imageTag="1")
    assert tags_of(far, name) == {digest_of(manifest("a")): ["1"]}
    (made,) = far.describe_repositories(repositoryNames=[name])["repositories"]
    assert made["imageTagMutability"] == "MUTABLE"
    assert made["encryptionConfiguration"] == {"encryptionType": "AES256"}
    told = ecr.describe_image_replication_status(repositoryName=name, imageId={"imageTag": "1"})
    assert told["replicationStatuses"] == [{"region": THERE, "registryId": ACCOUNT, "status": "COMPLETE"}]
    early = ecr.describe_image_replication_status(repositoryName=name, imageId={"imageTag": "early"})
    assert early["replicationStatuses"] == []


def test_another_tag_of_an_image_is_copied_too_and_other_repositories_are_not(registry):
    ecr, far, name = registry
    for tag in ("1", "2"):
        ecr.put_image(repositoryName=name, imageManifest=manifest("a"), imageTag=tag)
    assert tags_of(far, name) == {digest_of(manifest("a")): ["1", "2"]}
    other = f"kept-{uuid.uuid4().hex[:8]}"
    ecr.create_repository(repositoryName=other)
    ecr.put_image(repositoryName=other, imageManifest=manifest("b"), imageTag="1")
    assert code_of(lambda: far.describe_images(repositoryName=other)) == "RepositoryNotFoundException"


def test_a_tag_that_another_image_has_moves_only_where_tags_may(registry):
    ecr, far, name = registry
    a, b = digest_of(manifest("a")), digest_of(manifest("b"))
    far.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    far.put_image(repositoryName=name, imageManifest=manifest("b"), imageTag="1")
    ecr.put_image(repositoryName=name, imageManifest=manifest("a"), imageTag="1")
    assert tags_of(far, name) == {b: ["1"], a: []}
    far.put_image_tag_mutability(repositoryName=name, imageTagMutability="MUTABLE")
    ecr.put_image(repositoryName=name, imageManifest=manifest("c"), imageTag="1")
    assert tags_of(far, name) == {b: [], a: [], digest_of(manifest("c")): ["1"]}


def test_copies_are_not_copied_on(sandbox, registry):
    ecr, far, name = registry
    onward = [{"destinations": [{"region": "us-east-1", "registryId": ACCOUNT}]}]
    far.put_replication_configuration(replicationConfiguration={"rules": onward})
    ecr.put_image(repositoryName=name, imageManifest=manifest("a"), imageTag="1")
    far.put_replication_configuration(replicationConfiguration={"rules": []})
    further = sandbox.client("ecr", region="us-east-1")
    assert code_of(lambda: further.describe_images(repositoryName=name)) == "RepositoryNotFoundException"


def test_an_image_is_known_by_its_manifest(sandbox):
    ecr, name = sandbox.client("ecr"), f"digest-{uuid.uuid4().hex[:8]}"
    ecr.create_repository(repositoryName=name)
    pushed = {"repositoryName": name, "imageManifest": manifest("a"), "imageTag": "1"}
    wrong = {**pushed, "imageDigest": f"sha256:{'0' * 64}"}
    assert code_of(lambda: ecr.put_image(**wrong)) == "ImageDigestDoesNotMatchException"
    image = ecr.put_image(**pushed, imageDigest=digest_of(manifest("a")))["image"]
    assert image["imageId"]["imageDigest"] == digest_of(manifest("a"))
    assert code_of(lambda: ecr.put_image(**{**pushed, "repositoryName": "none"})) == "RepositoryNotFoundException"


def test_enhanced_scanning_looks_at_what_was_pushed(local):
    local.control("POST", "reset")
    ecr, asked = local.client("ecr"), {"repositoryName": "scanned", "imageId": {"imageTag": "1"}}
    ecr.create_repository(repositoryName="scanned")
    ecr.put_image(repositoryName="scanned", imageManifest=manifest("a"), imageTag="1")
    assert code_of(lambda: ecr.describe_image_scan_findings(**asked)) == "ScanNotFoundException"
    filters = [{"filter": "*", "filterType": "WILDCARD"}]
    rules = [{"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": filters}]
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=rules)
    found = ecr.describe_image_scan_findings(**asked)
    assert (found["imageScanStatus"]["status"], found["imageScanFindings"]["findingSeverityCounts"]) == ("ACTIVE", {})
    (image,) = ecr.describe_images(repositoryName="scanned")["imageDetails"]
    assert image["imageScanStatus"]["status"] == "ACTIVE"


# ---- Secrets


@pytest.fixture
def secret(local, clock):
    """Secrets Manager here and there, a secret, and a key of the other region."""
    near, far = local.client("secretsmanager"), local.client("secretsmanager", region=THERE)
    arn = near.create_secret(Name="p/one", SecretString="v1", Tags=[{"Key": "Platform", "Value": "p"}])["ARN"]
    key = local.client("kms", region=THERE).create_key()["KeyMetadata"]["Arn"]
    return near, far, arn, key


def replicas(near):
    told = near.describe_secret(SecretId="p/one")
    return [(one["Region"], one["Status"], one["KmsKeyId"]) for one in told.get("ReplicationStatus", [])]


def test_a_replica_reads_as_its_source_and_cannot_be_changed(secret, clock):
    near, far, arn, key = secret
    added = [{"Region": THERE, "KmsKeyId": key}]
    told = near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=added)["ReplicationStatus"]
    assert [(one["Region"], one["Status"]) for one in told] == [(THERE, "InProgress")]
    clock.sleep(10)
    assert replicas(near) == [(THERE, "InSync", key)]
    near.put_secret_value(SecretId=arn, SecretString="v2")
    assert far.get_secret_value(SecretId="p/one")["SecretString"] == "v2"
    replica = far.describe_secret(SecretId="p/one")
    assert (replica["PrimaryRegion"], replica["KmsKeyId"]) == (HERE, key)
    assert "ReplicationStatus" not in replica
    assert replica["ARN"] == arn.replace(HERE, THERE)
    (listed,) = far.list_secrets()["SecretList"]
    assert (listed["Name"], listed["PrimaryRegion"], listed["KmsKeyId"]) == ("p/one", HERE, key)
    assert "ResourcePolicy" not in far.get_resource_policy(SecretId="p/one")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    near.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
    assert far.get_resource_policy(SecretId="p/one")["ResourcePolicy"] == policy
    for refused in (
        lambda: far.put_secret_value(SecretId="p/one", SecretString="x"),
        lambda: far.delete_secret(SecretId="p/one"),
        lambda: far.replicate_secret_to_regions(SecretId="p/one", AddReplicaRegions=[{"Region": "us-east-1"}]),
    ):
        assert code_of(refused) in ("InvalidParameterException", "InvalidRequestException")


def test_a_secret_goes_after_its_replicas(secret, clock):
    near, far, arn, key = secret
    near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": THERE, "KmsKeyId": key}])
    clock.sleep(10)
    assert code_of(lambda: near.delete_secret(SecretId=arn)) == "InvalidParameterException"
    assert near.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=[THERE])["ReplicationStatus"] == []
    assert code_of(lambda: far.describe_secret(SecretId="p/one")) == "ResourceNotFoundException"
    near.delete_secret(SecretId=arn)


def test_what_cannot_be_replicated_says_why(secret, clock):
    near, far, arn, key = secret
    far.create_secret(Name="p/one", SecretString="theirs")

    def status():
        (found,) = near.describe_secret(SecretId=arn)["ReplicationStatus"]
        return found["Status"], found.get("StatusMessage", "")

    added = {"Region": THERE, "KmsKeyId": key}
    near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[added])
    assert status()[0] == "Failed"
    assert "already exists" in status()[1]
    near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[added], ForceOverwriteReplicaSecret=True)
    clock.sleep(10)
    assert status()[0] == "InSync"
    assert far.get_secret_value(SecretId="p/one")["SecretString"] == "v1"
    near.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=[THERE])
    other = {"Region": THERE, "KmsKeyId": key.replace(THERE, HERE)}
    near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[other])
    assert "KMS key" in status()[1]
    same = [{"Region": HERE}]
    assert code_of(lambda: near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=same)) == (
        "InvalidParameterException"
    )


def test_what_a_service_owns_is_not_replicated(local, clock):
    rds = local.client("rds")
    made = rds.create_db_instance(
        DBInstanceIdentifier="owned",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        AllocatedStorage=20,
        MasterUsername="admin_",
        ManageMasterUserPassword=True,
    )["DBInstance"]
    arn, near = made["MasterUserSecret"]["SecretArn"], local.client("secretsmanager")
    added = [{"Region": THERE}]
    refused = code_of(lambda: near.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=added))
    assert refused == "InvalidRequestException"


# ---- What a rehearsal pushes


def test_releases_of_the_sandbox_are_the_images_that_a_rehearsal_pushes(sandbox):
    text = (ROOT / "inventories/sandbox/group_vars/sandbox/releases.yml").read_text(encoding="utf-8")
    declared = yaml.safe_load(text)
    named = {**declared["services_releases"], "pgbouncer": declared["pgbouncer_image_digest"]}
    named["pgbouncer-exporter"] = declared["pgbouncer_exporter_image_digest"]
    named["compliance-engine"] = declared["compliance_image_digest"]
    assert named == {name: images.digest(name) for name in named}


def test_a_rehearsal_pushes_to_repositories_that_have_nothing(local):
    local.control("POST", "reset")
    ecr = local.client("ecr")
    for name in ("iworkz-sandbox/matching", "someone-elses"):
        ecr.create_repository(repositoryName=name)
    assert images.push(ecr)
    assert tags_of(ecr, "iworkz-sandbox/matching") == {images.digest("matching"): [images.TAG]}
    assert tags_of(ecr, "someone-elses") == {}
    assert not images.push(ecr)
