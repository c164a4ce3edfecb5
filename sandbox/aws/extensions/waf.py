"""WAF Classic of CloudFront: holds nothing, as the regional one.

https://docs.aws.amazon.com/waf/latest/APIReference/API_Operations_AWS_WAF.html
"""

from __future__ import annotations

from sandbox.aws.extensions import operation
from sandbox.aws.extensions.waf_regional import rule_groups, rules, web_acls

operation("waf", "ListWebACLs")(web_acls)
operation("waf", "ListRules")(rules)
operation("waf", "ListRuleGroups")(rule_groups)
