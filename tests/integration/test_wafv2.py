from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2 import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import rules, visibility
from tools.waf_table import declared

NAME = "iworkz-sandbox"
LOGS = "aws-waf-logs-iworkz-sandbox"
DECLARED, HOSTS = declared()
SET = {"name": f"{NAME}-ipv4", "scope": "REGIONAL", "ip_address_version": "IPV4", "addresses": ["192.0.2.0/24"]}
V6 = {"name": f"{NAME}-ipv6", "scope": "REGIONAL", "ip_address_version": "IPV6", "addresses": []}
ACL = {
    "name": NAME,
    "scope": "REGIONAL",
    "default_action": {"allow": {}},
    "visibility_config": visibility(NAME),
    "rules": rules(DECLARED, HOSTS, NAME),
    "logging_configuration": {
        "log_destination_configs": [LOGS],
        "redacted_fields": [{"single_header": {"name": name}} for name in ("authorization", "cookie")],
    },
    "associate_public": True,
    "maximum_capacity": 1500,
}
WANTED = {"ip_sets": [SET, V6], "web_acls": [ACL]}
LABEL = f"web_acl {NAME}"


def load_balancer(account, network, name="iworkz-sandbox", scheme="internet-facing"):
    tags = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
    made = account.client("elbv2").create_load_balancer(
        Name=name, Subnets=list(network["subnets"].values()), Scheme=scheme, Type="application", Tags=tags
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"]


@pytest.fixture
def made(account, network):
    account.client("logs").create_log_group(logGroupName=LOGS)
    load_balancer(account, network)
    load_balancer(account, network, "internal", "internal")
    account.converges(ADAPTERS, **WANTED)
    return account


def acl(account, region="ap-northeast-1", scope="REGIONAL"):
    client = account.client("wafv2", region)
    (summary,) = client.list_web_acls(Scope=scope)["WebACLs"]
    return client, client.get_web_acl(Name=summary["Name"], Scope=scope, Id=summary["Id"])


def change(account, **changes):
    client, found = acl(account)
    kept = {name: found["WebACL"][name] for name in ("DefaultAction", "Rules", "VisibilityConfig", "Name", "Id")}
    client.update_web_acl(**{**kept, **changes}, Scope="REGIONAL", LockToken=found["LockToken"])


def test_converges_on_an_acl_before_the_public_load_balancer_only(made):
    client, found = acl(made)
    assert 1175 < found["WebACL"]["Capacity"] <= 1500
    (behind,) = client.list_resources_for_web_acl(WebACLArn=found["WebACL"]["ARN"])["ResourceArns"]
    assert "/app/iworkz-sandbox/" in behind
    logging = client.get_logging_configuration(ResourceArn=found["WebACL"]["ARN"])["LoggingConfiguration"]
    assert logging["LogDestinationConfigs"] == [f"arn:aws:logs:ap-northeast-1:123456789012:log-group:{LOGS}"]


def test_mends_what_is_added_to_a_rule(made):
    found = acl(made)[1]["WebACL"]["Rules"]
    group = next(rule for rule in found if "ManagedRuleGroupStatement" in rule["Statement"])
    told = group["Statement"]["ManagedRuleGroupStatement"]
    told["ScopeDownStatement"] = {"GeoMatchStatement": {"CountryCodes": ["US"]}}
    change(made, Rules=found)
    made.mends(ADAPTERS, LABEL, **WANTED)


def test_mends_rules_that_are_gone_and_a_default_that_is_other(made):
    change(made, Rules=[], DefaultAction={"Block": {}})
    made.mends(ADAPTERS, LABEL, **WANTED)
    assert acl(made)[1]["WebACL"]["DefaultAction"] == {"Allow": {}}


def test_mends_logging_that_redacts_less_or_is_off(made):
    client, found = acl(made)
    arn = found["WebACL"]["ARN"]
    logging = client.get_logging_configuration(ResourceArn=arn)["LoggingConfiguration"]
    client.put_logging_configuration(LoggingConfiguration={**logging, "RedactedFields": logging["RedactedFields"][:1]})
    made.mends(ADAPTERS, LABEL, **WANTED)
    client.delete_logging_configuration(ResourceArn=arn)
    made.mends(ADAPTERS, LABEL, **WANTED)
    off = {"web_acls": [{**ACL, "logging_configuration": {}}]}
    made.mends(ADAPTERS, LABEL, **off)
    assert client.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == []


def test_mends_a_load_balancer_without_an_acl_and_a_new_one(made, network):
    client, found = acl(made)
    behind = client.list_resources_for_web_acl(WebACLArn=found["WebACL"]["ARN"])["ResourceArns"]
    client.disassociate_web_acl(ResourceArn=behind[0])
    made.mends(ADAPTERS, LABEL, **WANTED)
    load_balancer(made, network, "second")
    made.mends(ADAPTERS, LABEL, **WANTED)


def test_mends_addresses_and_tags(made):
    client = made.client("wafv2")
    found = next(one for one in client.list_ip_sets(Scope="REGIONAL")["IPSets"] if one["Name"] == SET["name"])
    client.update_ip_set(
        Name=found["Name"], Scope="REGIONAL", Id=found["Id"], Addresses=[], LockToken=found["LockToken"]
    )
    client.tag_resource(ResourceARN=acl(made)[1]["WebACL"]["ARN"], Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, LABEL, f"ip_set {NAME}-ipv4", **WANTED)


def test_purge_removes_what_is_ours(made):
    kept = [rule for rule in ACL["rules"] if not rule["name"].startswith("addresses-")]
    outcome = made.run(ADAPTERS, purge=True, ip_sets=[], web_acls=[{**ACL, "rules": kept}])
    assert outcome["deleted"] == [f"ip_set {NAME}-ipv4", f"ip_set {NAME}-ipv6"]
    assert made.client("wafv2").list_ip_sets(Scope="REGIONAL")["IPSets"] == []


def test_one_of_cloudfront_is_kept_in_its_region(made):
    wanted = {**ACL, "name": f"{NAME}-cloudfront", "scope": "CLOUDFRONT"}
    del wanted["associate_public"], wanted["logging_configuration"]
    sets = [{**one, "scope": "CLOUDFRONT"} for one in (SET, V6)]
    with pytest.raises(InvalidInput, match="scope CLOUDFRONT is kept in us-east-1"):
        made.run(ADAPTERS, web_acls=[wanted])
    made.converges(ADAPTERS, region="us-east-1", ip_sets=sets, web_acls=[wanted])
    assert ":global/webacl/" in acl(made, "us-east-1", "CLOUDFRONT")[1]["WebACL"]["ARN"]


def with_rule(**statement):
    rule = {"name": "own", "priority": 99, "action": {"block": {}}, "visibility_config": visibility("own")}
    return {**ACL, "rules": [{**rule, "statement": statement}]}


def looks_for(pattern):
    field = {"uri_path": {}}
    transformations = [{"priority": 0, "type": "NONE"}]
    return with_rule(
        regex_match_statement={
            "regex_string": pattern, "field_to_match": field, "text_transformations": transformations
        }
    )  # fmt: skip


def group_with(override):
    overrides = [{"name": override, "action_to_use": {"count": {}}}]
    found = with_rule(
        managed_rule_group_statement={
            "vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet", "rule_action_overrides": overrides
        }
    )  # fmt: skip
    (rule,) = found["rules"]
    del rule["action"]
    rule["override_action"] = {"none": {}}
    return found


@pytest.mark.parametrize(
    ("acl", "message"),
    [
        (looks_for("(unclosed"), "missing \\), unterminated subpattern"),
        (looks_for("(?!not)x"), "lookahead and lookbehind cannot be used"),
        (looks_for("x" * 513), "allowed are 1 to 512"),
        ({**ACL, "maximum_capacity": 1200}, "the rules need 1[234][0-9]+ capacity units, 1200 are allowed"),
        (
            group_with("CrossSiteScripting_BODI"),
            "has no rule CrossSiteScripting_BODI; did you mean CrossSiteScripting_BODY",
        ),
        ({**ACL, "rules": ACL["rules"] + ACL["rules"][:1]}, "two rules have the name"),
        ({**ACL, "logging_configuration": {"log_destination_configs": ["waf"]}}, "must begin with aws-waf-logs-"),
        ({**ACL, "default_actions": {}}, "unknown key default_actions; did you mean default_action"),
    ],
)
def test_bad_input_is_told_before_the_first_change(account, acl, message):
    before = account.mutations()
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, ip_sets=[SET], web_acls=[acl])
    assert account.mutations() == before


def test_a_set_that_is_not_there_is_named(account):
    outcome = account.run(ADAPTERS, web_acls=[{**ACL, "logging_configuration": {}}])
    assert "ip_set iworkz-sandbox-ipv4 does not exist" in outcome["failed_resources"][LABEL]
