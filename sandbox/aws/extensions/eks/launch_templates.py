"""Launch templates of node groups, and what a template decides instead of the node group.

https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
"""

from __future__ import annotations

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.eks.models import Item, invalid


def find(call: Call, wanted: Item) -> Item:
    """A version of a template: {"shown": {"id", "name", "version"}, "type": instance type or None, "image" or None}."""
    if ("id" in wanted) == ("name" in wanted):
        raise invalid("You must specify either the launch template ID or the launch template name, but not both.")
    version = wanted.get("version", "$Default")
    by = {"LaunchTemplateId": wanted["id"]} if "id" in wanted else {"LaunchTemplateName": wanted["name"]}
    try:
        answer = call.ask("ec2", "DescribeLaunchTemplateVersions", Versions=[version], **by)
        (found,) = answer["LaunchTemplateVersions"]
    except (AwsError, ValueError) as error:
        raise invalid(f"Launch template {wanted} couldn't be found") from error
    data = found["LaunchTemplateData"]
    if "IamInstanceProfile" in data:
        raise invalid("Launch template should not specify an instance profile. The noderole in your request is used.")
    return {
        "shown": {
            "id": found["LaunchTemplateId"],
            "name": found["LaunchTemplateName"],
            "version": str(found["VersionNumber"]),
        },
        "type": data.get("InstanceType"),
        "image": data.get("ImageId"),
    }


def machines(params: Item, template: Item | None, default: str) -> tuple[list[str], str]:
    """(instance types, type of the AMI) of a node group; what is said twice, or at the wrong place, is refused."""
    types, ami = params.get("instanceTypes"), params.get("amiType")
    if template is None:
        if ami == "CUSTOM":
            raise invalid("Launch template details can't be null for Custom ami type node group")
        return types or ["t3.medium"], ami or default
    if "diskSize" in params:
        raise invalid("Disk size must be specified within the launch template.")
    if "remoteAccess" in params:
        raise invalid("Remote access configuration cannot be specified with a launch template.")
    if types and template["type"]:
        raise invalid("Cannot specify instance types in launch template and API request")
    if template["image"] and (ami not in (None, "CUSTOM") or "releaseVersion" in params):
        raise invalid("You cannot specify an amiType or a releaseVersion with an image id in the launch template")
    return types or [template["type"] or "t3.medium"], "CUSTOM" if template["image"] else ami or default
