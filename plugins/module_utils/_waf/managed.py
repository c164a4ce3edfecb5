# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of AWS's managed rules and of the labels they add. What they match is AWS's own and not told.

https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
"""

from __future__ import annotations

NAMESPACES = {
    "AWSManagedRulesCommonRuleSet": "core-rule-set",
    "AWSManagedRulesKnownBadInputsRuleSet": "known-bad-inputs",
    "AWSManagedRulesSQLiRuleSet": "sql-database",
    "AWSManagedRulesAmazonIpReputationList": "amazon-ip-list",
    "AWSManagedRulesAnonymousIpList": "anonymous-ip-list",
    "AWSManagedRulesBotControlRuleSet": "bot-control",
    "AWSManagedRulesLinuxRuleSet": "linux-os",
}
"""The part of the label that names the group, of the groups that are or may be in front of the platform."""

PARTS = {
    "BODY": "Body",
    "COOKIE": "Cookie",
    "HEADER": "Header",
    "METHOD": "Method",
    "QUERYARGUMENTS": "QueryArguments",
    "QUERYSTRING": "QueryString",
    "URIPATH": "URIPath",
}
LABELS = {"UserAgent_BadBots_HEADER": "BadBots_Header"}


def label(group: str, rule: str) -> str:
    """The label that a managed rule adds. KeyError for a group that is not known here."""
    stem, _underscore, part = rule.rpartition("_")
    name = LABELS.get(rule) or (f"{stem}_{PARTS[part]}" if part in PARTS else rule)
    return f"awswaf:managed:aws:{NAMESPACES[group]}:{name}"
