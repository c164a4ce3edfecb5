# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Destroy everything that carries the platform's tags, in an order in which AWS allows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import (
    accessanalyzer,
    acm,
    autoscaling,
    cloudtrail,
    cloudwatch,
    config,
    cost,
    ecr,
    eks,
    elasticache,
    elbv2,
    eventbridge,
    firehose,
    guardduty,
    iam,
    kms,
    macie,
    mq,
    network,
    opensearch,
    rds,
    route53,
    secretsmanager,
    securityhub,
    shield,
    snapshots,
    sns,
    sqs,
    teardown_buckets,
    teardown_vaults,
    wafv2,
    xray,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import result
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import Adapter, InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.destroy import Doomed, destroy, owned
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Outcome
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait import Options

# What lives in the network before the network; what encrypts or receives logs last.
SERVICES = (
    autoscaling,
    cost,
    eks,
    elbv2,
    mq,
    opensearch,
    elasticache,
    teardown_vaults,
    rds,
    ecr,
    cloudtrail,
    cloudwatch,
    firehose,
    shield,
    wafv2,
    acm,
    guardduty,
    securityhub,
    macie,
    config,
    accessanalyzer,
    xray,
    eventbridge,
    route53,
    network,
    sns,
    sqs,
    iam,
    teardown_buckets,
    secretsmanager,
    kms,
)
# What has no region, or is listed in all of them.
GLOBAL = (cost, shield, route53, iam, teardown_buckets)
# Buckets are listed in one region, whichever they are in: keys of all regions go after them, replicas before what they
# are replicas of.
LAST = (kms,)
# CloudFront's certificates and web ACLs are there, and events of services without a region.
EDGE_REGION = "us-east-1"

SPEC: dict[str, dict[str, Any]] = {
    "environment": {"type": "str", "required": True},
    "confirm": {"type": "str", "required": True},
    "destroy_protected": {"type": "str"},
    "recovery_region": {"type": "str"},
    "tags": {"type": "dict", "required": True},
    "wait_timeout": {"type": "int"},
}


def run(params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """
    :raises InvalidInput: when it is not confirmed by the environment's name, or when there are protected stores and
        ``destroy_protected`` does not name the environment as well. Nothing is deleted then.
    """
    _require_confirmation(params)
    clients = Clients(params)
    last = [service for service in SERVICES if service in LAST]
    regions: list[tuple[Clients, Sequence[Any]]] = [(clients, [one for one in SERVICES if one not in LAST])]
    # The recovery region first: a replica whose source is deleted would become a database by itself.
    for region in (EDGE_REGION, params.get("recovery_region")):
        if region and region != clients.region:
            abroad = Clients({**params, "region": region})
            regions.insert(0, (abroad, [service for service in SERVICES if service not in (*GLOBAL, *LAST)]))
            regions.append((abroad, last))
    regions.append((clients, last))
    options = Options(check_mode=check_mode, wait_timeout=params.get("wait_timeout"))
    contexts = [(Context(each, params["tags"]), services) for each, services in regions]
    try:
        doomed = [
            owned([adapter(context) for adapter in service.ADAPTERS])
            for context, services in contexts
            for service in services
        ]
        protected = [
            _label(one) for found in doomed for one in found if isinstance(one[0], Resource) and one[0].protected
        ]
        if protected and params.get("destroy_protected") != params["environment"] and not check_mode:
            raise InvalidInput(
                [
                    "nothing was destroyed; these hold data that cannot be made again: "
                    f"{', '.join(protected)}. To destroy them too, give destroy_protected={params['environment']}"
                ]
            )
        outcomes: list[Outcome] = []
        locked: Doomed = []
        kept: dict[str, str] = {}
        for found in doomed:
            needed = teardown_buckets.needed(found, locked)
            outcome = destroy([one for one in found if _label(one) not in needed], options)
            stay, why = teardown_buckets.spare(found, outcome)
            locked += stay
            kept |= needed | why
            outcomes.append(outcome)
            if outcome.failed:
                break  # what comes later is what these still depend on
        if not check_mode:
            kept |= {label: why for context, _services in contexts for label, why in snapshots.left(context).items()}
    finally:
        for context, _services in contexts:
            context.close()
    calls = sum((each.calls for each in {id(each): each for each, _services in regions}.values()), Counter[str]())
    return {**result(_joined(outcomes), dict(sorted(calls.items()))), "kept": kept}


def _require_confirmation(params: Mapping[str, Any]) -> None:
    environment, tags = params["environment"], params["tags"]
    if params["confirm"] != environment:
        raise InvalidInput([f"confirm is {params['confirm']!r} and must name the environment, {environment!r}"])
    if not {"Platform", "Environment"} <= tags.keys() or tags["Environment"] != environment:
        raise InvalidInput([f"tags must have Platform, and Environment={environment}; they are {tags}"])


def _label(one: tuple[Adapter, str, State]) -> str:
    return f"{one[0].kind} {one[1]}"


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    whole = Outcome()
    for outcome in outcomes:
        whole.changes += outcome.changes
        whole.failed |= outcome.failed
        whole.elapsed = round(whole.elapsed + outcome.elapsed, 3)
    return whole
