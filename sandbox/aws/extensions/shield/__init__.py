"""Shield Advanced: subscription, protections and their groups, the automatic response, the response team.

https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_Operations.html

What differs from AWS: nothing is protected and nobody is called; a subscription costs nothing, and proactive engagement
is on at once instead of PENDING until AWS has talked to the contacts.
"""

from __future__ import annotations

from sandbox.aws.extensions.shield import account, groups, response

__all__ = ["account", "groups", "response"]
