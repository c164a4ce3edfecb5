from __future__ import annotations

import pytest

from tests.sandbox.support import code_of

VISIBILITY = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "x"}
NONE = [{"Priority": 0, "Type": "NONE"}]
TWO = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "LOWERCASE"}]
COMMON = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
GEO = {"GeoMatchStatement": {"CountryCodes": ["JP"]}}


def rule(statement, name="r", priority=0):
    action = {"OverrideAction": {"None": {}}} if "ManagedRuleGroupStatement" in statement else {"Action": {"Block": {}}}
    return {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": VISIBILITY, **action}


def regex(pattern, transformations=NONE, **field):
    told = {"RegexString": pattern, "FieldToMatch": field or {"UriPath": {}}, "TextTransformations": transformations}
    return {"RegexMatchStatement": told}


def contains(**field):
    told = {"SearchString": b"x", "PositionalConstraint": "CONTAINS", "FieldToMatch": field}
    return {"ByteMatchStatement": {**told, "TextTransformations": NONE}}


def rate(**more):
    return {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP", **more}}


JSON = {"MatchPattern": {"All": {}}, "MatchScope": "ALL"}


@pytest.mark.parametrize(
    ("statement", "cost"),
    [
        (GEO, 1),
        (regex("a"), 3),
        (regex("a", TWO), 23),
        (regex("a", AllQueryArguments={}), 13),
        (regex("a", JsonBody=JSON), 6),
        (contains(UriPath={}), 10),
        ({"NotStatement": {"Statement": regex("a")}}, 3),
        ({"AndStatement": {"Statements": [GEO, regex("a")]}}, 4),
        (rate(), 2),
        (rate(ScopeDownStatement=regex("a")), 5),
        (rate(AggregateKeyType="CUSTOM_KEYS", CustomKeys=[{"IP": {}}, {"HTTPMethod": {}}]), 62),
        (COMMON, 700),
    ],
)
def test_capacity(sandbox, statement, cost):
    assert sandbox.client("wafv2").check_capacity(Scope="REGIONAL", Rules=[rule(statement)])["Capacity"] == cost


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([rule(regex("(a"))], "WAFInvalidParameterException"),
        ([rule(regex("(?=a)b"))], "WAFInvalidParameterException"),
        ([rule(GEO), rule(GEO, "other")], "WAFInvalidParameterException"),
        ([rule({"AndStatement": {"Statements": [GEO]}})], "WAFInvalidParameterException"),
        ([rule(COMMON, f"r{at}", at) for at in range(8)], "WAFLimitsExceededException"),
        (
            [rule({"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesNoSuch"}})],
            "WAFNonexistentItemException",
        ),
        (
            [
                rule(
                    {"IPSetReferenceStatement": {"ARN": "arn:aws:wafv2:ap-northeast-1:123456789012:regional/ipset/x/1"}}
                )
            ],
            "WAFNonexistentItemException",
        ),
    ],
)
def test_rules_that_are_refused(sandbox, rules, code):
    client = sandbox.client("wafv2")
    assert code_of(lambda: client.check_capacity(Scope="REGIONAL", Rules=rules)) == code
    told = {"Name": "refused", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBILITY}
    assert code_of(lambda: client.create_web_acl(**told, Rules=rules)) == code


def test_an_acl_is_known_once_and_its_set_is_in_use(sandbox):
    client = sandbox.client("wafv2")
    told = {"Scope": "REGIONAL", "IPAddressVersion": "IPV4"}
    assert code_of(lambda: client.create_ip_set(Name="bad", Addresses=["192.0.2.1"], **told)) == (
        "WAFInvalidParameterException"
    )
    made = client.create_ip_set(Name="used", Addresses=["192.0.2.0/24"], **told)["Summary"]
    assert code_of(lambda: client.create_ip_set(Name="used", Addresses=[], **told)) == "WAFDuplicateItemException"
    acl = {"Name": "once", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBILITY}
    acl["Rules"] = [rule({"IPSetReferenceStatement": {"ARN": made["ARN"]}})]
    summary = client.create_web_acl(**acl)["Summary"]
    assert code_of(lambda: client.create_web_acl(**acl)) == "WAFDuplicateItemException"
    last = {"Name": "used", "Scope": "REGIONAL", "Id": made["Id"], "LockToken": made["LockToken"]}
    assert code_of(lambda: client.delete_ip_set(**last)) == "WAFAssociatedItemException"
    assert client.get_web_acl(Name="once", Scope="REGIONAL", Id=summary["Id"])["WebACL"]["Capacity"] == 1
    client.delete_web_acl(Name="once", Scope="REGIONAL", Id=summary["Id"], LockToken=summary["LockToken"])
    client.delete_ip_set(**last)


def test_logs_only_go_where_their_name_allows(sandbox):
    client = sandbox.client("wafv2")
    told = {"Name": "logs", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBILITY}
    arn = client.create_web_acl(**told)["Summary"]["ARN"]
    for group in ("other", "aws-waf-logs-missing"):
        where = f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{group}"
        logging = {"ResourceArn": arn, "LogDestinationConfigs": [where]}
        assert code_of(lambda logging=logging: client.put_logging_configuration(LoggingConfiguration=logging)) == (
            "WAFInvalidParameterException"
        )
    assert code_of(lambda: client.associate_web_acl(WebACLArn=arn, ResourceArn=BALANCER)) == (
        "WAFNonexistentItemException"
    )


BALANCER = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:loadbalancer/app/none/0123456789abcdef"


def test_cloudfront_is_reached_from_one_region(sandbox):
    told = {"Scope": "CLOUDFRONT", "Rules": [rule(GEO)]}
    assert code_of(lambda: sandbox.client("wafv2").check_capacity(**told)) == "WAFInvalidParameterException"
