"""An account with a public load balancer behind the web ACL that the repository declares."""

from __future__ import annotations

import copy
from typing import Any

import botocore.session

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import rules
from tests.unit.checks.fake_account import TAGS, Answers
from tools.waf_table import declared

TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
LOAD_BALANCER = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/iworkz-sandbox/1"
DECLARED, HOSTS = declared()


def acl(name: str = "iworkz-sandbox", place: str = "regional") -> dict[str, Any]:
    """As GetWebACL tells it."""
    shape = botocore.session.get_session().get_service_model("wafv2").shape_for("Rules")
    return {
        "Name": name,
        "ARN": f"arn:aws:wafv2:ap-northeast-1:123456789012:{place}/webacl/{name}/1",
        "Capacity": 1400,
        "DefaultAction": {"Allow": {}},
        "Rules": copy.deepcopy(shapes.to_api(shape, rules(DECLARED, HOSTS, name))),
    }


def logging(web_acl: dict[str, Any], *headers: str) -> dict[str, Any]:
    fields = [{"SingleHeader": {"Name": name}} for name in headers or ("authorization", "cookie")]
    return {"ResourceArn": web_acl["ARN"], "LogDestinationConfigs": ["arn:logs"], "RedactedFields": fields}


def account(web_acl: dict[str, Any] | None = None) -> Answers:
    web_acl = acl() if web_acl is None else web_acl
    load_balancer = {
        "LoadBalancerArn": LOAD_BALANCER,
        "LoadBalancerName": "iworkz-sandbox",
        "Scheme": "internet-facing",
        "Type": "application",
    }
    return {
        "elbv2": {
            "describe_load_balancers": {"LoadBalancers": [load_balancer]},
            "describe_tags": lambda ResourceArns: {
                "TagDescriptions": [{"ResourceArn": arn, "Tags": TAG_LIST} for arn in ResourceArns]
            },
        },
        "apigateway": {"get_rest_apis": {"items": []}},
        "apigatewayv2": {"get_apis": {"Items": []}},
        "cloudfront": {
            "list_distributions": {"DistributionList": {}},
            "list_tags_for_resource": {"Tags": {"Items": TAG_LIST}},
        },
        "wafv2": {
            "get_web_acl_for_resource": {"WebACL": web_acl},
            "list_logging_configurations": {"LoggingConfigurations": [logging(web_acl)]},
        },
    }
