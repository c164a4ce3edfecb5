"""AWS's managed rule groups: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


def _parts(stem: str, *parts: str) -> list[str]:
    return [f"{stem}_{part}" for part in parts]


EVERYWHERE = ("BODY", "COOKIE", "QUERYARGUMENTS", "URIPATH")

# name: (capacity, rules)
GROUPS: dict[str, tuple[int, list[str]]] = {
    "AWSManagedRulesCommonRuleSet": (
        700,
        [
            "NoUserAgent_HEADER",
            "UserAgent_BadBots_HEADER",
            *_parts("SizeRestrictions", "QUERYSTRING", "Cookie_HEADER", "BODY", "URIPATH"),
            *_parts("EC2MetaDataSSRF", *EVERYWHERE),
            *_parts("GenericLFI", "QUERYARGUMENTS", "URIPATH", "BODY"),
            *_parts("RestrictedExtensions", "URIPATH", "QUERYARGUMENTS"),
            *_parts("GenericRFI", "QUERYARGUMENTS", "BODY", "URIPATH"),
            *_parts("CrossSiteScripting", "COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH"),
        ],
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        200,
        [
            *_parts("JavaDeserializationRCE", "HEADER", "BODY", "URIPATH", "QUERYSTRING"),
            "Host_localhost_HEADER",
            "PROPFIND_METHOD",
            "ExploitablePaths_URIPATH",
            *_parts("Log4JRCE", "HEADER", "QUERYSTRING", "BODY", "URIPATH"),
        ],
    ),
    "AWSManagedRulesSQLiRuleSet": (
        200,
        [*_parts("SQLi", *EVERYWHERE), *_parts("SQLiExtendedPatterns", "QUERYARGUMENTS", "BODY")],
    ),
    "AWSManagedRulesAmazonIpReputationList": (
        25,
        ["AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList"],
    ),
    "AWSManagedRulesAnonymousIpList": (50, ["AnonymousIPList", "HostingProviderIPList"]),
    "AWSManagedRulesLinuxRuleSet": (200, _parts("LFI", "URIPATH", "QUERYSTRING", "HEADER")),
    "AWSManagedRulesBotControlRuleSet": (
        50,
        ["CategoryHttpLibrary", "SignalNonBrowserUserAgent", "SignalAutomatedBrowser"],
    ),
}


@operation("wafv2", "ListAvailableManagedRuleGroups")
def available(call: Call) -> dict[str, Any]:
    found = [{"VendorName": "AWS", "Name": name, "VersioningSupported": True} for name in sorted(GROUPS)]
    return {"ManagedRuleGroups": found}


# https://docs.aws.amazon.com/waf/latest/APIReference/API_DescribeManagedRuleGroup.html
@operation("wafv2", "DescribeManagedRuleGroup")
def describe(call: Call) -> dict[str, Any]:
    capacity, rules = group(call.params)
    return {"Capacity": capacity, "Rules": [{"Name": name, "Action": {"Block": {}}} for name in rules]}


def group(told: dict[str, Any]) -> tuple[int, list[str]]:
    """Cost and rules of a managed group, by its vendor and name."""
    if told["VendorName"] != "AWS" or told["Name"] not in GROUPS:
        message = f"AWS WAF couldn't perform the operation because there is no managed rule group {told['Name']}."
        raise AwsError("WAFNonexistentItemException", message)
    return GROUPS[told["Name"]]
