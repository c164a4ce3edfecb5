"""WAFV2: web ACLs with their cost, what they protect and where they log; address sets; AWS's managed groups.

https://docs.aws.amazon.com/waf/latest/APIReference/API_Operations_AWS_WAFV2.html

What differs from AWS: no request is ever looked at, so nothing is blocked, counted or logged. Managed groups are AWS's
by name, cost and rules (2025), without what they match; other vendors' there are none. Load balancers and API stages
can be protected, other resources not.
"""

from sandbox.aws.extensions.wafv2 import acls, associations, managed, sets

__all__ = ["acls", "associations", "managed", "sets"]
