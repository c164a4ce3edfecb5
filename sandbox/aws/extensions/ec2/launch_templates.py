"""Launch templates: tags of the template itself are no part of what instances are made with."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html: TagSpecification.N is "the tags
# to apply to the launch template on creation"; moto adds them to LaunchTemplateData as well.
@operation("ec2", "CreateLaunchTemplate")
def create_launch_template(call: Call) -> dict[str, Any]:
    answer = call.moto()
    template = call.backend().get_launch_template(answer["LaunchTemplate"]["LaunchTemplateId"])
    data = template.default_version().data
    given = [one for one in data.pop("TagSpecifications", []) if one["ResourceType"] != "launch-template"]
    if given:
        data["TagSpecifications"] = given
    return answer
