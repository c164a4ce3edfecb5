"""Rules."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigRule.html
@operation("config", "PutConfigRule")
def put(call: Call) -> dict[str, Any]:
    """moto takes rules without a recorder, and forgets the tags of a rule that is changed without any."""
    if not call.backend().recorders:
        raise AwsError("NoAvailableConfigurationRecorderException", "Configuration recorder is not available.")
    rule = call.backend().config_rules.get(call.params["ConfigRule"].get("ConfigRuleName"))
    tags = dict(rule.tags) if rule else {}
    answer = call.moto()
    if rule:
        rule.tags = tags
    return answer
