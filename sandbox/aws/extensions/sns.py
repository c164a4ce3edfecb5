"""SNS: a topic that exists is not changed by creating it again.

https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


@operation("sns", "CreateTopic")
def create_topic(call: Call) -> dict[str, Any]:
    arn = f"arn:aws:sns:{call.region}:{call.account}:{call.params['Name']}"
    if arn not in call.backend().topics:
        return call.moto()
    if wanted := call.params.get("Attributes"):
        attributes = call.ask("sns", "GetTopicAttributes", TopicArn=arn)["Attributes"]
        if any(attributes.get(name) != value for name, value in wanted.items()):
            raise AwsError(
                "InvalidParameter",
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
            )
    if wanted_tags := call.params.get("Tags"):
        tags = call.ask("sns", "ListTagsForResource", ResourceArn=arn)["Tags"]
        if any(tag not in tags for tag in wanted_tags):
            raise AwsError(
                "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"
            )
    return {"TopicArn": arn}


@operation("sns", "GetTopicAttributes")
def get_topic_attributes(call: Call) -> dict[str, Any]:
    """An attribute that was never set is absent."""
    output = call.moto()
    if not output["Attributes"].get("DeliveryPolicy"):
        output["Attributes"].pop("DeliveryPolicy", None)
    return output
