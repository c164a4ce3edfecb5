"""SQS: setting some attributes of a queue leaves its policy as it is.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


@operation("sqs", "SetQueueAttributes")
def set_queue_attributes(call: Call) -> dict[str, Any]:
    """moto takes an attribute that is not named for one that is to go, if it is the policy."""
    queue = call.backend().queues.get(call.params["QueueUrl"].rpartition("/")[2])
    if queue is None or "Policy" in call.params["Attributes"]:
        return call.moto()
    policy = queue.policy
    output = call.moto()
    queue.policy = policy
    return output
